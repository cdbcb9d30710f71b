"""The mailbox: mails in over IMAP, answers out over SMTP."""
