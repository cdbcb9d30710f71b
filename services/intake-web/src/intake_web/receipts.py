"""Receipts: what a resident's own link proves, before the tracker has heard of the number.

A receipt says "this number was accepted then, for this service", signed by us (HMAC-SHA-256, cut to 128 bits). It holds nothing
personal, so that it may stand in an address; it is no key to anything, so that it need not expire.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.contracts import Code, Emergency, Nature
from shared.tracking_number import parse_tracking_number

_MAC_BYTES = 16
_MAX_CHARACTERS = 150
_OUTSIDE = "outside"
_DOMAIN = b"cary311 receipt v1\0"  # the same secret signs nothing else by accident


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was accepted."""

    service_request_id: str
    accepted_at: datetime
    """Aware, whole seconds."""
    service_code: Code | None
    emergency: Emergency | None = None
    """What it sounded like, so that the page after sending can say so."""
    is_outside_town: bool = False
    """Likewise of its place."""
    nature: Nature = Nature.SERVICE_REQUEST
    """What it seemed to be: whether the page speaks of an answer or of work."""


class Receipts:
    """Signs and reads receipts with the secret that all intake-web processes share."""

    def __init__(self, secret: bytes) -> None:
        self._keyed = hmac.new(secret, _DOMAIN, hashlib.sha256)  # copied for each receipt

    def sign(self, receipt: Receipt) -> str:
        """The token: number, time, service, what an ordinary request is not, and signature, safe in an address without escaping."""
        payload = f"{receipt.service_request_id}.{int(receipt.accepted_at.timestamp())}.{receipt.service_code or ''}"
        if receipt.emergency:
            payload += f".{receipt.emergency}"
        if receipt.is_outside_town:
            payload += f".{_OUTSIDE}"
        if receipt.nature is not Nature.SERVICE_REQUEST:
            payload += f".{receipt.nature}"
        return f"{payload}.{self._mac(payload)}"

    def read(self, token: str) -> Receipt | None:
        """The receipt in a token; None for anything that we did not sign."""
        if len(token) > _MAX_CHARACTERS or not token.isascii():
            return None
        payload, _, mac = token.rpartition(".")
        if not hmac.compare_digest(self._mac(payload), mac):
            return None
        number, seconds, service_code, *more = payload.split(".")
        accepted_at = datetime.fromtimestamp(int(seconds), UTC)
        emergency = next((one for one in Emergency if one in more), None)
        nature = next((one for one in Nature if one in more), Nature.SERVICE_REQUEST)
        return Receipt(number, accepted_at, service_code or None, emergency, _OUTSIDE in more, nature)

    def read_for(self, number: str, token: str | None) -> Receipt | None:
        """The receipt in a token when it is about this number (canonical), else None."""
        receipt = self.read(token or "")
        return receipt if receipt and receipt.service_request_id == number == parse_tracking_number(number) else None

    def _mac(self, payload: str) -> str:
        mac = self._keyed.copy()
        mac.update(payload.encode())
        return base64.urlsafe_b64encode(mac.digest()[:_MAC_BYTES]).rstrip(b"=").decode()
