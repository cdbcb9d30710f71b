"""The mails of ``make demo``: written to 311 through the local mail server, answered there, and one answered back."""

import asyncio
import email.utils
import smtplib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from rich.console import Console

ANSWERED_WITHIN_SECONDS = 60.0
LOOK_SECONDS = 0.25
SMTP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class DemoMail:
    """One invented mail."""

    subject: str
    text: str
    is_with_photo: bool = False


MAILS = (
    DemoMail("Street light out", "The street light in front of 12 Invented Oak Drive has been dark since Monday.\n\nPat\n"),
    DemoMail(
        "Basura sin recoger",
        "Ayer no recogieron la basura en la Calle Inventada 14. Los vecinos también la tienen afuera.\n\nGracias,\nAna\n",
    ),
    DemoMail("Pothole, photo attached", "A deep pothole at Sample Street and Example Avenue, see the photo.\n", is_with_photo=True),
)
REPLY = "One more thing: it flickered for a week before it went out.\n"


async def send_mails(stack: Mapping[str, Any], photo: bytes, console: Console, seconds: float = ANSWERED_WITHIN_SECONDS) -> bool:
    """Send them, wait ``seconds`` for the answers, answer the first; whether every mail was answered in time."""
    if not stack["is_mail_ours"]:
        console.print("No mails are sent: the mailbox and the mail server are your own.")
        return True
    folder = Path(stack["mail_folder"])
    mails = [_written(demo, stack["mail_address"], photo) for demo in MAILS]
    for mail in mails:
        await asyncio.to_thread(_send, mail, stack["smtp_port"])
    with console.status(f"{len(mails)} mails are sent, waiting for the answers") as status:
        answers: dict[str, EmailMessage] = {}
        deadline = time.monotonic() + seconds
        while len(answers) < len(mails) and time.monotonic() < deadline:
            await asyncio.sleep(LOOK_SECONDS)
            answers = await asyncio.to_thread(_answers, folder, {str(mail["Message-ID"]) for mail in mails})
            status.update(f"{len(answers)} of {len(mails)} mails are answered")
    console.print(f"{len(answers)} of {len(mails)} invented mails are answered:")
    for mail in mails:
        answer = answers.get(str(mail["Message-ID"]))
        console.print(f"  {mail['Subject']}: {answer['Subject'] if answer else 'no answer yet'}", markup=False)
    if first := answers.get(str(mails[0]["Message-ID"])):
        await asyncio.to_thread(_send, _reply(mails[0], first), stack["smtp_port"])
        console.print("  and the first sender has written again, in the same thread")
    console.print(f"Read them:        {stack['mail_desk_url']}")
    return len(answers) == len(mails)


def _written(demo: DemoMail, to: str, photo: bytes) -> EmailMessage:
    mail = _blank(f"Invented Resident <{uuid.uuid4().hex[:8]}@example.com>", to, demo.subject)
    mail.set_content(demo.text)
    if demo.is_with_photo:
        mail.add_attachment(photo, maintype="image", subtype="jpeg", filename="pothole.jpg")
    return mail


def _reply(mail: EmailMessage, answer: EmailMessage) -> EmailMessage:
    reply = _blank(str(mail["From"]), str(answer["Reply-To"] or answer["From"]), f"Re: {answer['Subject']}")
    reply["In-Reply-To"] = str(answer["Message-ID"])
    reply["References"] = f"{mail['Message-ID']} {answer['Message-ID']}"
    reply.set_content(REPLY)
    return reply


def _blank(sender: str, to: str, subject: str) -> EmailMessage:
    mail = EmailMessage(policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = email.utils.localtime()
    mail["Message-ID"] = email.utils.make_msgid(domain="demo.example.com")
    return mail


def _send(mail: EmailMessage, port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=SMTP_SECONDS) as server:
        server.send_message(mail)


def _answers(folder: Path, sent: set[str]) -> dict[str, EmailMessage]:
    """What 311 wrote in answer to these mails, by the Message-ID of each."""
    found = {}
    for path in folder.glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        answered = str(mail["In-Reply-To"])
        if answered in sent and isinstance(mail, EmailMessage):
            found[answered] = mail
    return found
