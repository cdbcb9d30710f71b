"""A snapshot: what the store has and how far in the log that is, in one file that shows whether it is whole.

The file is a gzip stream of BSON documents: a head (format, generation, positions), every document with its collection, and an
end with the count and the SHA-256 of all before it. It holds what residents wrote: only its owner can read it.

The projection may run meanwhile. Positions are read first, so that what is read later may be ahead of them and never behind;
the log read again from there finds those events in the histories and changes nothing.
"""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import bson

from shared.errors import Cary311Error
from shared.mongodb import CODEC_OPTIONS
from tracker.store import generations
from tracker.store.connection import Connection
from tracker.store.entries import Document

FORMAT: Final = "cary311-tracker-snapshot/1"
LEVEL: Final = 3
"""gzip's: half the time of the usual level for a tenth more bytes."""
OWNER_ONLY: Final = 0o600
_LENGTH_BYTES: Final = 4
MAX_DOCUMENT_BYTES: Final = 17 * 1024 * 1024


class SnapshotError(Cary311Error):
    """The file is no snapshot, is cut off, or was changed."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a snapshot says of itself."""

    taken_at: datetime
    positions: dict[int, int]


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot that was written."""

    documents: int
    sha256: str
    positions: dict[int, int]


async def take(connection: Connection, path: Path, taken_at: datetime) -> Taken:
    """Write a snapshot of the present generation and of the ledger. The file appears whole or not at all.

    Raises:
        SnapshotError: a rebuild came in between; there is no file.
        TransientError: MongoDB is away; likewise.
        OSError: the file cannot be written.
    """
    names = await connection.names()
    positions = await generations.positions(connection, names)
    with whole_file(path) as target:
        writer = _Writer(target)
        head = {"format": FORMAT, "taken_at": taken_at, "positions": [[partition, offset] for partition, offset in positions.items()]}
        writer.write(head)
        collections = {name: getattr(names, name) for name in generations.COPIED} | {Connection.REDACTIONS: Connection.REDACTIONS}
        for name, collection in collections.items():
            async for document in generations.each(connection, collection):
                writer.write({"collection": name, "document": document})
        if await connection.names() != names:
            raise SnapshotError("a rebuild turned to another generation meanwhile: take the snapshot again")
        digest = writer.finish()
    return Taken(writer.documents - 1, digest, positions)


def check(path: Path) -> Head:
    """What the snapshot says of itself, once the whole file was read and found unchanged.

    Raises:
        SnapshotError: it is none, is cut off or was changed.
        OSError: there is no such file, or it cannot be read.
    """
    head: Head | None = None
    for name, frame in _contents(path):
        head = _head(frame) if name is None else head
    assert head is not None  # a file without a head is refused before
    return head


def documents(path: Path) -> Iterator[tuple[str, Document]]:
    """Each document with the name of its collection (``requests`` ...).

    Raises:
        SnapshotError: the file is no snapshot, or proves at its end to be cut off or changed.
    """
    return ((name, frame) for name, frame in _contents(path) if name is not None)


def _contents(path: Path) -> Iterator[tuple[str | None, Document]]:
    """The head (without a name), then each document with its collection's."""
    digest, count = hashlib.sha256(), -1
    try:
        with gzip.open(path, "rb") as source:
            for raw, frame in _frames(source):
                if "sha256" in frame:
                    _check_end(frame, digest.hexdigest(), count)
                    return
                digest.update(raw)
                count += 1
                if count == 0:
                    _head(frame)
                    yield None, frame
                else:
                    yield frame["collection"], frame["document"]
    except (EOFError, gzip.BadGzipFile, zlib.error, KeyError) as error:
        raise SnapshotError(f"the file is no whole snapshot: {type(error).__name__}") from None
    raise SnapshotError("the snapshot is cut off: its end is missing")


def _check_end(end: Document, digest: str, count: int) -> None:
    if end["sha256"] != digest or end["documents"] != count:
        raise SnapshotError("the snapshot was changed: its digest does not match")


async def restore(connection: Connection, path: Path, collections: dict[str, str]) -> int:
    """Put the documents into these collections; the number of them. ``check`` the file before anything rests on this.

    Raises:
        SnapshotError: the file changed since; some of it may be written.
        TransientError: MongoDB is away; likewise.
    """
    waiting: dict[str, list[Document]] = {}
    count = 0
    for name, document in documents(path):
        some = waiting.setdefault(collections[name], [])
        some.append(document)
        count += 1
        if len(some) >= generations.READ_AT_ONCE:
            await generations.put(connection, collections[name], some)
            some.clear()
    for collection, some in waiting.items():
        await generations.put(connection, collection, some)
    return count


class _Writer:
    def __init__(self, target: BinaryIO) -> None:
        self._stream = gzip.GzipFile(fileobj=target, mode="wb", compresslevel=LEVEL, mtime=0)
        self._digest = hashlib.sha256()
        self.documents = 0

    def write(self, frame: dict[str, Any]) -> None:
        raw = bson.encode(frame, codec_options=CODEC_OPTIONS)
        self._digest.update(raw)
        self._stream.write(raw)
        self.documents += 1

    def finish(self) -> str:
        digest = self._digest.hexdigest()
        self._stream.write(bson.encode({"documents": self.documents - 1, "sha256": digest}))
        self._stream.close()
        return digest


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that appears whole or not at all, and that only its owner can read."""
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _frames(source: Any) -> Iterator[tuple[bytes, dict[str, Any]]]:  # noqa: ANN401 - a readable binary stream
    while length := source.read(_LENGTH_BYTES):
        size = int.from_bytes(length, "little")
        if len(length) < _LENGTH_BYTES or not _LENGTH_BYTES < size <= MAX_DOCUMENT_BYTES:
            raise SnapshotError("the file is no snapshot")
        raw = length + source.read(size - _LENGTH_BYTES)
        try:
            yield raw, bson.decode(raw, codec_options=CODEC_OPTIONS)
        except bson.errors.BSONError as error:
            raise SnapshotError(f"the file is no whole snapshot: {type(error).__name__}") from None


def _head(frame: Document) -> Head:
    if frame.get("format") != FORMAT:
        raise SnapshotError(f"the file is no snapshot of this kind ({FORMAT})")
    return Head(frame["taken_at"], {int(partition): int(offset) for partition, offset in frame["positions"]})
