"""The mailbox: IMAP, in a thread for each mailbox. Only this package imports imapclient."""
