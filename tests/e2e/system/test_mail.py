"""A resident who only writes mails: the answers come into one thread, and every mail finds its request."""

import asyncio
import smtplib
import uuid
from email import message_from_bytes, policy
from email.message import EmailMessage

from local_stack.desk_process import OWN_ADDRESS
from shared.tracking_number import display
from support.system import System, until


class Resident:
    """Writes through the local mail server, and reads what came."""

    def __init__(self, system: System) -> None:
        self.address = f"pat-{uuid.uuid4().hex[:12]}@example.com"
        assert system.stack.desk is not None
        self._port = system.stack.desk.smtp_port
        self._folder = system.stack.given.data / "mail"

    async def write(self, subject: str, text: str, answered: EmailMessage | None = None) -> str:
        """Send a mail; its Message-ID."""
        mail = EmailMessage(policy.SMTP)
        mail["From"], mail["Subject"] = f"Pat Example <{self.address}>", subject
        mail["To"] = OWN_ADDRESS if answered is None else str(answered["Reply-To"] or answered["From"])
        mail["Date"] = "Tue, 03 Mar 2026 10:00:00 -0500"
        mail["Message-ID"] = f"<{uuid.uuid4().hex}@example.com>"
        if answered is not None:
            mail["In-Reply-To"] = mail["References"] = str(answered["Message-ID"])
        mail.set_content(text)
        await asyncio.to_thread(self._send, mail)
        return str(mail["Message-ID"])

    def _send(self, mail: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self._port, timeout=30) as server:
            server.send_message(mail)

    async def answer(self, words: str) -> tuple[EmailMessage, str]:
        """The first mail that 311 wrote to this resident with these words in it, and its text; as soon as it is there."""

        async def arrived() -> tuple[EmailMessage, str] | None:
            found = await asyncio.to_thread(self._read)
            return next(((mail, text) for mail, text in found if words in text), None)

        found = await until(arrived, f"a mail from 311 with: {words}")
        assert found is not None
        return found

    def _read(self) -> list[tuple[EmailMessage, str]]:
        mails = (message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(self._folder.glob("*.eml")))
        return [(mail, _text(mail)) for mail in mails if isinstance(mail, EmailMessage) and self.address in str(mail["To"])]


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part else ""


async def test_a_request_lives_in_one_thread(system: System) -> None:
    """Mail → number → reply → follow-up at the request → closed by staff → told in the same thread."""
    resident = Resident(system)
    first = await resident.write("A swing is broken", "One chain of the swing in the invented park is off.\n")
    number = await _number_of(system, "One chain of the swing")
    acknowledgement, _ = await resident.answer(display(number))
    assert acknowledgement["In-Reply-To"] == first
    assert first in str(acknowledgement["References"])
    assert (await system.visible(number))["status"] == "open"

    await resident.write("Re: A swing is broken", "The other chain is loose as well.\n", acknowledgement)

    async def followed_up() -> bool:
        read = await system.client.get(f"{system.tracker}/api/v1/requests/{number}/history", headers=system.staff)
        return "The other chain is loose" in read.text

    await until(followed_up, "the follow-up at the request")
    await system.change(number, status="closed", detailed_status="resolved", status_notes="Both chains are new.")
    closing, _ = await resident.answer("Both chains are new.")
    assert first in str(closing["References"])
    assert display(number) in str(closing["Subject"])


async def test_who_writes_in_spanish_is_answered_in_spanish(system: System) -> None:
    """Whatever the mailbox supposes; the word of thanks that follows changes nothing."""
    resident = Resident(system)
    await resident.write("Columpio", "La cadena del columpio en el parque inventado está rota desde el martes.\n")
    number = await _number_of(system, "La cadena del columpio")
    acknowledgement, _ = await resident.answer("Recibimos su mensaje")
    assert acknowledgement["Content-Language"] == "es"

    await resident.write("Re: Columpio", "Gracias.\n", acknowledgement)

    async def followed_up() -> bool:
        read = await system.client.get(f"{system.tracker}/api/v1/requests/{number}/history", headers=system.staff)
        return "Gracias." in read.text

    await until(followed_up, "the follow-up at the request")
    await system.change(number, status="closed", detailed_status="resolved", status_notes="Cadena nueva.")
    closing, _ = await resident.answer("Cadena nueva.")
    assert closing["Content-Language"] == "es"


async def _number_of(system: System, words: str) -> str:
    async def found() -> str:
        answer = await system.client.get(f"{system.tracker}/api/v1/requests", headers=system.staff)
        return next((str(item["service_request_id"]) for item in answer.json()["items"] if words in str(item.get("description"))), "")

    return await until(found, "the mail at the tracker")
