"""The role of a geocoder, and the one that knows nothing, which we use unless an operator names another.

``normalize`` stays pure: a point comes from outside, and is put to what it made (ADR 0017).
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol


class Point(NamedTuple):
    """Where an address is: degrees in WGS 84."""

    lat: float
    long: float


class Geocoder(Protocol):
    """Knows where addresses are."""

    async def locate(self, addresses: Collection[str]) -> Mapping[str, Point]:
        """The points of those addresses that it knows, within bounded time.

        Never raises: what is away, slow or wrong leaves an address without a point. Nothing but addresses is sent, none is logged.
        """

    async def close(self) -> None:
        """Give back what it holds."""


class NoGeocoder:
    """Works offline, and knows nothing."""

    async def locate(self, addresses: Collection[str]) -> Mapping[str, Point]:
        """None of them."""
        del addresses
        return {}

    async def close(self) -> None:
        """Nothing to do."""
