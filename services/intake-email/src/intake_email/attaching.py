"""The files of mails in the attachment store: photos encoded anew and without what their cameras noted, everything else as it came.

The files of a batch go together, in portions of some megabytes: while one is stored, the photos of the next are encoded.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from intake_email.ahead import ahead
from intake_email.parsed import ParsedMail
from intake_email.ports import FileStore
from intake_email.submission import overflow_of
from shared.contracts import MAX_ATTACHMENTS, Attachment, Place
from shared.pictures.pool import Pictures
from shared.pictures.worker import Task, Unreadable
from shared.stored_files import NewFile

AT_ONCE: Final = 8
"""Files made ready at the same time: a small one may hold a large picture."""
PORTION_BYTES: Final = 4 * 1024 * 1024
"""Of files as they are stored, without the last few."""
CPU_SECONDS: Final = 20
"""Of one photo."""


@dataclass(frozen=True, slots=True)
class Enclosing:
    """A mail whose files are to be stored."""

    submission_id: UUID
    mail: ParsedMail = field(repr=False)
    original: bytes | None = field(default=None, repr=False)
    """The whole mail, where nothing else could be made of it."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What became of a mail's files."""

    attachments: tuple[Attachment, ...] = ()
    place: Place | None = None
    """Where a camera says that its photo was taken: offered, nobody has said so."""
    are_all: bool = True
    """No picture was left out because nobody could decode it."""


class _Enclosed(NamedTuple):
    """A file as it came."""

    submission_id: UUID
    media_type: str
    data: bytes
    is_picture: bool = False


class _Ready(NamedTuple):
    """A file as it is stored, and where its camera says that it was."""

    file: NewFile
    place: Place | None = None


class Attaching:
    """Stores the files of mails."""

    def __init__(self, files: FileStore, pictures: Pictures, *, max_pixels: int, max_edge_pixels: int) -> None:
        self._files = files
        self._pictures = pictures
        self._max_pixels = max_pixels
        self._max_edge_pixels = max_edge_pixels

    async def attach(self, mails: Sequence[Enclosing]) -> dict[UUID, Attached]:
        """Store what an advocate may want to see; what became of it, by submission.

        Raises:
            TransientError: MongoDB is away; storing again stores nothing twice.
        """
        stored: dict[UUID, list[tuple[Attachment, Place | None]]] = {mail.submission_id: [] for mail in mails}
        lost: set[UUID] = set()
        enclosed = [file for mail in mails for file in _enclosed(mail)]
        async with aclosing(ahead(self._ready(enclosed))) as portions:
            async for portion in portions:
                ready = [found for _, found in portion if found is not None]
                attachments = await self._files.put_all([found.file for found in ready])
                for found, attachment in zip(ready, attachments, strict=True):
                    stored[found.file.submission_id].append((attachment, found.place))
                lost |= {owner for owner, found in portion if found is None}
        return {owner: _attached(files, are_all=owner not in lost) for owner, files in stored.items()}

    async def _ready(self, files: Sequence[_Enclosed]) -> AsyncGenerator[list[tuple[UUID, _Ready | None]], None]:
        """The files in portions, ready to be stored, each with whose it is; None for a picture that cannot be shown to anybody."""
        portion: list[tuple[UUID, _Ready | None]] = []
        size = 0
        for start in range(0, len(files), AT_ONCE):
            some = files[start : start + AT_ONCE]
            ready = await asyncio.gather(*map(self._made_ready, some))
            portion += zip((file.submission_id for file in some), ready, strict=True)
            size += sum(len(found.file.data) for found in ready if found is not None)
            if size >= PORTION_BYTES:
                yield portion
                portion, size = [], 0
        if portion:
            yield portion

    async def _made_ready(self, file: _Enclosed) -> _Ready | None:
        if not file.is_picture:
            return _Ready(_new_file(file.submission_id, file.media_type, file.data))
        picture = await self._pictures.process(Task(file.data, self._max_pixels, self._max_edge_pixels, CPU_SECONDS))
        if isinstance(picture, Unreadable):
            return None  # the raw mail has it
        place = Place(lat=picture.position[0], long=picture.position[1]) if picture.position else None
        return _Ready(_new_file(file.submission_id, picture.media_type, picture.data, picture.width_pixels, picture.height_pixels), place)


def _enclosed(enclosing: Enclosing) -> Iterator[_Enclosed]:
    owner = enclosing.submission_id
    for file in enclosing.mail.files_to_keep[: MAX_ATTACHMENTS - 2]:
        yield _Enclosed(owner, file.media_type, file.data, file.is_picture)
    if text := overflow_of(enclosing.mail):
        yield _Enclosed(owner, "text/plain", text)
    if enclosing.original:
        yield _Enclosed(owner, "message/rfc822", enclosing.original)


def _new_file(owner: UUID, media_type: str, data: bytes, width_pixels: int | None = None, height_pixels: int | None = None) -> NewFile:
    return NewFile(owner, hashlib.sha256(data).hexdigest(), media_type[:127], data, width_pixels, height_pixels)


def _attached(files: Sequence[tuple[Attachment, Place | None]], *, are_all: bool) -> Attached:
    place = next((place for _, place in files if place is not None), None)
    return Attached(tuple(attachment for attachment, _ in files), place, are_all)
