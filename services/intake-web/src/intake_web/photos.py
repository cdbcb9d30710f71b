"""Photos from strangers: looked at, decoded and encoded again in worker processes that the kernel keeps in bounds."""

import asyncio
import hashlib
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Final

from intake_web import photo_worker
from intake_web.draft import Photo
from intake_web.forms import Upload
from intake_web.messages import FieldError
from intake_web.photo_worker import Picture, Task, Unreadable
from shared.errors import TransientError
from shared.observability.logs import logger

_TASKS_PER_WORKER: Final = 200
"""Then a fresh process: whatever a decoder leaks is bounded."""
_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_log = logger(__name__)


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


def looks_like_photo(head: bytes) -> bool:
    """By its first bytes, whatever its name says: JPEG, PNG, WebP, HEIC."""
    return (
        head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        or (head.startswith(b"RIFF") and head[8:12] == b"WEBP")
        or (head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS)
    )


class Darkroom:
    """Makes photos of uploads."""

    def __init__(self, limits: PhotoLimits) -> None:
        self.limits = limits
        self._pool: ProcessPoolExecutor | None = None
        self._waiting = 0

    async def start(self) -> None:
        """Start the workers ahead of the first photo."""
        await asyncio.wrap_future(self._workers().submit(photo_worker.is_alive))

    async def close(self) -> None:
        """End the workers."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)

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
        match await self._processed(task):
            case Unreadable(message_key="photo_too_many_pixels"):
                return FieldError(field, "too_long", "photo_too_many_pixels", {"max_megapixels": self.limits.max_pixels // 1_000_000})
            case Unreadable(message_key=key):
                return FieldError(field, "invalid", key)
            case Picture() as picture:
                return Processed(_photo(picture, upload.sha256), picture.position)

    async def _processed(self, task: Task) -> Picture | Unreadable:
        pool = self._workers()
        try:
            return await asyncio.wrap_future(pool.submit(photo_worker.process, task))
        except BrokenProcessPool:
            if self._pool is pool:  # the first of those who notice replaces it
                self._pool = None
                pool.shutdown(wait=False, cancel_futures=True)
        return await self._alone(task)

    async def _alone(self, task: Task) -> Picture | Unreadable:
        """A worker that dies takes its neighbours' pictures with it. Each is tried again by itself: only the culprit fails twice."""
        pool = self._new_pool(1)
        try:
            return await asyncio.wrap_future(pool.submit(photo_worker.process, task))
        except BrokenProcessPool:
            _log.warning("photo_ended_its_worker", photo_bytes=len(task.data))
            return Unreadable("photo_unreadable")
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _workers(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = self._new_pool(self.limits.worker_processes)
        return self._pool

    def _new_pool(self, processes: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            processes,
            # A fork of this process would inherit its sockets and threads; "spawn" starts a clean interpreter.
            mp_context=multiprocessing.get_context("spawn"),
            initializer=photo_worker.prepare,
            initargs=(self.limits.worker_memory_bytes,),
            max_tasks_per_child=_TASKS_PER_WORKER,
        )


def _photo(picture: Picture, upload_sha256: str) -> Photo:
    return Photo(
        data=picture.data,
        media_type=picture.media_type,
        sha256=hashlib.sha256(picture.data).hexdigest(),
        width_pixels=picture.width_pixels,
        height_pixels=picture.height_pixels,
        upload_sha256=upload_sha256,
    )
