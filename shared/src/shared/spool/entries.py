"""What lies in the spool, as values."""

from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from shared.contracts import SubmissionReceived

ROW_OVERHEAD_BYTES = 1024
"""What an entry costs on disk beside its content, rounded up."""


@dataclass(frozen=True, slots=True)
class SpooledPhoto:
    """A photo that waits for the attachment store, as it will be stored there."""

    sha256: str
    media_type: str
    data: bytes = field(repr=False)
    width_pixels: int | None = None
    height_pixels: int | None = None


@dataclass(frozen=True, slots=True)
class SpoolEntry:
    """A submission that waits, with its photos in the order in which they were given."""

    submission: SubmissionReceived = field(repr=False)
    photos: tuple[SpooledPhoto, ...] = ()
    attempts: int = 0
    """How often it was deferred."""

    @property
    def submission_id(self) -> UUID:
        """What ``remove``, ``defer`` and ``set_aside`` take."""
        return self.submission.submission_id


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as the file holds it."""

    submission_id: UUID
    request: str
    """The key of its record: entries of one request leave in their order."""
    added_at_ms: int
    body: bytes = field(repr=False)
    photos: tuple[SpooledPhoto, ...] = ()

    @classmethod
    def of(cls, submission: SubmissionReceived, photos: tuple[SpooledPhoto, ...], added_at_ms: int) -> Self:
        """The row of a submission; ``added_at_ms`` since 1970."""
        return cls(submission.submission_id, submission.key, added_at_ms, submission.encode(), photos)

    @property
    def size_bytes(self) -> int:
        """What it counts against the spool's cap."""
        return ROW_OVERHEAD_BYTES + len(self.body) + sum(len(photo.data) for photo in self.photos)


@dataclass(frozen=True, slots=True)
class Usage:
    """How full the spool is. ``waiting`` and ``oldest_added_at_ms`` leave out what was set aside, ``size_bytes`` does not."""

    waiting: int = 0
    size_bytes: int = 0
    oldest_added_at_ms: int | None = None
