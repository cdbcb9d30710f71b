"""Identifiers are derived, never allocated: what happens twice gets the same id twice, and the second time changes nothing."""

import hashlib
from uuid import UUID

from shared.contracts import Channel

NAMESPACE = UUID("0c4f1f0e-7d0a-5f3e-9b5e-311311311311")
"""Fixed for the life of the system: another namespace would give every retried submission a second request."""


def _uuid5(namespace: UUID, name: str) -> UUID:
    """``uuid.uuid5``, but for names with lone surrogates as well: foreign message ids are bytes that somebody chose."""
    digest = hashlib.sha1(namespace.bytes + name.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return UUID(bytes=digest[:16], version=5)


def submission_id(channel: Channel, native_id: str) -> UUID:
    """The id of a submission: the same message on the same channel always has the same."""
    return _uuid5(NAMESPACE, f"{channel}:{native_id}")


def derived_event_id(origin: UUID, kind: str) -> UUID:
    """The id of what the system makes of ``origin`` (a submission, or an event that causes another)."""
    return _uuid5(origin, kind)


def caller_event_id(service_request_id: str, caller: str, kind: str, key: str, ordinal: int = 0) -> UUID:
    """The id of a caller's change: the same caller, key and request give the same event, however often it is sent."""
    return _uuid5(NAMESPACE, "\x1f".join((service_request_id, caller, kind, key, str(ordinal))))


def announcement_id(event_id: UUID) -> UUID:
    """The id under which an applied event is announced."""
    return _uuid5(event_id, "announcement")


def content_digest(*parts: bytes) -> str:
    """A digest of parts that cannot be confused with another cutting of the same bytes; lower-case hexadecimal."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
