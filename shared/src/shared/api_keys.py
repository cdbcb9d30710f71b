"""Keys of staff and integrators: ``prefix.secret`` in the caller's hand, a hash in ours.

A setting (``API_KEYS``) holds the list; the secret itself is never stored. Secrets are 256 random bits, so a plain SHA-256 is
enough: there is nothing to guess (OWASP, Password Storage: slow hashes are for what people choose).
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from shared.contracts.base import Code, Contract

KEY_BYTES = 32


class Scope(StrEnum):
    """What a key may do."""

    STAFF_READ = "staff:read"
    STAFF_WRITE = "staff:write"
    PHONE = "phone"
    """Enter phone calls."""
    OPEN311 = "open311"
    """Create requests by GeoReport."""
    OPEN311_UPDATE = "open311:update"
    """Send GeoReport service request updates."""


class ApiKey(Contract):
    """What we keep of a key. Two of one owner may live at once, for rotation."""

    prefix: Code
    """The public half; names the key in logs and as ``Actor.id``."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
    scopes: frozenset[Scope]
    expires_at: AwareDatetime | None = None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


class KeyRing:
    """Finds who a key belongs to, in constant time per key."""

    def __init__(self, keys: tuple[ApiKey, ...]) -> None:
        self._keys = {key.prefix: key for key in keys}

    def find(self, presented: str | None, *, now: datetime, scope: Scope) -> ApiKey | None:
        """The key, when it is known, unexpired and has the scope; else None (one answer for all: nothing to learn from it)."""
        prefix, _, secret = (presented or "")[:500].partition(".")
        key = self._keys.get(prefix)
        expected = key.sha256 if key else _digest("")
        matches = hmac.compare_digest(_digest(secret), expected)
        if key is None or not matches or scope not in key.scopes or (key.expires_at and key.expires_at <= now):
            return None
        return key


def new_key(prefix: str, scopes: frozenset[Scope], expires_at: datetime | None = None) -> tuple[str, ApiKey]:
    """A fresh key: what the caller gets, once, and what we keep."""
    secret = secrets.token_urlsafe(KEY_BYTES)
    return f"{prefix}.{secret}", ApiKey(prefix=prefix, sha256=_digest(secret), scopes=scopes, expires_at=expires_at)
