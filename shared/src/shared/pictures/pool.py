"""The workers that decode pictures: processes that the kernel keeps in bounds. A picture that ends its worker costs itself only."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final, Protocol

from shared.observability.logs import logger
from shared.pictures import worker
from shared.pictures.worker import Picture, Task, Unreadable

PICTURES_PER_WORKER: Final = 200
"""Then a fresh process: whatever a decoder leaks is bounded."""
_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_log = logger(__name__)


def looks_like_photo(head: bytes) -> bool:
    """By its first bytes, whatever its name says: JPEG, PNG, WebP, HEIC."""
    return (
        head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        or (head.startswith(b"RIFF") and head[8:12] == b"WEBP")
        or (head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS)
    )


class Pictures(Protocol):
    """Who decodes pictures: what an adapter needs of ``PicturePool``."""

    async def process(self, task: Task) -> Picture | Unreadable: ...  # noqa: D102 - the pool's own


class PicturePool:
    """Decodes pictures. ``processes`` at once; each has ``memory_bytes`` of address space."""

    def __init__(self, processes: int, memory_bytes: int, pictures_per_worker: int = PICTURES_PER_WORKER) -> None:
        self._processes = processes
        self._memory_bytes = memory_bytes
        self._pictures_per_pool = processes * pictures_per_worker
        self._pool: ProcessPoolExecutor | None = None
        self._left = 0

    async def start(self) -> None:
        """Start the workers ahead of the first picture."""
        await asyncio.wrap_future(self._workers().submit(worker.is_alive))

    async def close(self) -> None:
        """End the workers."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)

    async def process(self, task: Task) -> Picture | Unreadable:
        """The picture in a file, or why there is none."""
        pool = self._workers()
        try:
            return await asyncio.wrap_future(pool.submit(worker.process, task))
        except BrokenProcessPool:
            if self._pool is pool:  # the first of those who notice replaces it
                self._pool = None
                pool.shutdown(wait=False, cancel_futures=True)
        return await self._alone(task)

    async def _alone(self, task: Task) -> Picture | Unreadable:
        """A worker that dies takes its neighbours' pictures with it. Each is tried again by itself: only the culprit fails twice."""
        pool = self._new_pool(1)
        try:
            return await asyncio.wrap_future(pool.submit(worker.process, task))
        except BrokenProcessPool:
            _log.warning("picture_ended_its_worker", picture_bytes=len(task.data))
            return Unreadable("unreadable")
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _workers(self) -> ProcessPoolExecutor:
        if self._pool is not None and self._left <= 0:
            # Not by ``max_tasks_per_child``: where pictures wait, CPython starts none in place of the one that ended (gh-115634).
            self._pool.shutdown(wait=False)  # what it has, it finishes
            self._pool = None
        if self._pool is None:
            self._pool, self._left = self._new_pool(self._processes), self._pictures_per_pool
        self._left -= 1
        return self._pool

    def _new_pool(self, processes: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            processes,
            # A fork of this process would inherit its sockets and threads; "spawn" starts a clean interpreter.
            mp_context=multiprocessing.get_context("spawn"),
            initializer=worker.prepare,
            initargs=(self._memory_bytes,),
        )
