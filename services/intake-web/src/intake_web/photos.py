"""Photos from strangers: looked at, decoded and encoded again in worker processes that the kernel keeps in bounds."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from intake_web.draft import Photo
from intake_web.forms import Upload
from intake_web.messages import FieldError
from shared.errors import TransientError
from shared.pictures.pool import PicturePool, looks_like_photo
from shared.pictures.worker import Picture, Task, Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoLimits:
    """What a photo may be."""

    max_photos: int = 5
    max_bytes: int = 10 * 1024 * 1024
    max_pixels: int = 64_000_000
    """Above the 48 megapixels of a telephone of today."""
    max_edge_pixels: int = 2_560
    """Larger ones are shrunk to this: enough to read a house number across a street."""
    worker_processes: int = 1
    worker_memory_bytes: int = 2 * 1024 * 1024 * 1024
    """Address space of a worker: 48 megapixels of HEIC need about a third of it."""
    cpu_seconds: int = 20
    """Per photo."""
    max_waiting: int = 20
    """Photos that wait for a worker; beyond, senders are told to come back."""


@dataclass(frozen=True, slots=True)
class Processed:
    """A photo, and where its camera says it was taken (latitude, longitude)."""

    photo: Photo
    position: tuple[float, float] | None


class Darkroom:
    """Makes photos of uploads."""

    def __init__(self, limits: PhotoLimits) -> None:
        self.limits = limits
        self._pictures = PicturePool(limits.worker_processes, limits.worker_memory_bytes)
        self._waiting = 0

    async def start(self) -> None:
        """Start the workers ahead of the first photo."""
        await self._pictures.start()

    async def close(self) -> None:
        """End the workers."""
        await self._pictures.close()

    async def develop(self, uploads: Sequence[Upload], *, field: str = "photos") -> tuple[Processed, ...] | FieldError:
        """The photos in uploads, or what is wrong with the first bad one. ``field`` is blamed.

        Raises:
            TransientError: ``photos``: too many wait already.
        """
        wrong = self._wrong_at_once(uploads, field)
        if wrong is not None:
            return wrong
        if self._waiting + len(uploads) > self.limits.max_waiting and self._waiting:
            raise TransientError("photos", "too many wait")
        self._waiting += len(uploads)
        try:
            photos: list[Processed] = []
            for upload in uploads:
                processed = await self._one(upload, field)
                if isinstance(processed, FieldError):
                    return processed
                photos.append(processed)
            return tuple(photos)
        finally:
            self._waiting -= len(uploads)

    def _wrong_at_once(self, uploads: Sequence[Upload], field: str) -> FieldError | None:
        if len(uploads) > self.limits.max_photos:
            return FieldError(field, "too_long", "photos_too_many", {"max": self.limits.max_photos})
        if any(upload.is_too_large for upload in uploads):
            return FieldError(field, "too_long", "photo_too_large", {"max_megabytes": self.limits.max_bytes // (1024 * 1024)})
        return None

    async def _one(self, upload: Upload, field: str) -> Processed | FieldError:
        data = await upload.read()
        if not looks_like_photo(data[:16]):
            return FieldError(field, "invalid", "photo_type")
        task = Task(data, self.limits.max_pixels, self.limits.max_edge_pixels, self.limits.cpu_seconds)
        match await self._pictures.process(task):
            case Unreadable(reason="too_many_pixels"):
                return FieldError(field, "too_long", "photo_too_many_pixels", {"max_megapixels": self.limits.max_pixels // 1_000_000})
            case Unreadable():
                return FieldError(field, "invalid", "photo_unreadable")
            case Picture() as picture:
                return Processed(_photo(picture, upload.digest), picture.position)


def _photo(picture: Picture, upload_digest: str) -> Photo:
    return Photo(
        data=picture.data,
        media_type=picture.media_type,
        sha256=hashlib.sha256(picture.data).hexdigest(),
        width_pixels=picture.width_pixels,
        height_pixels=picture.height_pixels,
        upload_digest=upload_digest,
    )
