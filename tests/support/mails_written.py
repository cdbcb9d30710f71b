"""Invented mails that people write: charsets, HTML, attachments, forwards, odd senders."""

# ruff: noqa: RUF001 - letters and signs of other scripts are what these mails are about

from support.mails import (
    EARLIER,
    HEIC,
    JPEG,
    PDF,
    PNG,
    Field,
    alternative,
    as_bytes,
    html_mail,
    mail,
    multipart,
    nested,
    part,
    winmail,
)

LATIN = "Der Bürgersteig vor unserem Haus ist beschädigt, schöne Grüße"
FORWARD_BLOCK = """From: Ben Frost <ben@example.net>
Date: Mon, Mar 9, 2026 at 8:02 AM
Subject: Broken swing
To: Ada Moss <ada@example.org>


The left swing at Fern Park has lost a chain.
"""

TEXTS: dict[str, bytes] = {
    "plain": mail("There is a deep pothole in front of 12 Elm Street.\n\nPlease fix it before somebody falls.\n"),
    "utf8-8bit": mail("El semáforo de la calle Olmo no funciona. ¡Gracias!", Content_Type="text/plain; charset=utf-8"),
    "latin1-quoted-printable": mail(
        "Der B=FCrgersteig ist besch=E4digt, seit Wochen =\nschon.",
        Content_Type="text/plain; charset=iso-8859-1",
        Content_Transfer_Encoding="quoted-printable",
    ),
    "wrong-charset-name": mail(LATIN.encode("cp1252"), Content_Type="text/plain; charset=x-unbekannt-8"),
    "says-ascii-is-utf8": mail("La boca de incendio está rota — ayuda", Content_Type="text/plain; charset=us-ascii"),
    "gb2312-with-rare-signs": mail("路灯坏了，请尽快修理。镕".encode("gb18030"), Content_Type="text/plain; charset=gb2312"),
    "shift-jis": mail("街灯が壊れています①".encode("cp932"), Content_Type="text/plain; charset=Shift_JIS"),
    "iso-2022-jp": mail("街灯が壊れています".encode("iso2022_jp"), Content_Type="text/plain; charset=iso-2022-jp"),
    "korean": mail("가로등이 고장났습니다".encode("cp949"), Content_Type="text/plain; charset=ks_c_5601-1987"),
    "koi8-undeclared": mail("Сломан фонарь на углу, очень темно по вечерам, почините пожалуйста".encode("koi8-r")),
    "utf7-declared": mail("Hydrant +AOk-tait cass+AOk-", Content_Type="text/plain; charset=utf-7"),
    "utf7-undeclared": mail("a formula +ADw-b+AD4- stays"),
    "encoded-words": mail(
        "See the subject.",
        Subject="=?utf-8?B?U2VtxIFmb3I=?= =?utf-8?B?byByb3Rv?= =?iso-8859-1?Q?_en_la_ca=F1ada?=",
        From="=?utf-8?Q?Jos=C3=A9_Nu=C3=B1ez?= <jose@example.org>",
    ),
    "split-encoded-character": mail("A letter cut in two.", Subject="=?utf-8?B?Q2Fmww==?= =?utf-8?B?qQ==?="),
    "subject-with-line-breaks": mail("x", Subject="=?utf-8?Q?Broken=0D=0ABcc:_all@example.org?="),
    "subject-8bit": mail("x", Subject="Caída de árbol"),
    "flowed": mail(
        "This paragraph goes on \nin the next line.\n\n> quoted words that \n> go on too\n\n-- \nAda\n",
        Content_Type="text/plain; charset=utf-8; format=flowed",
    ),
    "arabic": mail(
        "\u0627\u0644\u0645\u0635\u0628\u0627\u062d \u0645\u0637\u0641\u0623".encode("cp1256"),
        Content_Type="text/plain; charset=windows-1256",
    ),
    "utf16": mail("The hydrant leaks.".encode("utf-16"), Content_Type="text/plain; charset=utf-16", Content_Transfer_Encoding="8bit"),
    "emoji": mail("Rats \U0001f400\U0001f400 in the park!", Subject="=?UTF-8?B?8J+QgCBSYXRz?=", Content_Type="text/plain; charset=utf-8"),
    "phone-gateway": mail(
        "Tree down on Birch Rd", From="9195550123@texts.example.net", without=["Subject"], Content_Type="text/plain; charset=us-ascii"
    ),
    "flowed-delsp": mail("street \nlight", Content_Type="text/plain; format=flowed; delsp=yes"),
    "lone-cr": mail(b"first line\rsecond line\nthird\x00 line"),
    "old-macintosh": mail("It is dark here.").replace(b"\r\n", b"\r"),
    "unix-lines": mail("Lines end with LF only.\n").replace(b"\r\n", b"\n"),
    "mbox-line-first": b"From ada@example.org Tue Mar 10 09:15:00 2026\r\n" + mail("After a mailbox line."),
}

HTML: dict[str, bytes] = {
    "html-only": html_mail(
        "<html><head><style>p {color: red}</style><title>no</title></head><body><h1>Street light</h1>"
        "<p>The light at <b>Oak &amp; Pine</b> is&nbsp;out.</p><ul><li>since Monday</li><li>all night</li></ul>"
        "<table><tr><td>Pole</td><td>4711</td></tr></table><script>alert(1)</script></body></html>"
    ),
    "html-preheader-hidden": html_mail('<div style="display:none">Preview text</div><p>The real words.</p>'),
    "html-hidden-never-closed": html_mail('<span style="display:none">These words<p>must not vanish'),
    "html-charset-in-meta": mail(
        '<meta charset="windows-1252"><p>Gr\u00fc\u00dfe</p>'.encode("cp1252"), Content_Type="text/html", Subject="meta"
    ),
    "html-preformatted": html_mail("<pre>pole 12\n  pole 13\n</pre>after"),
    "html-less-than": html_mail("<p>the hole is < 3 feet and 5 > 4</p>"),
    "plain-says-nothing": alternative(
        "Your program does not support HTML.", "<p>A tree has fallen on the fence of the school at Birch Road, nobody is hurt.</p>"
    ),
    "plain-beside-html": alternative("The drain is blocked.", "<p>The drain is <i>blocked</i>.</p>"),
}

FILES: dict[str, bytes] = {
    "photo-as-octet-stream": multipart(
        [part("Photo attached."), part(JPEG, "application/octet-stream; name=IMG_1.bin", Content_Disposition="attachment")]
    ),
    "heic-called-jpeg": multipart([part("Taken today."), part(HEIC, 'image/jpeg; name="IMG_2.jpg"')]),
    "several-files": multipart(
        [
            part("Three files."),
            part(PNG, "image/png", Content_Disposition="inline", Content_ID="<logo>"),
            part(PDF, 'application/pdf; name="plan.pdf"', Content_Disposition="attachment; filename=plan.pdf"),
            part(JPEG, "image/jpeg", Content_Disposition="attachment; filename*0*=UTF-8''Stra%C3%9Fe; filename*1=.jpg"),
        ]
    ),
    "same-file-twice": multipart([part("Twice."), part(PNG, "image/png; name=a.png"), part(PNG, "image/png; name=b.png")]),
    "html-called-picture": multipart([part("Look."), part(b"<!doctype html><script>x</script>", "image/png; name=x.png")]),
    "related-picture": multipart(
        [
            nested(
                [part("A picture of it."), part("<p>A picture of it. <img src=cid:a></p>", "text/html; charset=utf-8")],
                "alternative",
                "in",
            ),
            part(PNG, "image/png", Content_ID="<a>"),
        ],
        "related",
    ),
    "text-in-two-parts": multipart([part("Before the photo."), part(JPEG, "image/jpeg"), part("After the photo.")]),
    "base64-damaged": multipart(
        [part("Damaged."), part("JVBERi0xLjQK!!AAA=QUJ", "application/pdf; name=x.pdf", Content_Transfer_Encoding="base64")]
    ),
    "uuencoded": mail("begin 644 note.txt\n+5&AE(&)E;F-H\n`\nend\n", Content_Transfer_Encoding="x-uuencode"),
    "winmail-dat": multipart([part("From Outlook."), part(winmail(b"hole.jpg", JPEG), "application/ms-tnef; name=winmail.dat")]),
    "contact-card": multipart(
        [part("Call me."), part("BEGIN:VCARD\nVERSION:3.0\nFN:Ada Moss\nEND:VCARD\n", 'text/vcard; charset=utf-8; name="ada.vcf"')]
    ),
    "picture-without-words": multipart([part(""), part(JPEG, "image/jpeg; name=IMG_7.jpg", Content_Disposition="inline")], Subject=""),
    "file-only": mail(JPEG, Content_Type="image/jpeg; name=hole.jpg", Subject="hole"),
    "long-text": mail("The creek is high. " * 4_000),
}

PASSED_ON: dict[str, bytes] = {
    "forward-with-words": mail(
        f"Can you look at this?\n\n---------- Forwarded message ---------\n{FORWARD_BLOCK}", Subject="Fwd: Broken swing"
    ),
    "forward-without-words": mail(f"---------- Forwarded message ---------\n{FORWARD_BLOCK}", Subject="Fwd: Broken swing"),
    "forward-apple": mail(
        "For you.\n\n> Begin forwarded message:\n> \n> From: Ben Frost <ben@example.net>\n> Subject: Broken swing\n"
        "> Date: March 9, 2026 at 8:02:00 AM EDT\n> To: ada@example.org\n> \n> A chain is lost.\n",
        Subject="Fwd: Broken swing",
    ),
    "forward-outlook-spanish": mail(
        "Para su información.\n\n________________________________\nDe: Ben Frost <ben@example.net>\n"
        "Enviado: lunes, 9 de marzo de 2026 8:02\nPara: Ada Moss\nAsunto: Columpio roto\n\nFalta una cadena.\n",
        Subject="RV: Columpio roto",
    ),
    "forward-as-attachment": multipart(
        [
            part(""),
            part(
                as_bytes(
                    "From: Ben Frost <ben@example.net>\nSubject: Broken swing\nDate: Mon, 9 Mar 2026 08:02:00 -0400\n\nA chain is lost.\n"
                ),
                "message/rfc822",
                Content_Transfer_Encoding="8bit",
            ),
        ],
        Subject="Fwd: Broken swing",
    ),
    "attached-mail-with-photo": multipart(
        [
            part("See the attached mail."),
            part(
                multipart([part("Photo."), part(JPEG, "image/jpeg")], boundary="deep"), "message/rfc822", Content_Transfer_Encoding="8bit"
            ),
        ]
    ),
    "forwarded-twice": mail(
        "Please see to it.\n\n---------- Forwarded message ---------\nFrom: Cleo Hart <cleo@example.net>\n"
        "Date: Mon, Mar 9, 2026 at 9:30 AM\n"
        "Subject: Fwd: Broken swing\nTo: Ada Moss <ada@example.org>\n\nSee below.\n\n"
        f"---------- Forwarded message ---------\n{FORWARD_BLOCK}",
        Subject="Fwd: Fwd: Broken swing",
    ),
    "forward-in-html": html_mail(
        '<div>For the desk.</div><div class="gmail_quote"><div>---------- Forwarded message ---------<br>From: <b>Ben Frost</b> '
        "&lt;ben@example.net&gt;<br>Date: Mon, Mar 9, 2026 at 8:02 AM<br>Subject: Broken swing<br>To: Ada Moss &lt;ada@example.org&gt;<br>"
        "</div><p>The left swing has lost a chain.</p></div>",
        Subject="Fwd: Broken swing",
    ),
    "digest-of-mails": multipart(
        [
            as_bytes("\nFrom: Ben Frost <ben@example.net>\nSubject: Swing\n\nA chain is lost.\n"),
            as_bytes("\nFrom: Cleo Hart <cleo@example.net>\nSubject: Slide\n\nThe slide has a crack.\n"),
        ],
        "digest",
        Subject="Fwd: two mails",
    ),
    "forward-from-and-subject": mail(
        "Can you look at this?\n\nFrom: Ben Frost <ben@example.net>\nSubject: Broken swing\n\nThe left swing has lost a chain.\n",
        Subject="Fwd: Broken swing",
    ),
    "forward-separator-from-and-subject": mail(
        "-------- Forwarded Message --------\nSubject: Broken swing\nFrom: Ben Frost <ben@example.net>\n\n"
        "The left swing has lost a chain.\n",
        Subject="Broken swing",
    ),
    "from-and-subject-of-a-form": mail(
        "I wrote to you last week:\n\nFrom: ada@example.org\nSubject: Street light\n\nNobody answered. It is still dark.\n"
    ),
    "from-the-way": mail("I walk every day.\nFrom: the library\nTo: the park\nThe path is flooded all the way."),
}


def _sender(written: Field, **fields: Field) -> bytes:
    return mail("A street light is out.", From=written, **fields)


SENDERS: dict[str, bytes] = {
    "quoted-comma": _sender('"Moss, Ada" <ada@example.org>'),
    "comment-name": _sender("ada@example.org (Ada Moss)"),
    "address-as-name": _sender('"ada@example.org" <ada@example.org>'),
    "angle-not-closed": _sender("Ada <ada@example.org"),
    "two-senders": _sender("Ada <ada@example.org>, Ben <ben@example.net>", Sender="ben@example.net"),
    "no-from-but-reply-to": mail("x", without=["From"], Reply_To="Ada <ada@example.org>"),
    "no-from-but-return-path": mail("x", without=["From"], Return_Path="<ada@example.org>"),
    "nobody": mail("I want to stay unknown.", without=["From", "Message-ID"]),
    "local-name-only": _sender("moderator"),
    "reply-elsewhere": _sender("Ada <ada@example.org>", Reply_To="Ada at home <home@example.net>"),
    "from-twice": _sender(["Ada <ada@example.org>", "Ben <ben@example.net>"]),
    "group": _sender("Neighbors: ada@example.org, ben@example.net;"),
    "international": _sender("Jörg <jörg@bücher.example>".encode()),
    "injected-name": _sender("=?utf-8?Q?Ada=0D=0ABcc:_x@example.net?= <ada@example.org>"),
    "hidden-by-broken-line": b"Received: from somewhere\r\nthis line is no field\r\n" + mail("Still read."),
    "hidden-behind-blank": b"X-Filter: passed\r\nnonsense\r\n\r\n" + mail("Still answered."),
    "number-in-subject": mail("It is still there.", Subject=f"About {EARLIER[:4]}-{EARLIER[4:8]}-{EARLIER[8:]}"),
}

WRITTEN = TEXTS | HTML | FILES | PASSED_ON | SENDERS
