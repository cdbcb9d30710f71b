"""What opens a mailbox: a password, or a token that is fetched before each connection and renewed before it runs out.

Everything here blocks, and runs in the thread of its mailbox.
"""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, assert_never

from intake_email.mailbox_settings import MailboxSettings, MicrosoftSignIn, RefreshTokenSignIn
from shared.errors import TransientError

TOKEN_SECONDS: Final = 15.0
"""How long a request for a token may take."""
EARLY_SECONDS: Final = 240.0
"""A connection ends so long before its token does. Microsoft's library gives a new one in the last five minutes."""
MAX_ANSWER_BYTES: Final = 64 * 1024


class SignInRefusedError(TransientError):
    """The server does not let us in: an operator must act. It is tried again, rarely, so that no account is locked."""

    def __init__(self, dependency: str, detail: str = "") -> None:
        super().__init__(dependency, detail)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the server is told."""

    user: str = field(repr=False)
    secret: str = field(repr=False)
    is_token: bool
    """For XOAUTH2; else a password."""
    good_until: float | None = None
    """By the monotonic clock; None: for good."""


class SignIn(Protocol):
    """Gives credentials."""

    def __call__(self) -> Credentials:
        """Fresh ones, for a connection that begins now. Blocks.

        Raises:
            TransientError: who gives out tokens is away.
            SignInRefusedError: there are none to be had with our settings.
        """


def sign_in_of(settings: MailboxSettings) -> SignIn:
    """How to sign in to a mailbox. Nothing is asked yet."""
    match settings.oauth:
        case None:
            return lambda: Credentials(settings.user, _read(settings.read_password), is_token=False)
        case MicrosoftSignIn() as microsoft:
            return _Tokens(settings.user, _Microsoft(microsoft))
        case RefreshTokenSignIn() as consent:
            return _Tokens(settings.user, _Refreshed(consent))
        case _ as never:
            assert_never(never)


class _Tokens:
    """Makes credentials of what a source of tokens answers (RFC 6749, section 5)."""

    def __init__(self, user: str, ask: Callable[[], dict[str, Any]]) -> None:
        self._user = user
        self._ask = ask

    def __call__(self) -> Credentials:
        answer = self._ask()
        token, seconds = answer.get("access_token"), answer.get("expires_in", 3600)
        if not isinstance(token, str) or not token:
            raise SignInRefusedError("oauth", _code(answer))
        lasts = float(seconds) if isinstance(seconds, int | float | str) and str(seconds).isdigit() else 3600.0
        return Credentials(self._user, token, is_token=True, good_until=time.monotonic() + max(lasts - EARLY_SECONDS, lasts / 2))


class _Microsoft:
    """The library of Microsoft keeps the token, and asks for another one when it runs out."""

    def __init__(self, settings: MicrosoftSignIn) -> None:
        self._settings = settings
        self._application: Any = None
        self._secret = ""

    def __call__(self) -> dict[str, Any]:
        import msal  # noqa: PLC0415 - heavy, and most mailboxes have a password

        secret = _read(self._settings.secret)
        try:
            if self._application is None or secret != self._secret:
                authority = f"{self._settings.authority}/{self._settings.tenant}"
                self._application = msal.ConfidentialClientApplication(
                    self._settings.client_id, client_credential=secret, authority=authority, timeout=TOKEN_SECONDS
                )
                self._secret = secret
            answer = self._application.acquire_token_for_client(scopes=[self._settings.scope])
        except Exception as error:  # it raises what its HTTP library does, and ValueError for an unknown tenant
            raise TransientError("oauth", type(error).__name__) from error
        return dict(answer or {})


class _Refreshed:
    """One request (RFC 6749, section 6)."""

    def __init__(self, settings: RefreshTokenSignIn) -> None:
        self._settings = settings

    def __call__(self) -> dict[str, Any]:
        secret = self._settings.client_secret
        form = {"grant_type": "refresh_token", "client_id": self._settings.client_id, "refresh_token": _read(self._settings.secret)}
        form |= {"client_secret": secret.get_secret_value()} if secret else {}
        request = urllib.request.Request(  # noqa: S310 - the setting allows https only
            self._settings.token_url, urllib.parse.urlencode(form).encode(), {"Accept": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=TOKEN_SECONDS) as answer:  # noqa: S310 - as above
                return _document(answer.read(MAX_ANSWER_BYTES))
        except urllib.error.HTTPError as error:
            with error:
                document = _document(error.read(MAX_ANSWER_BYTES))
            if error.code in {400, 401, 403}:
                raise SignInRefusedError("oauth", _code(document)) from error
            raise TransientError("oauth", f"status {error.code}") from error
        except (OSError, ValueError) as error:
            raise TransientError("oauth", type(error).__name__) from error


def _document(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _code(answer: dict[str, Any]) -> str:
    """The error's code, which is a word of the standard; its description may name the account."""
    code = str(answer.get("error", "no token"))
    return code if code.replace("_", "").isalnum() and len(code) <= 40 else "no token"  # noqa: PLR2004 - the longest word has 23


def _read(secret: Callable[[], str]) -> str:
    try:
        return secret()
    except (OSError, ValueError) as error:
        raise SignInRefusedError("secret", f"the file cannot be read ({type(error).__name__})") from error
