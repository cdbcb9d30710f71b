"""What our mails carry so that an answer finds its request: a signed number in the address, in the Message-ID, in the body.

The signature is the first 80 bits of HMAC-SHA-256 under a secret of this service. It can neither be guessed nor carried over to
another request, and it survives what mail programs do to addresses: case is lost, nothing else.
"""

import hashlib
import hmac
import re
from typing import Final
from uuid import UUID

from shared.tracking_number import InvalidNumber, parse_tracking_number

SYMBOLS: Final = 16
_BASE32: Final = "abcdefghijklmnopqrstuvwxyz234567"
_NUMBER: Final = r"[0-9a-hjkmnp-tv-z]{12}"
_SIGNATURE: Final = r"[a-z2-7]{16}"
_ADDRESS: Final = re.compile(rf"[^@+]{{1,64}}\+({_NUMBER})-({_SIGNATURE})@.{{1,255}}")
_MESSAGE_ID: Final = re.compile(rf"<?({_NUMBER})\.[0-9a-f]{{32}}\.({_SIGNATURE})@[^<>@\s]{{1,255}}>?")
_MARKER: Final = re.compile(rf"cary311-ref[:=]\s?({_NUMBER})-({_SIGNATURE})")
MAX_MARKERS: Final = 50
"""Looked at in one body."""


def signature(secret: bytes, number: str, purpose: str) -> str:
    """The signature of a number for one purpose: an address cannot be made of a Message-ID."""
    digest = hmac.digest(secret, f"{purpose}:{number}".encode(), hashlib.sha256)
    bits = int.from_bytes(digest[:10], "big")
    return "".join(_BASE32[(bits >> shift) & 31] for shift in range(75, -1, -5))


def reply_address(secret: bytes, number: str, mailbox: str) -> str:
    """The address that answers about a request go to: ``311+7kq4m2xd9rtb-<signature>@example.org``."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local.partition('+')[0]}+{number.lower()}-{signature(secret, number, 'address')}@{domain}"


def message_id(secret: bytes, number: str, event_id: UUID, domain: str) -> str:
    """The Message-ID of what we send about an event: the same event always has the same."""
    return f"<{number.lower()}.{event_id.hex}.{signature(secret, number, 'message')}@{domain}>"


def body_marker(secret: bytes, number: str) -> str:
    """What stands in the HTML of our mails, where nobody sees it: some providers replace Message-IDs."""
    return f"cary311-ref:{number.lower()}-{signature(secret, number, 'body')}"


def number_in_address(secret: bytes, address: str) -> str | None:
    """The request that an address of ours stands for; None for any other address."""
    return _checked(secret, _ADDRESS.fullmatch(address.lower()), "address")


def number_in_message_id(secret: bytes, identifier: str) -> str | None:
    """The request that a Message-ID of ours is about; None for any other."""
    return _checked(secret, _MESSAGE_ID.fullmatch(identifier.strip().lower()), "message")


def number_in_body(secret: bytes, source: str) -> str | None:
    """The request of the first of our markers in a body."""
    for count, match in enumerate(_MARKER.finditer(source)):
        if count >= MAX_MARKERS:
            break
        if number := _checked(secret, match, "body"):
            return number
    return None


def _checked(secret: bytes, match: re.Match[str] | None, purpose: str) -> str | None:
    if match is None:
        return None
    number = parse_tracking_number(match.group(1))
    if isinstance(number, InvalidNumber):
        return None
    return number if hmac.compare_digest(signature(secret, number, purpose), match.group(2).lower()) else None
