"""The photos of a post: fetched from allowed origins only, decoded and encoded anew, kept. One that cannot be had never blocks."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import aiohttp
from yarl import URL

from intake_social.posts import Photo
from shared.attachments import Attachments
from shared.contracts import Attachment
from shared.observability.logs import logger
from shared.observability.metrics import METRICS
from shared.pictures.pool import Pictures, looks_like_photo
from shared.pictures.worker import Task, Unreadable

TRIES: Final = 2
AT_ONCE: Final = 4
"""Photos in memory at the same time."""
CPU_SECONDS: Final = 20
"""Of one photo."""
HEAD_BYTES: Final = 16
CHUNK_BYTES: Final = 64 * 1024
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """What a photo may be."""

    origins: frozenset[str]
    max_bytes: int
    seconds: float
    max_pixels: int
    max_edge_pixels: int


class _LostError(Exception):
    """Why a photo cannot be had."""


class PhotoFetching:
    """Fetches and stores photos."""

    def __init__(self, session: aiohttp.ClientSession, attachments: Attachments, pictures: Pictures, limits: PhotoLimits) -> None:
        self._session = session
        self._attachments = attachments
        self._pictures = pictures
        self._limits = limits
        self._places = asyncio.Semaphore(AT_ONCE)

    async def attach(self, submission_id: UUID, photos: Sequence[Photo]) -> list[Attachment]:
        """As ``Photos.attach``."""
        kept = await asyncio.gather(*(self._kept(submission_id, photo) for photo in photos))
        return [attachment for attachment in kept if attachment is not None]

    async def _kept(self, submission_id: UUID, photo: Photo) -> Attachment | None:
        async with self._places:
            try:
                data = await self._fetched(photo.url)
                picture = await self._pictures.process(Task(data, self._limits.max_pixels, self._limits.max_edge_pixels, CPU_SECONDS))
            except _LostError as error:
                _lost(submission_id, str(error))
                return None
            if isinstance(picture, Unreadable):
                _lost(submission_id, picture.reason)
                return None
            digest = hashlib.sha256(picture.data).hexdigest()
            stored = await self._attachments.put(
                submission_id, digest, picture.media_type, picture.data, picture.width_pixels, picture.height_pixels
            )
        return stored.model_copy(update={"alt_text": photo.alt_text})

    async def _fetched(self, address: str) -> bytes:
        """The bytes of a photo, by its content. Redirects lead nowhere: the next host would be one that nobody has allowed."""
        try:
            url = URL(address)
            origin = str(url.origin())
        except (ValueError, TypeError):
            raise _LostError("address") from None
        if origin not in self._limits.origins or url.user is not None:
            raise _LostError("origin")
        for attempt in range(TRIES):
            try:
                async with asyncio.timeout(self._limits.seconds):
                    return await self._read(url)
            except (aiohttp.ClientError, TimeoutError, OSError):
                if attempt == TRIES - 1:
                    break
        raise _LostError("away")

    async def _read(self, url: URL) -> bytes:
        data = bytearray()
        async with self._session.get(url, allow_redirects=False) as response:
            if response.status != 200:  # noqa: PLR2004 - OK
                raise _LostError("status")
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                data += chunk
                if len(data) > self._limits.max_bytes:
                    raise _LostError("too_large")
        if not looks_like_photo(bytes(data[:HEAD_BYTES])):
            raise _LostError("content")
        return bytes(data)


def _lost(submission_id: UUID, reason: str) -> None:
    METRICS.social_photos_lost.labels(reason=reason).inc()
    _log.warning("photo_lost", reason=reason, submission_id=str(submission_id))
