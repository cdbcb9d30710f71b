"""The mails of ``make demo``: sent to the local mailbox alone, and answered only by what answers them."""

import asyncio
import io
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from rich.console import Console

from local_stack.clients import unanswered
from local_stack.demo import ALL
from local_stack.demo_mails import MAILS, REPLY, send_mails
from local_stack.processes import free_ports

OWN = "311@cary311.example.org"
RUN: dict[str, Any] = {"is_mail_ours": True, "mail_address": OWN, "mail_desk_url": "http://127.0.0.1:8318"}


class Town:
    """A mail server that answers what comes: into the folder that the mail desk keeps."""

    def __init__(self, kept: Path) -> None:
        self.kept = kept
        self.mails: list[Message] = []
        self.answers = len(MAILS)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        mail = message_from_bytes(envelope.original_content or b"")
        self.mails.append(mail)
        if len(self.mails) <= self.answers:
            answer = EmailMessage()
            answer["From"], answer["Subject"], answer["Message-ID"] = OWN, "Your 311 request", f"<{len(self.mails)}@town.example>"
            answer["In-Reply-To"] = mail["Message-ID"]
            await asyncio.to_thread((self.kept / f"{len(self.mails)}.eml").write_bytes, answer.as_bytes())
        return "250 kept"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[tuple[Town, dict[str, Any]]]:
    made, (port,) = Town(tmp_path), free_ports(1)
    controller = Controller(made, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    await asyncio.to_thread(controller.start)
    yield made, RUN | {"smtp_port": port, "mail_folder": str(tmp_path)}
    await asyncio.to_thread(controller.stop)


async def test_every_mail_is_sent_and_the_first_is_answered_back(town: tuple[Town, dict[str, Any]]) -> None:
    """In its thread: a newcomer sees a follow-up, too."""
    server, run = town
    shown = io.StringIO()
    assert await send_mails(run, b"jpeg", Console(file=shown, width=200))
    assert "3 of 3 invented mails are answered" in shown.getvalue()
    *first, reply = server.mails
    assert [mail["Subject"] for mail in first] == [demo.subject for demo in MAILS]
    assert {mail["To"] for mail in server.mails} == {OWN}
    assert reply["In-Reply-To"] == "<1@town.example>"
    assert reply.get_payload(decode=True) == REPLY.replace("\n", "\r\n").encode()


async def test_a_mail_without_an_answer_is_told(town: tuple[Town, dict[str, Any]]) -> None:
    """Another mail's answer counts for none of them."""
    server, run = town
    server.answers = 2
    shown = io.StringIO()
    assert not await send_mails(run, b"jpeg", Console(file=shown), seconds=1.0)
    assert "no answer yet" in shown.getvalue()


async def test_where_mail_is_real_nobody_is_written_to() -> None:
    """No mails, and of the reports none asks for answers: the addresses are made up, or are real people's."""
    shown = io.StringIO()
    real = RUN | {"is_mail_ours": False}
    assert await send_mails(real, b"jpeg", Console(file=shown, width=200))
    assert "No mails are sent" in shown.getvalue()
    assert {unanswered(report, real)["updates"] for report in ALL} == {"none"}
    assert [unanswered(report, RUN) for report in ALL] == [dict(report) for report in ALL]
