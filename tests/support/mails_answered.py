"""Invented answers: what mail programs of many languages put around the history."""

# ruff: noqa: RUF001 - letters and signs of other scripts are what these mails are about

from support.mails import EARLIER, OTHER, OUR_ADDRESS, OUR_MARKER, OUR_MESSAGE_ID, alternative, html_mail, mail, reply

WORDS = "It is still dark at night.\nPlease look again."
HISTORY = "> We have looked at the lamp.\n> Thank you."
_ATTRIBUTIONS = {
    "english": "On Mon, Mar 9, 2026 at 4:18 PM Town 311 <311@town.example> wrote:",
    "english-wrapped": "On Mon, Mar 9, 2026 at 4:18 PM Town of Somewhere Three One One <\n311@town.example> wrote:",
    "spanish": "El lun, 9 mar 2026 a las 16:18, Town 311 (<311@town.example>) escribió:",
    "french": "Le lun. 9 mars 2026 à 16:18, Town 311 <311@town.example> a écrit :",
    "german": "Am Mo., 9. März 2026 um 16:18 Uhr schrieb Town 311 <311@town.example>:",
    "italian": "Il giorno lun 9 mar 2026 alle ore 16:18 Town 311 <311@town.example> ha scritto:",
    "portuguese": "Em seg., 9 de mar. de 2026 às 16:18, Town 311 <311@town.example> escreveu:",
    "dutch": "Op ma 9 mrt 2026 om 16:18 schreef Town 311 <311@town.example>:",
    "polish": "pon., 9 mar 2026 o 16:18 Town 311 <311@town.example> napisał(a):",
    "russian": "пн, 9 мар. 2026 г. в 16:18, Town 311 <311@town.example>:",
    "ukrainian": "пн, 9 бер. 2026 р. о 16:18 Town 311 <311@town.example> пише:",
    "swedish": "Den mån 9 mars 2026 kl 16:18 skrev Town 311 <311@town.example>:",
    "danish": "Den man. 9. mar. 2026 kl. 16.18 skrev Town 311 <311@town.example>:",
    "finnish": "ma 9. maalisk. 2026 klo 16.18 Town 311 (311@town.example) kirjoitti:",
    "czech": "po 9. 3. 2026 v 16:18 odesílatel Town 311 <311@town.example> napsal:",
    "hungarian": "Town 311 <311@town.example> ezt írta (időpont: 2026. márc. 9., H, 16:18):",
    "turkish": "Town 311 <311@town.example>, 9 Mar 2026 Pzt, 16:18 tarihinde şunu yazdı:",
    "greek": "Στις Δευ 9 Μαρ 2026 στις 4:18 μ.μ., ο χρήστης Town 311 <311@town.example> έγραψε:",
    "chinese": "Town 311 <311@town.example> 于2026年3月9日周一 16:18写道：",
    "japanese": "2026年3月9日(月) 16:18 Town 311 <311@town.example>:",
    "korean": "2026년 3월 9일 (월) 오후 4:18, Town 311 <311@town.example>님이 작성:",
    "vietnamese": "Vào Th 2, 9 thg 3, 2026 vào lúc 16:18 Town 311 <311@town.example> đã viết:",
}
_BLOCKS = {
    "german": ("Von", "Gesendet", "An", "Betreff"),
    "spanish": ("De", "Enviado", "Para", "Asunto"),
    "french": ("De", "Envoyé", "À", "Objet"),
    "polish": ("Od", "Wysłano", "Do", "Temat"),
    "russian": ("От", "Отправлено", "Кому", "Тема"),
    "chinese": ("发件人", "发送时间", "收件人", "主题"),
    "japanese": ("差出人", "送信日時", "宛先", "件名"),
}


def _block(labels: tuple[str, ...]) -> str:
    values = ("Town 311 <311@town.example>", "9.3.2026 16:18", "Ada Moss", "Your report")
    return "\n".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))


LANGUAGES = {f"wrote-{name}": reply(f"{WORDS}\n\n{line}\n\n{HISTORY}\n") for name, line in _ATTRIBUTIONS.items()}
BLOCKS = {f"block-{name}": reply(f"{WORDS}\n\n{_block(labels)}\n\nWe have looked.\n") for name, labels in _BLOCKS.items()}
"""Each of these must give ``WORDS`` and nothing else."""

SIGNED_OFF: dict[str, bytes] = {
    "below-the-quotation": reply(f"{_ATTRIBUTIONS['english']}\n{HISTORY}\n\n{WORDS}\n"),
    "original-message": reply(f"{WORDS}\n\n-----Original Message-----\n{_block(('From', 'Sent', 'To', 'Subject'))}\n\nWe have looked.\n"),
    "our-line": reply(f"{WORDS}\n\n> ## Reply above this line ##\n> Your request was closed.\n"),
    "history-in-the-same-line": reply(
        f"{WORDS}\n\n  On Mon, Mar 9, 2026 at 4:18 PM, Town 311<311@town.example> wrote:   We have looked.\n"
    ),
    "in-a-message-dated": reply(
        f"{WORDS}\n\nIn a message dated 3/9/2026 4:18:00 PM Eastern Daylight Time, 311@town.example writes:\n\nx\n"
    ),
    "block-in-one-line": reply(
        f"{WORDS}\n\nDate: Mon, 9 Mar 2026 16:18:00 -0400 From: 311@town.example To: Ada Moss Subject: Your report\n\nWe have looked.\n"
    ),
    "unseen-marks": reply(
        f"{WORDS}\n\n\u202bבתאריך יום ב׳, 9 במרץ 2026 ב-16:18 מאת \u202aTown\u202c\u200f "
        f"<\u202a311@town.example\u202c\u200f>:\u202c\n\n{HISTORY}\n",
        Content_Type="text/plain; charset=utf-8",
    ),
    "device": reply(f"{WORDS}\n\nSent from my iPhone\n\n{_ATTRIBUTIONS['english']}\n\n{HISTORY}\n"),
    "signature": reply(f"{WORDS}\n\n-- \nAda Moss\nBotanist\n{_ATTRIBUTIONS['english']}\n{HISTORY}\n"),
    "notice": reply(
        f"{WORDS}\n\nThis e-mail is confidential and meant for the intended recipient alone. Please notify the sender if it is not you.\n"
    ),
    "contact-block": reply(f"{WORDS}\n\nAda Moss\nBotanist\nada@example.org\nwww.example.org\n"),
    "gmail": alternative(
        f"{WORDS}\n\n{_ATTRIBUTIONS['english']}\n\n{HISTORY}\n",
        f'<div dir="ltr">{WORDS}</div><div class="gmail_quote"><div class="gmail_attr">On ... wrote:<br></div>'
        "<blockquote>We have looked.</blockquote></div>",
        Subject="Re: Your report",
    ),
    "outlook-html": html_mail(
        '<div>It is still dark at night.<br>Please look again.</div><div id="appendonsend"></div><hr style="width:98%">'
        '<div id="divRplyFwdMsg"><b>From:</b> Town 311 &lt;311@town.example&gt;<br><b>Sent:</b> Monday<br><b>To:</b> Ada<br>'
        "<b>Subject:</b> Your report</div><div>We have looked.</div>",
        Subject="Re: Your report",
    ),
    "outlook-html-unknown-language": html_mail(
        '<p>It is still dark at night.<br>Please look again.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt">'
        "<p><b>Oddiwrth:</b> Town 311<br><b>Anfonwyd:</b> dydd Llun<br><b>At:</b> Ada</p></div><p>We have looked.</p>",
        Subject="Re: Your report",
    ),
    "apple-html": html_mail(
        "<div>It is still dark at night.</div><div>Please look again.</div><div><br><blockquote type=cite>"
        "<div>On Mar 9, 2026, at 4:18 PM, Town 311 &lt;311@town.example&gt; wrote:</div><div>We have looked.</div></blockquote></div>",
        Subject="Re: Your report",
    ),
    "yahoo-html": html_mail(
        '<div>It is still dark at night.<br>Please look again.</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>'
        "On Monday, March 9, 2026 at 04:18:00 PM EDT, Town 311 &lt;311@town.example&gt; wrote:</div><div>We have looked.</div></div>",
        Subject="Re: Your report",
    ),
    "thunderbird-html": html_mail(
        'It is still dark at night.<br>Please look again.<br><div class="moz-cite-prefix">On 3/9/26 16:18, Town 311 wrote:<br></div>'
        '<blockquote type="cite">We have looked.</blockquote>',
        Subject="Re: Your report",
    ),
    "markup-knows-more": alternative(
        "It is still dark at night.\nPlease look again.\nTown 311 said:\nWe have looked.",
        "<div>It is still dark at night.<br>Please look again.</div><blockquote>On Mon, Mar 9, 2026 at 4:18 PM Town 311 "
        "&lt;311@town.example&gt; wrote:<br>We have looked.</blockquote>",
        Subject="Re: Your report",
        In_Reply_To="<earlier@town.example>",
    ),
}
"""Each of these must give ``WORDS`` and nothing else, too."""

KEPT: dict[str, bytes] = {
    "answers-in-between": reply(
        "See below.\n\nOn Mon, Mar 9, 2026 at 4:18 PM Town 311 <311@town.example> wrote:\n> Which pole?\n\nNumber 12.\n\n"
        "> Since when?\n\nSince Friday.\n"
    ),
    "a-sentence-about-who-wrote": mail("On March 9, 2026 at 4:18 PM the clerk at the desk wrote:\ncome back tomorrow.\nI did, in vain.\n"),
    "hyphens-between-thoughts": mail("The lamp is broken.\n--\nAlso the bench next to it is broken and needs new boards.\n"),
    "street-in-last-lines": mail("A tree is down.\n\nAda Moss\n12 Elm Street\nada@example.org\nwww.example.org\n"),
    "a-quotation-to-comment": mail("> Trash is collected on Mondays.\n\nThat is not true for our street.\n"),
    "nothing-but-history": reply("On Mon, Mar 9, 2026 at 4:18 PM Town 311 <311@town.example> wrote:\n> We have looked.\n"),
    "records-request": mail("Under the public records law I ask for every public record about the confidential survey of Elm Street.\n"),
}

THREADED: dict[str, bytes] = {
    "token-address": reply(WORDS, To=f"Town 311 <{OUR_ADDRESS}>", In_Reply_To="<unknown@example.net>"),
    "token-in-delivered-to": mail(WORDS, Delivered_To=OUR_ADDRESS.upper()),
    "token-forged": mail(WORDS, To=OUR_ADDRESS.replace(EARLIER.lower(), OTHER.lower())),
    "our-message-id": reply(WORDS, In_Reply_To=OUR_MESSAGE_ID),
    "our-message-id-in-references": reply(WORDS, In_Reply_To="", References=f"<first@example.org> {OUR_MESSAGE_ID}\r\n <last@example.org>"),
    "marker-in-html": html_mail(f"<p>Still dark.</p><blockquote><span data-ref='{OUR_MARKER}'></span>We have looked.</blockquote>"),
    "number-in-text": mail(f"I write again about {EARLIER.lower()}, the lamp."),
    "neighborhood": mail("Our neighborhood thinks that will come soon, THAT-WILL-COME-SOON."),
    "two-numbers": reply(f"Not about {OTHER[:4]}-{OTHER[4:8]}-{OTHER[8:]}.", To=OUR_ADDRESS),
}

ANSWERED = LANGUAGES | BLOCKS | SIGNED_OFF | KEPT | THREADED
