"""What opens a mailbox: secrets from files read anew, tokens fetched before they run out, refusals told from outages."""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from intake_email.mailbox.facts import ConnectionLostError
from intake_email.mailbox.session import ImapMailbox
from intake_email.mailbox_settings import MailboxSettings, MicrosoftSignIn
from intake_email.sign_in import EARLY_SECONDS, Credentials, SignIn, SignInRefusedError, _Microsoft, _Tokens, sign_in_of
from shared.errors import TransientError
from support.dovecot import throwaway_authority
from support.imap_scripted import Scripted, scripted_server
from support.imap_service import mailbox_settings


@dataclass
class TokenServer:
    """Gives out tokens over HTTPS, as ``answers`` says: status and body."""

    port: int = 0
    answers: Callable[[], tuple[int, bytes]] = lambda: (200, b'{"access_token": "token-1", "expires_in": 3600}')
    asked: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        self.asked.append(await reader.readexactly(length))
        status, body = self.answers()
        writer.write(b"HTTP/1.1 %d x\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(body), body))
        await writer.drain()
        writer.close()


@pytest.fixture
async def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TokenServer]:
    authority, certificate, key = throwaway_authority(tmp_path / "tls")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    made = TokenServer()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    await server.wait_closed()


def with_consent(port: int, **changes: Any) -> SignIn:  # noqa: ANN401 - settings by name
    consent = {
        "kind": "refresh_token",
        "token_url": f"https://localhost:{port}/token",
        "client_id": "our-application",
        "client_secret": "secret of it",
        "refresh_token": "consent & more",
    }
    return sign_in_of(mailbox_settings(1, "ana@example.org", password=None, oauth={**consent, **changes}))


async def test_a_consent_becomes_a_token_that_ends_before_the_server_says_so(tokens: TokenServer) -> None:
    """One request, with everything in its body; the connection is left minutes before the token runs out."""
    credentials = await asyncio.to_thread(with_consent(tokens.port))

    assert (credentials.user, credentials.secret, credentials.is_token) == ("ana@example.org", "token-1", True)
    assert credentials.good_until is not None
    assert credentials.good_until - time.monotonic() == pytest.approx(3600 - EARLY_SECONDS, abs=5)
    assert tokens.asked == [b"grant_type=refresh_token&client_id=our-application&refresh_token=consent+%26+more&client_secret=secret+of+it"]
    assert "token-1" not in repr(credentials)


@pytest.mark.parametrize(
    ("status", "body", "refused"),
    [
        (400, b'{"error": "invalid_grant", "error_description": "planted ana@example.org"}', True),
        (401, b"<html>planted</html>", True),
        (200, b"{}", True),
        (200, b"no JSON", True),
        (200, b'{"error": "planted words with spaces"}', True),
        (500, b"", False),
        (429, b"{}", False),
    ],
)
async def test_a_refusal_is_told_from_an_outage(tokens: TokenServer, status: int, body: bytes, *, refused: bool) -> None:
    """An operator must act, or time will heal it; what the server says about the account is not repeated."""
    tokens.answers = lambda: (status, body)

    with pytest.raises(TransientError) as caught:
        await asyncio.to_thread(with_consent(tokens.port))
    assert isinstance(caught.value, SignInRefusedError) is refused
    assert "planted" not in str(caught.value)


async def test_a_server_of_tokens_that_is_away_is_an_outage() -> None:
    """Nobody listens."""
    with pytest.raises(TransientError) as caught:
        await asyncio.to_thread(with_consent(1))
    assert not isinstance(caught.value, SignInRefusedError)


def test_secrets_in_files_are_read_anew(tmp_path: Path) -> None:
    """Files are replaced while we run; one that is missing is a refusal that names no content."""
    file = tmp_path / "password"
    sign_in = sign_in_of(mailbox_settings(1, "ana", password=None, password_file=file))
    for password in ("first", "second"):
        file.write_text(f"{password}\n")
        assert sign_in() == Credentials("ana", password, is_token=False)
    file.unlink()
    with pytest.raises(SignInRefusedError, match="cannot be read"):
        sign_in()


class Application:
    """What Microsoft's library answers."""

    def __init__(self, *answers: Any) -> None:  # noqa: ANN401 - whatever it answers
        self.answers = list(answers)
        self.scopes: list[str] = []

    def acquire_token_for_client(self, scopes: list[str]) -> Any:  # noqa: ANN401 - as above
        self.scopes += scopes
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_microsofts_library_is_asked_before_each_connection() -> None:
    """It keeps the token itself; what it raises is an outage, what it answers with an error a refusal."""
    settings = MicrosoftSignIn(kind="microsoft", tenant="town.example", client_id="id", client_secret=SecretStr("secret"))
    microsoft = _Microsoft(settings)
    application = Application(
        {"access_token": "one", "expires_in": 3599}, {"error": "invalid_client", "error_description": "planted"}, ValueError("planted")
    )
    microsoft._application, microsoft._secret = application, "secret"
    sign_in = _Tokens("ana@example.org", microsoft)

    assert sign_in().secret == "one"
    with pytest.raises(SignInRefusedError, match="invalid_client"):
        sign_in()
    with pytest.raises(TransientError) as caught:
        sign_in()
    assert not isinstance(caught.value, SignInRefusedError)
    assert "planted" not in str(caught.value)
    assert application.scopes == ["https://outlook.office365.com/.default"] * 3


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted_server() as account:
        yield account


def mailbox_of(server: Scripted, sign_in: SignIn) -> ImapMailbox:
    return ImapMailbox(mailbox_settings(server.port, "ana@example.org"), sign_in, connect_seconds=2, answer_seconds=2)


async def test_a_token_is_said_as_xoauth2_and_worn_out_in_time(server: Scripted) -> None:
    """Each connection asks for a fresh one."""
    given = iter(["one", "two"])
    mailbox = mailbox_of(server, lambda: Credentials("ana@example.org", next(given), is_token=True, good_until=time.monotonic() + 0.3))
    try:
        await asyncio.to_thread(mailbox.connect)
        assert not mailbox.is_worn_out()
        await asyncio.sleep(0.35)
        assert mailbox.is_worn_out()
        await asyncio.to_thread(mailbox.connect)
    finally:
        await asyncio.to_thread(mailbox.dispose)

    assert server.authenticated == [b"user=ana@example.org\x01auth=Bearer %s\x01\x01" % token for token in (b"one", b"two")]


async def test_a_refused_token_is_a_refused_sign_in(server: Scripted) -> None:
    """And a connection that is lost meanwhile is none."""
    server.authenticates = lambda: "NO AUTHENTICATE failed."
    mailbox = mailbox_of(server, lambda: Credentials("ana@example.org", "old", is_token=True))
    try:
        with pytest.raises(SignInRefusedError):
            await asyncio.to_thread(mailbox.connect)
        server.says = lambda command, _: b"" if command == "AUTHENTICATE" else None
        with pytest.raises(ConnectionLostError):
            await asyncio.to_thread(mailbox.connect)
    finally:
        await asyncio.to_thread(mailbox.dispose)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"password": None}, "exactly one"),
        ({"password_file": "p"}, "exactly one"),
        ({"own_addresses": ()}, "at least 1"),
        ({"own_addresses": ("@town.example",)}, "whole address"),
        ({"name": "Town Hall"}, "pattern"),
        ({"tls": "maybe"}, "'tls'"),
        ({"spam_header": "no colon"}, "pattern"),
        ({"folder": "INBOX"}, "not permitted"),
        ({"password": None, "oauth": {"kind": "microsoft", "tenant": "t", "client_id": "i"}}, "client_secret"),
        (
            {"password": None, "oauth": {"kind": "refresh_token", "client_id": "i", "refresh_token": "r", "token_url": "http://x/"}},
            "pattern",
        ),
    ],
)
def test_a_wrong_mailbox_is_refused_with_a_sentence(changes: dict[str, Any], complaint: str) -> None:
    """Naming what is wrong, and no secret."""
    values = json.loads(mailbox_settings(1, "ana").model_dump_json(exclude_none=True)) | {"password": "planted-secret"} | changes

    with pytest.raises(ValueError, match=complaint) as caught:
        MailboxSettings.model_validate({name: value for name, value in values.items() if value is not None})
    assert "planted-secret" not in str(caught.value)
