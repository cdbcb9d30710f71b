"""Addresses of American streets: ``find_address`` in what somebody wrote, ``normalized_address`` to compare by."""

from shared.addresses.find import Address, Kind, find_address, normalized_address

__all__ = ["Address", "Kind", "find_address", "normalized_address"]
