"""An SMTP server that keeps what it gets, and answers as a test wants: aiosmtpd on a free port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from local_stack.processes import free_ports


@dataclass
class SmtpSink:
    """What came in. ``recipient_answer`` and ``data_answer`` refuse; ``hangs_up`` breaks the connection instead of answering the text."""

    port: int
    envelopes: list[Envelope] = field(default_factory=list)
    recipient_answer: str | None = None
    data_answer: str | None = None
    hangs_up: bool = False

    @property
    def mails(self) -> list[EmailMessage]:
        """What came in, read."""
        return [_read(envelope) for envelope in self.envelopes]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.recipient_answer:
            return self.recipient_answer
        envelope.rcpt_tos.append(address)  # a handler of this name has to
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.hangs_up:
            transport: Any = server.transport
            transport.abort()
            return "451 gone"
        if self.data_answer:
            return self.data_answer
        self.envelopes.append(envelope)
        return "250 OK"


def _read(envelope: Envelope) -> EmailMessage:
    content = envelope.original_content
    assert content is not None
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@asynccontextmanager
async def smtp_sink() -> AsyncIterator[SmtpSink]:
    """A running sink."""
    (port,) = free_ports(1)
    sink = SmtpSink(port)
    controller = Controller(sink, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True, data_size_limit=10_000_000)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
