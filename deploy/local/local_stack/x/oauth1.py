"""Whether a request carries a valid OAuth 1.0a user signature (RFC 5849, HMAC-SHA1), as tweepy and xdk send it."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

PARAMETER = re.compile(r'(oauth_\w+)="([^"]*)"')


@dataclass(frozen=True)
class UserKeys:
    """The four secrets of an app and of the account it writes for."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    access_token: str
    access_token_secret: str = field(repr=False)


def parameters_of(authorization: str) -> dict[str, str]:
    """What the header says of itself, the signature included; nothing where it is of another kind."""
    if not authorization.startswith("OAuth "):
        return {}
    return {name: unquote(value) for name, value in PARAMETER.findall(authorization)}


def is_signed(authorization: str, method: str, url: str, query: Iterable[tuple[str, str]], keys: UserKeys) -> bool:
    """Whether the header is this account's signature of the request.

    ``url`` is the address that the client signed, without its query: tweepy signs ``https://api.twitter.com/...`` wherever the
    socket goes. A JSON body is no part of the signature. Freshness and nonces are the caller's to judge.
    """
    given = parameters_of(authorization)
    signature = given.pop("oauth_signature", "")
    if (given.get("oauth_consumer_key"), given.get("oauth_token")) != (keys.consumer_key, keys.access_token):
        return False
    if given.get("oauth_signature_method") != "HMAC-SHA1":
        return False
    expected = _signature(method, url, [*query, *given.items()], keys)
    return hmac.compare_digest(signature.encode(), expected.encode())


def _signature(method: str, url: str, parameters: Iterable[tuple[str, str]], keys: UserKeys) -> str:
    pairs = sorted((_escape(name), _escape(value)) for name, value in parameters)
    base = "&".join(map(_escape, (method.upper(), url, "&".join(f"{name}={value}" for name, value in pairs))))
    key = f"{_escape(keys.consumer_secret)}&{_escape(keys.access_token_secret)}"
    return base64.b64encode(hmac.digest(key.encode(), base.encode(), hashlib.sha1)).decode()


def _escape(text: str) -> str:
    return quote(text, safe="~")
