"""The client library's failures as ours, sorted by who must act."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from intake_email.mailbox.client import Client
from intake_email.mailbox.facts import DEPENDENCY, ConnectionLostError, RefusedError
from intake_email.sign_in import Credentials, SignInRefusedError
from shared.errors import TransientError

_FOR_NOW: Final = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")
"""Of a sign-in that is refused for now (RFC 5530)."""


def signed_in(client: Client, credentials: Credentials) -> None:
    """Sign in; raises the library's own."""
    if credentials.is_token:
        client.oauth2_login(credentials.user, credentials.secret)
    else:
        client.login(credentials.user, credentials.secret)


@contextmanager
def imap_errors(command: str) -> Iterator[None]:
    """The library's failures as ours. What a server says may quote anything: only our word for the command is kept."""
    try:
        yield
    except TransientError:
        raise
    except LoginError as error:
        # The library makes this of a lost connection too.
        is_for_now = isinstance(error.__context__, IMAPClientAbortError) or any(code in str(error).upper() for code in _FOR_NOW)
        raise (ConnectionLostError if is_for_now else SignInRefusedError)(DEPENDENCY, "sign-in refused") from error
    except IMAPClientAbortError as error:
        raise ConnectionLostError(DEPENDENCY, f"connection lost: {command}") from error
    except IMAPClientError as error:
        raise RefusedError(DEPENDENCY, f"refused: {command}") from error
    except Exception as error:  # sockets, TLS, and whatever the library does with an answer that nobody expects
        raise ConnectionLostError(DEPENDENCY, f"{type(error).__name__}: {command}") from error
