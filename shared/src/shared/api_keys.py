"""Keys of staff and integrators: ``prefix.secret`` in the caller's hand, a hash in ours.

A setting (``API_KEYS``) holds the list; the secret itself is never stored. Secrets are 256 random bits, so a plain SHA-256 is
enough: there is nothing to guess (OWASP, Password Storage: slow hashes are for what people choose).
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, Field

from shared.contracts.base import Code, Contract

KEY_BYTES: Final = 32
MAX_CHARACTERS: Final = 500
"""What is read of a presented key; ours have at most 64 + 1 + 43."""


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
    """What we keep of a key. Two of one owner, with the same prefix, may live at once, for rotation."""

    prefix: Code
    """The public half; names the owner in logs and as ``Actor.id``, and so survives the rotation of the secret."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
    scopes: frozenset[Scope]
    expires_at: AwareDatetime | None = None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class KeyRing:
    """Finds who a key belongs to, in constant time per key."""

    def __init__(self, keys: tuple[ApiKey, ...]) -> None:
        self._keys: dict[str, list[ApiKey]] = {}
        for key in keys:
            self._keys.setdefault(key.prefix, []).append(key)

    def find(self, presented: str | None, *, now: datetime, scope: Scope) -> ApiKey | None:
        """The key, when it is known, unexpired and has the scope; else None (one answer for all: nothing to learn from it)."""
        prefix, _, secret = (presented or "")[:MAX_CHARACTERS].partition(".")
        digest = _digest(secret)
        found = None
        for key in self._keys.get(prefix, ()):
            is_live = key.expires_at is None or now < key.expires_at
            if hmac.compare_digest(digest, key.sha256) and is_live and scope in key.scopes:
                found = key
        return found


def new_key(prefix: str, scopes: frozenset[Scope], expires_at: datetime | None = None) -> tuple[str, ApiKey]:
    """A fresh key: what the caller gets, once, and what we keep.

    Raises:
        ValidationError: the prefix is not a code (letters, digits, ``_`` and ``-``, at most 64).
    """
    secret = secrets.token_urlsafe(KEY_BYTES)
    return f"{prefix}.{secret}", ApiKey(prefix=prefix, sha256=_digest(secret), scopes=scopes, expires_at=expires_at)
