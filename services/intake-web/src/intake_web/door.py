"""Who is at the door: keys, addresses, rates. Shared by the JSON API, GeoReport and the form."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.types import Scope

from intake_web.limits import Network, Rate, RateLimiter, Verdict, sender_address
from shared.api_keys import ApiKey, KeyRing
from shared.api_keys import Scope as KeyScope
from shared.observability.metrics import METRICS

_TRACEPARENT: Final = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_IDEMPOTENCY_KEY: Final = re.compile(r"[\x20-\x7e]{1,255}")


class InvalidIdempotencyKeyError(ValueError):
    """``Idempotency-Key`` must be 1 to 255 printable ASCII characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How often."""

    anonymous: Rate
    keyed: Rate


class Door:
    """Counts senders and knows keys."""

    def __init__(
        self, keys: KeyRing, rates: Rates, *, proxies: tuple[Network, ...], clock: Callable[[], datetime], monotonic: Callable[[], float]
    ) -> None:
        self._keys = keys
        self._anonymous = RateLimiter(rates.anonymous)
        self._keyed = RateLimiter(rates.keyed)
        self._proxies = proxies
        self._clock = clock
        self._monotonic = monotonic

    def address(self, scope: Scope) -> str:
        """The sender's network address, for limits; stored nowhere."""
        return sender_address(scope, self._proxies)

    def find(self, presented: str | None, scope: KeyScope) -> ApiKey | None:
        """The key with that scope, or None."""
        return self._keys.find(presented, now=self._clock(), scope=scope)

    def admit_anonymous(self, address: str) -> Verdict:
        """May this address send one more? Wrong keys count as well."""
        return self._counted(self._anonymous, address, "address")

    def admit_key(self, key: ApiKey) -> Verdict:
        """May the holder of this key send one more?"""
        return self._counted(self._keyed, key.prefix, "key")

    def _counted(self, limiter: RateLimiter, sender: str, limit: str) -> Verdict:
        verdict = limiter.take(sender, now=self._monotonic())
        if not verdict.is_allowed:
            METRICS.rate_limited.labels(limit=limit).inc()
        return verdict


def bearer(headers: Mapping[bytes, bytes]) -> str | None:
    """The credential of ``Authorization: Bearer``; an empty one where the header says anything else; None without the header."""
    value = headers.get(b"authorization")
    if value is None:
        return None
    scheme, _, credential = value.decode("latin-1").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else ""


def idempotency_key(headers: Mapping[bytes, bytes]) -> str | None:
    """The caller's key for this report, None where there is none.

    Raises:
        InvalidIdempotencyKeyError: it is empty, too long or not printable.
    """
    value = headers.get(b"idempotency-key")
    if value is None:
        return None
    key = value.decode("latin-1")
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise InvalidIdempotencyKeyError
    return key


def traceparent(headers: Mapping[bytes, bytes]) -> str | None:
    """The caller's trace (W3C Trace Context, version 00), None where there is none that is valid."""
    value = headers.get(b"traceparent")
    return value.decode("ascii") if value and _TRACEPARENT.fullmatch(value) else None
