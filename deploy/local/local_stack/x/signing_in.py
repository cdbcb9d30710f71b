"""Who asks: an app by its bearer token, or an account by an OAuth 1.0a signature or an OAuth 2.0 user token."""

import hmac
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from local_stack.x.oauth1 import UserKeys, is_signed, parameters_of
from local_stack.x.problems import ProblemError, plain, wrong_sign_in

SIGNED_BASES = ("https://api.twitter.com", "https://api.x.com")
"""tweepy and others sign these, wherever the socket goes; ``xdk`` signs the address that it was given."""
FRESH_SECONDS = 300
"""How far the timestamp of a signature may be from our clock."""
KEPT_NONCES = 100_000
USER_WAYS = ("OAuth 1.0a User Context", "OAuth 2.0 User Context")


@dataclass(frozen=True, slots=True)
class Access:
    """What an account gave the app."""

    account_id: str
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)
    user_token: str = field(repr=False)
    """OAuth 2.0."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Of the one app that the stand-in knows."""

    bearer_token: str = field(repr=False)
    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    accounts: tuple[Access, ...]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    account_id: str | None
    """None: the app itself."""

    def user(self) -> str:
        """The account.

        Raises:
            ProblemError: it is the app.
        """
        if self.account_id is None:
            raise wrong_sign_in(*USER_WAYS)
        return self.account_id


class SignIn:
    """Knows the keys, and which signatures were used already."""

    def __init__(self, keys: Keys, clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self._clock = clock
        self._nonces: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def caller(self, authorization: str, method: str, urls: Sequence[str], query: Sequence[tuple[str, str]]) -> Caller:
        """Who signed this request. ``urls``: each address that may have been signed, without its query.

        Raises:
            ProblemError: 401: nobody that we know, a signature that is wrong, old, or used before.
        """
        kind, _, token = authorization.partition(" ")
        if kind == "Bearer":
            return self._bearer(token)
        if kind == "OAuth":
            return self._signed(authorization, method, urls, query)
        raise _unauthorized()

    def _bearer(self, token: str) -> Caller:
        if _same(token, self._keys.bearer_token):
            return Caller(None)
        for access in self._keys.accounts:
            if _same(token, access.user_token):
                return Caller(access.account_id)
        raise _unauthorized()

    def _signed(self, authorization: str, method: str, urls: Sequence[str], query: Sequence[tuple[str, str]]) -> Caller:
        given = parameters_of(authorization)
        for access in self._keys.accounts:
            keys = UserKeys(self._keys.consumer_key, self._keys.consumer_secret, access.access_token, access.access_token_secret)
            if any(is_signed(authorization, method, url, query, keys) for url in urls):
                self._use(given.get("oauth_token", ""), given.get("oauth_timestamp", ""), given.get("oauth_nonce", ""))
                return Caller(access.account_id)
        raise _unauthorized()

    def _use(self, token: str, timestamp: str, nonce: str) -> None:
        now = self._clock().timestamp()
        if not timestamp.isascii() or not timestamp.isdigit() or abs(int(timestamp) - now) > FRESH_SECONDS:
            raise _unauthorized()
        used = (token, timestamp, nonce)
        if not nonce or used in self._nonces:
            raise _unauthorized()
        self._nonces[used] = None
        if len(self._nonces) > KEPT_NONCES:
            self._nonces.popitem(last=False)


def signed_urls(path: str, own: str) -> list[str]:
    """The addresses that a client may have signed for a path."""
    return [f"{base}{path}" for base in (*SIGNED_BASES, own)]


def _same(given: str, known: str) -> bool:
    return bool(known) and hmac.compare_digest(given.encode(), known.encode())


def _unauthorized() -> ProblemError:
    return plain(HTTPStatus.UNAUTHORIZED)
