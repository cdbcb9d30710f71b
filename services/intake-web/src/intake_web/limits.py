"""How often one sender may send: a token bucket for each, in memory, of this process alone.

Several processes each grant the full rate. That is meant: the limit protects the desk from one sender's flood, it is no quota.
"""

import ipaddress
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MAX_BUCKETS: Final = 50_000
"""Senders remembered at once, a few MB; the longest silent is forgotten first, which at worst is generous."""
_IPV6_SITE_BITS = 64
"""One household has a whole /64, so that is one sender."""
_MAX_FORWARDED_HOPS = 20


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket of ``burst`` that fills at ``per_minute``."""

    burst: int
    per_minute: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """May it be sent, and what the sender should know."""

    is_allowed: bool
    limit: int
    remaining: int
    reset_seconds: int
    """Until the bucket is full again; where it was refused, until one more may be sent."""

    def headers(self) -> dict[str, str]:
        """``RateLimit-*`` (draft-ietf-httpapi-ratelimit-headers-06), and ``Retry-After`` on a refusal."""
        names = {"RateLimit-Limit": self.limit, "RateLimit-Remaining": self.remaining, "RateLimit-Reset": self.reset_seconds}
        if not self.is_allowed:
            names["Retry-After"] = self.reset_seconds
        return {name: str(value) for name, value in names.items()}

    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The same for an answer that is written by hand, of what was allowed."""
        return [
            (b"ratelimit-limit", b"%d" % self.limit),
            (b"ratelimit-remaining", b"%d" % self.remaining),
            (b"ratelimit-reset", b"%d" % self.reset_seconds),
        ]


class RateLimiter:
    """Counts by sender; the time is an argument (seconds, monotonic)."""

    def __init__(self, rate: Rate, *, max_buckets: int = MAX_BUCKETS) -> None:
        self._rate = rate
        self._per_second = rate.per_minute / 60.0
        self._max_buckets = max_buckets
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens at a time; the order is that of last use

    def take(self, sender: str, *, now: float) -> Verdict:
        """Take one token of the sender's bucket."""
        burst = self._rate.burst
        tokens, then = self._buckets.pop(sender, (float(burst), now))
        tokens = min(float(burst), tokens + (now - then) * self._per_second)
        is_allowed = tokens >= 1.0
        if is_allowed:
            tokens -= 1.0
        self._buckets[sender] = (tokens, now)
        if len(self._buckets) > self._max_buckets:
            del self._buckets[next(iter(self._buckets))]
        missing = burst - tokens if is_allowed else 1.0 - tokens
        return Verdict(is_allowed, burst, int(tokens), max(0 if is_allowed else 1, math.ceil(missing / self._per_second)))


def networks(names: Iterable[str]) -> tuple[Network, ...]:
    """CIDR names as networks; raises ValueError for anything else."""
    return tuple(ipaddress.ip_network(name.strip(), strict=False) for name in names if name.strip())


def sender_address(scope: Scope, trusted: tuple[Network, ...]) -> str:
    """The address a request came from; ``X-Forwarded-For`` counts only as far as trusted proxies wrote it. For limits only."""
    client = scope.get("client")
    if not client:
        return "unknown"
    if trusted:
        address = _address(client[0])
        if address is not None and _is_trusted(address, trusted):
            return _sender(str(_forwarded(scope, trusted) or address))
    return _sender(client[0])


@lru_cache(maxsize=4_096)  # most requests come from a proxy or over a connection that is kept
def _sender(written: str) -> str:
    address = _address(written)
    if address is None:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _IPV6_SITE_BITS), strict=False))
    return str(address)


def _forwarded(scope: Scope, trusted: tuple[Network, ...]) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """From right to left the first address that is not a proxy of ours: everything left of it is hearsay."""
    values = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    hops = b",".join(values).decode("latin-1").rsplit(",", _MAX_FORWARDED_HOPS)
    for hop in reversed(hops):
        address = _address(hop.strip())
        if address is None:
            return None
        if not _is_trusted(address, trusted):
            return address
    return None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def _is_trusted(address: ipaddress.IPv4Address | ipaddress.IPv6Address, trusted: tuple[Network, ...]) -> bool:
    return any(address in network for network in trusted)
