"""The outgoing mail server, by aiosmtplib; its exceptions stop here.

What the server said decides: accepted, refused for now (4xx), refused for good (5xx). A connection that breaks before the text was
handed over is like a server that is away; one that breaks afterwards, before the answer, leaves it open whether the mail goes out.
"""

import ssl
from dataclasses import dataclass, field
from typing import Final

import aiosmtplib
from aiosmtplib import SMTP, SMTPResponseException

from shared.errors import TransientError

DEPENDENCY: Final = "smtp"
_GOOD_BYE_SECONDS: Final = 2.0
_PERMANENT: Final = 500


@dataclass(frozen=True, slots=True)
class Server:
    """How to reach it."""

    host: str
    port: int
    security: str
    """``starttls``, ``tls`` or ``none``; with the first two the certificate is verified."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server has it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The server does not take it. ``code`` is SMTP's three digits; its words quote addresses and are not kept."""

    code: int

    @property
    def is_permanent(self) -> bool:
        """No later try will do better (RFC 5321, section 4.2.1)."""
        return self.code >= _PERMANENT


@dataclass(frozen=True, slots=True)
class Open:
    """Nobody knows whether it went out."""


class Relay:
    """Hands mails to the server, one connection each: a town sends hundreds a day."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def send(self, content: bytes, *, envelope_from: str, recipient: str) -> Accepted | Refused | Open:
        """Hand over one mail.

        Raises:
            TransientError: the server is away; the mail certainly did not go out.
        """
        client = self._client()
        try:
            await self._connect(client)
            answer = await self._announce(client, envelope_from, recipient)
            return answer or await self._hand_over(client, content)
        finally:
            await _say_good_bye(client)

    def _client(self) -> SMTP:
        server = self._server
        return SMTP(
            hostname=server.host,
            port=server.port,
            timeout=server.timeout_seconds,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=None if server.security == "none" else ssl.create_default_context(),
        )

    async def _connect(self, client: SMTP) -> None:
        server = self._server
        try:
            await client.connect()
            if server.user is not None:
                await client.login(server.user, server.password or "")
        except (aiosmtplib.SMTPException, OSError) as error:
            raise TransientError(DEPENDENCY, type(error).__name__) from error

    @staticmethod
    async def _announce(client: SMTP, envelope_from: str, recipient: str) -> Refused | None:
        try:
            await client.mail(envelope_from)
            await client.rcpt(recipient)
        except SMTPResponseException as refusal:
            return Refused(refusal.code)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise TransientError(DEPENDENCY, type(error).__name__) from error
        return None

    @staticmethod
    async def _hand_over(client: SMTP, content: bytes) -> Accepted | Refused | Open:
        try:
            await client.data(content)
        except SMTPResponseException as refusal:
            return Refused(refusal.code)
        except (aiosmtplib.SMTPException, OSError):
            return Open()
        return Accepted()


async def _say_good_bye(client: SMTP) -> None:
    try:
        if client.is_connected:
            await client.quit(timeout=_GOOD_BYE_SECONDS)
    except (aiosmtplib.SMTPException, OSError):
        client.close()
