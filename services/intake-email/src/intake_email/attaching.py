"""The files of a mail in the attachment store: photos encoded anew and without what their cameras noted, everything else as it came."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from intake_email.parsed import ParsedMail
from intake_email.reading.files import MailFile
from intake_email.submission import overflow_of
from shared.attachments import Attachments
from shared.contracts import MAX_ATTACHMENTS, Attachment, Place
from shared.pictures.pool import Pictures
from shared.pictures.worker import Task, Unreadable

AT_ONCE: Final = 8
"""Files stored at the same time, of all mails together."""
CPU_SECONDS: Final = 20
"""Of one photo."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What became of a mail's files."""

    attachments: tuple[Attachment, ...] = ()
    place: Place | None = None
    """Where a camera says that its photo was taken: offered, nobody has said so."""
    are_all: bool = True
    """No picture was left out because nobody could decode it."""


class Attaching:
    """Stores the files of mails."""

    def __init__(self, attachments: Attachments, pictures: Pictures, *, max_pixels: int, max_edge_pixels: int) -> None:
        self._attachments = attachments
        self._pictures = pictures
        self._max_pixels = max_pixels
        self._max_edge_pixels = max_edge_pixels
        self._places = asyncio.Semaphore(AT_ONCE)

    async def attach(self, submission_id: UUID, mail: ParsedMail, original: bytes | None) -> Attached:
        """Store what an advocate may want to see. ``original``: the whole mail, where nothing else could be made of it.

        Raises:
            TransientError: MongoDB is away; storing again stores nothing twice.
        """
        files = mail.files_to_keep[: MAX_ATTACHMENTS - 2]
        stored = await asyncio.gather(*(self._stored(submission_id, file) for file in files))
        texts = [("text/plain", overflow_of(mail)), ("message/rfc822", original)]
        extra = [await self._put(submission_id, media_type, data) for media_type, data in texts if data]
        kept = [item for item in stored if item is not None]
        place = next((place for _, place in kept if place is not None), None)
        return Attached((*(attachment for attachment, _ in kept), *extra), place, are_all=len(kept) == len(stored))

    async def _stored(self, submission_id: UUID, file: MailFile) -> tuple[Attachment, Place | None] | None:
        """The stored file; None for a picture that cannot be shown to anybody: the raw mail has it."""
        if not file.is_picture:
            return await self._put(submission_id, file.media_type, file.data), None
        picture = await self._pictures.process(Task(file.data, self._max_pixels, self._max_edge_pixels, CPU_SECONDS))
        if isinstance(picture, Unreadable):
            return None
        place = Place(lat=picture.position[0], long=picture.position[1]) if picture.position else None
        stored = await self._put(submission_id, picture.media_type, picture.data, picture.width_pixels, picture.height_pixels)
        return stored, place

    async def _put(
        self, submission_id: UUID, media_type: str, data: bytes, width_pixels: int | None = None, height_pixels: int | None = None
    ) -> Attachment:
        digest = hashlib.sha256(data).hexdigest()
        async with self._places:
            return await self._attachments.put(submission_id, digest, media_type[:127], data, width_pixels, height_pixels)
