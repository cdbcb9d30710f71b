"""Invented mails that no person wrote, secured ones, and damaged ones."""

from support.mails import EARLIER, MAILBOX, OUR_MESSAGE_ID, PNG, as_bytes, html_mail, mail, multipart, part

_QMAIL = (
    "Hi. This is the qmail-send program at example.org.\nI'm afraid I wasn't able to deliver your message to the following "
    "addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<ada@example.org>:\nno such user\n\n"
    f"--- Below this line is a copy of the message.\n\nMessage-ID: {OUR_MESSAGE_ID}\n"
)
AWAY = "I am out of the office until Monday."
_SIGNED_BER = (
    b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80"
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80\x24\x80\x04\x1e"
    b"Content-Type: text/plain\r\n\r\nIt\x04\x0e is dark here."
) + bytes(12)


def _status(action: str, status: str, *, returned: bytes = b"") -> bytes:
    fields = f"Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; ada@example.org\nAction: {action}\nStatus: {status}\n"
    parts = [part("Delivery report."), part(fields, "message/delivery-status")]
    if returned:
        parts.append(part(returned, "message/rfc822", Content_Transfer_Encoding="8bit"))
    return multipart(
        parts,
        "report; report-type=delivery-status",
        From="Mail Delivery System <MAILER-DAEMON@mx.example.org>",
        Subject="Undelivered Mail Returned to Sender",
        Auto_Submitted="auto-replied",
        Return_Path="<>",
    )


MACHINES: dict[str, bytes] = {
    "out-of-office": mail(AWAY, Subject="Automatic reply: Your report", Auto_Submitted="auto-replied"),
    "auto-submitted-no": mail("A person wrote this.", Auto_Submitted="no"),
    "exchange-person": mail("A person at Exchange.", X_Auto_Response_Suppress="DR, OOF, AutoReply"),
    "newsletter": mail("News!", Precedence="bulk", List_Unsubscribe="<mailto:x@example.org>"),
    "mailing-list": mail("To the list.", List_Id="Neighbors <neighbors.example.org>"),
    "autoresponder": mail(AWAY, X_Autoreply="yes"),
    "loop": mail("Round and round.", X_Loop=MAILBOX),
    "null-return-path": mail("Nobody sent this.", Return_Path="<>"),
    "our-own": mail("We wrote this.", From="Town 311 <noreply@311.town.example>"),
    "our-own-with-token": mail("We wrote this.", From="311+anything@town.example"),
    "calendar-reply": multipart(
        [part("Ada accepted."), part("BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n", "text/calendar; method=REPLY")]
    ),
    "calendar-invitation": multipart(
        [part("Site visit at the creek?"), part("BEGIN:VCALENDAR\nEND:VCALENDAR\n", "text/calendar; method=REQUEST; name=visit.ics")]
    ),
    "bounce-failed": _status("failed", "5.1.1", returned=as_bytes(f"Message-ID: {OUR_MESSAGE_ID}\nFrom: {MAILBOX}\n\nx\n")),
    "read-receipt": multipart(
        [
            part("Your message was read."),
            part(
                "Final-Recipient: rfc822; ada@example.org\nDisposition: manual-action/MDN-sent-manually; displayed\n",
                "message/disposition-notification",
            ),
        ],
        "report; report-type=disposition-notification",
        Subject="Read: Your report",
        In_Reply_To=OUR_MESSAGE_ID,
    ),
    "abuse-report": multipart(
        [
            part("A person called this mail spam."),
            part("Feedback-Type: abuse\nVersion: 1\nUser-Agent: invented/1\n", "message/feedback-report"),
        ],
        "report; report-type=feedback-report",
        From="feedback@provider.example",
        Subject="FW: Your request",
    ),
    "bounce-delayed": _status("delayed", "4.4.1"),
    "bounce-relayed": _status("relayed", "2.0.0"),
    "bounce-failed-recipients": mail(
        "A message that you sent could not be delivered.",
        From="Mail Delivery System <mailer-daemon@example.org>",
        X_Failed_Recipients="ada@example.org, ben@example.net",
    ),
    "bounce-as-text": mail(_QMAIL, From="MAILER-DAEMON@example.org", Subject="failure notice"),
    "bounce-from-eight-bits": mail(_QMAIL, From="Postbüro <MAILER-DAEMON@example.org>", Subject="failure notice"),
}

VERIFIED: dict[str, bytes] = {
    "dmarc-pass": mail("x", Authentication_Results="mx.town.example; spf=none; dkim=fail (a; b) header.d=x.example; dmarc=pass"),
    "dmarc-fail": mail("x", Authentication_Results=["mx.town.example; dmarc=fail (p=none)", "mx.town.example; dmarc=pass"]),
    "somebody-elses-results": mail("x", Authentication_Results="mx.evil.example; dmarc=pass"),
    "dkim-of-the-domain": mail("x", Authentication_Results="mx.town.example 1; dkim=pass header.d=example.org header.s=a"),
    "spf-of-another-domain": mail("x", Authentication_Results="mx.town.example; spf=pass smtp.mailfrom=bulk.example"),
    "spf-fail": mail("x", Authentication_Results="mx.town.example; spf=fail smtp.mailfrom=ada@example.org"),
}

SECURED: dict[str, bytes] = {
    "pgp-clear-signed": mail(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe bench is broken.\n- -- two hyphens\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n"
    ),
    "pgp-mime-signed": multipart(
        [part("The bench is broken."), part("signature", "application/pgp-signature; name=signature.asc")], "signed"
    ),
    "pgp-mime-encrypted": multipart(
        [part("Version: 1", "application/pgp-encrypted"), part("-----BEGIN PGP MESSAGE-----", "application/octet-stream")], "encrypted"
    ),
    "pgp-inline-encrypted": mail("-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n"),
    "smime-opaque-signed": mail(_SIGNED_BER, Content_Type="application/pkcs7-mime; smime-type=signed-data", Subject="bench").replace(
        b"\r\r\n", b"\r\n"
    ),
    "smime-encrypted": mail(b"\x30\x80\x06\x09", Content_Type="application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"),
}

DAMAGED: dict[str, bytes] = {
    "empty": b"",
    "only-newlines": b"\r\n\r\n\r\n",
    "no-header": b"Just words, no header at all.\r\nSecond line.\r\n",
    "no-message-id": mail("Nobody gave it an id.", without=["Message-ID"]),
    "no-subject": mail("A subject is missing.", without=["Subject"]),
    "odd-date": mail("When?", Date="yesterday"),
    "date-of-the-future": mail("When?", Date="Mon, 1 Jan 9999 00:00:00 +0000"),
    "boundary-never-comes": mail("There is no part, but there are words.", Content_Type="multipart/mixed; boundary=x"),
    "boundary-missing": mail("Words without a boundary.", Content_Type="multipart/mixed"),
    "never-closed": multipart([part("It is dark."), part(PNG, "image/png")]).rpartition(b"--=_part_1--")[0],
    "same-boundary-inside": multipart([b'Content-Type: multipart/mixed; boundary="=_part_1"\r\n\r\n--=_part_1\r\n\r\nInside.\r\n']),
    "unknown-encoding": mail("As it is.", Content_Transfer_Encoding="x-secret"),
    "plain-called-base64": mail("This is plain, whatever it says. Look!", Content_Transfer_Encoding="base64"),
    "percent-zero": mail("a %00 b", Content_Type="text/plain; name*=utf-8''a%00b%zz.txt"),
    "nul-in-header": mail("x", Subject=b"Pot\x00hole"),
    "deep-html": html_mail("<div>" * 3_000 + "deep words" + "</div>" * 3_000),
    "footer-number": mail(f"Dark.\n\n-- \nAbout {EARLIER}\n"),
}

BY_MACHINES = MACHINES | VERIFIED | SECURED | DAMAGED
