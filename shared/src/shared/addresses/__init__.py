"""Addresses of American streets: ``find_address`` in what somebody wrote, ``normalized_address`` to compare by."""

from shared.addresses.address import Address, Kind
from shared.addresses.find import find_address, normalized_address

__all__ = ["Address", "Kind", "find_address", "normalized_address"]
