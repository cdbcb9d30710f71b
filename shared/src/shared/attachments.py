"""Files of submissions in GridFS: written by the adapters, read by the tracker, deleted where a redaction or the sweep says so.

A file has a random id and belongs to one submission; ``(submission_id, sha256)`` is unique, so that the same photo sent twice is
stored once, and another resident's equal photo is another file: redaction never has to ask who else needs it. A file's document
is written after its chunks: an upload that dies leaves chunks without a document, which nobody sees and the sweep removes. The
name that a resident's file had is not kept.
"""

import re
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, Self
from uuid import UUID

from bson import ObjectId
from gridfs.errors import CorruptGridFile, NoFile
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorGridFSBucket
from pymongo import ASCENDING, WriteConcern
from pymongo.read_concern import ReadConcern

from shared.contracts import Attachment
from shared.errors import TransientError
from shared.mongodb import CODEC_OPTIONS, Document, insert_new, mongodb_errors, open_client
from shared.observability.logs import logger
from shared.observability.metrics import METRICS, StoreMetrics
from shared.settings import MongoSettings
from shared.stored_files import FileKey, NewFile, attachment_of, chunks_of, document_of, together

BUCKET: Final = "fs"
FILE_AGE: Final = timedelta(days=45)
"""Longer than a submission can wait anywhere: 35 days in Kafka, 3 in a spool."""
CHUNK_AGE: Final = timedelta(days=1)
"""Longer than any upload takes."""
BATCH: Final = 500
UPLOAD_TRIES: Final = 3
CALLS_PER_TIMEOUT: Final = 3
"""A put or a get is up to three calls of the driver, each with its own limit."""

_FILE_ID: Final = re.compile(r"[0-9a-f]{32}")
_log = logger(__name__)

KnownSubmissions = Callable[[Collection[UUID]], Awaitable[Collection[UUID]]]
"""Which of these submissions the tracker, or an adapter's own store, still knows."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What the orphan sweep removed."""

    files: int = 0
    """Files whose submission nobody knows."""
    uploads: int = 0
    """Remains of uploads and deletions that were interrupted."""


class Attachments(Protocol):
    """Where an adapter keeps files: what it needs of ``AttachmentStore``."""

    async def put(  # noqa: PLR0913, PLR0917 - a file and what is known of it
        self,
        submission_id: UUID,
        sha256: str,
        media_type: str,
        data: bytes,
        width_pixels: int | None = None,
        height_pixels: int | None = None,
    ) -> Attachment:
        """Store once per (submission, content); raises TransientError."""


class AttachmentStore:
    """The files of submissions.

    Every method raises ``TransientError("mongodb")`` when the database is away or slower than ``MONGODB_TIMEOUT_SECONDS`` allows.
    """

    def __init__(self, client: "AsyncIOMotorClient[Document]", settings: MongoSettings, metrics: StoreMetrics = METRICS) -> None:
        self._client = client
        database = client.get_database(
            settings.attachments_database,
            codec_options=CODEC_OPTIONS,
            write_concern=WriteConcern(w="majority", j=True),
            read_concern=ReadConcern("majority"),
        )
        self._files: Any = database[f"{BUCKET}.files"]
        self._chunks: Any = database[f"{BUCKET}.chunks"]
        self._bucket: Any = AsyncIOMotorGridFSBucket(database, BUCKET)
        self._seconds = settings.mongodb_timeout_seconds * CALLS_PER_TIMEOUT
        self._metrics = metrics
        self._has_indexes = False

    @classmethod
    async def connect(cls, settings: MongoSettings) -> Self:
        """A store. MongoDB may still be away: its indexes are made before the first file is."""
        return cls(open_client(settings, "cary311-attachments"), settings)

    async def close(self) -> None:
        """Close the connections."""
        self._client.close()

    async def ensure_indexes(self) -> None:
        """Make what is missing; doing it again changes nothing."""
        async with mongodb_errors(self._seconds):
            await self._files.create_index(
                [("metadata.submission_id", ASCENDING), ("metadata.sha256", ASCENDING)],
                name="one_file_per_submission_and_content",
                unique=True,
            )
            await self._files.create_index([("uploadDate", ASCENDING)], name="by_age")
            # The two that the GridFS specification asks for, under the names that drivers give them.
            await self._files.create_index([("filename", ASCENDING), ("uploadDate", ASCENDING)], name="filename_1_uploadDate_1")
            await self._chunks.create_index([("files_id", ASCENDING), ("n", ASCENDING)], name="files_id_1_n_1", unique=True)
        self._has_indexes = True

    async def put(  # noqa: PLR0913, PLR0917 - what is known of a file, in the order of the contract
        self,
        submission_id: UUID,
        sha256: str,
        media_type: str,
        data: bytes,
        width_pixels: int | None = None,
        height_pixels: int | None = None,
    ) -> Attachment:
        """As ``put_all``, of one file."""
        (attachment,) = await self.put_all([NewFile(submission_id, sha256, media_type, data, width_pixels, height_pixels)])
        return attachment

    async def put_all(self, files: Sequence[NewFile]) -> list[Attachment]:
        """Returns when all are durable (majority, journal). The same file of the same submission again is the first one.

        However many they are, they cost three calls for each ``TOGETHER_BYTES``: a call's journal is what takes time, not its bytes.
        """
        if files and not self._has_indexes:
            await self.ensure_indexes()
        stored: dict[FileKey, Attachment] = {}
        for some in together({file.key: file for file in files}.values()):
            async with mongodb_errors(self._seconds):
                stored |= await self._put_together(some)
        return [stored[file.key] for file in files]

    async def _put_together(self, files: Sequence[NewFile]) -> dict[FileKey, Attachment]:
        for _ in range(UPLOAD_TRIES):
            stored = await self._find(files)
            stored |= await self._upload([file for file in files if file.key not in stored])
            if all(file.key in stored for file in files):
                return stored
        raise TransientError("mongodb", "a file was stored and deleted again meanwhile")

    async def _find(self, files: Sequence[NewFile]) -> dict[FileKey, Attachment]:
        owners = list({file.submission_id for file in files})
        found = [document async for document in self._files.find({"metadata.submission_id": {"$in": owners}})]
        return {(document["metadata"]["submission_id"], document["metadata"]["sha256"]): attachment_of(document) for document in found}

    async def _upload(self, files: Sequence[NewFile]) -> dict[FileKey, Attachment]:
        """The files as the GridFS specification lays them out; without those that somebody else stored meanwhile."""
        new = {secrets.token_hex(16): file for file in files}
        chunks = [chunk for file_id, file in new.items() for chunk in chunks_of(file_id, file)]
        await insert_new(self._chunks, chunks)
        now = datetime.now(UTC)
        documents = [document_of(file_id, file, now) for file_id, file in new.items()]
        there = await insert_new(self._files, documents)
        if there:
            with suppress(TransientError):  # what cannot be tidied now is the sweep's
                async with mongodb_errors():
                    await self._chunks.delete_many({"files_id": {"$in": list(there)}})
        stored = [document for document in documents if document["_id"] not in there]
        self._metrics.attachments_stored.inc(len(stored))
        self._metrics.attachment_bytes.inc(sum(document["length"] for document in stored))
        return {new[document["_id"]].key: attachment_of(document) for document in stored}

    async def get(self, file_id: str) -> tuple[Attachment, bytes] | None:
        """A file with its content; None when there is none (any more)."""
        if not _FILE_ID.fullmatch(file_id):
            return None
        async with mongodb_errors(self._seconds):
            try:
                stream = await self._bucket.open_download_stream(file_id)
                data = await stream.read()
            except NoFile:
                return None
            except CorruptGridFile:  # deleted while it was read, or chunks are missing
                _log.error("attachment_incomplete", file_id=file_id)
                return None
            return attachment_of({"_id": file_id, "length": stream.length, "metadata": stream.metadata}), data

    async def delete(self, file_ids: Iterable[str]) -> None:
        """Remove these files; one that is not there changes nothing. Interrupted, it leaves chunks that nobody can reach."""
        gone = list(file_ids)
        async with mongodb_errors(self._seconds):
            await self._files.delete_many({"_id": {"$in": gone}})
            await self._chunks.delete_many({"files_id": {"$in": gone}})

    async def delete_of_submissions(self, submission_ids: Iterable[UUID]) -> int:
        """Remove all files of these submissions; how many there were."""
        async with mongodb_errors(self._seconds):
            cursor = self._files.find({"metadata.submission_id": {"$in": list(submission_ids)}}, {"_id": 1})
            found = [document["_id"] async for document in cursor]
        await self.delete(found)
        return len(found)

    async def sweep_orphans(self, now: datetime, known: KnownSubmissions) -> Swept:
        """Remove files older than ``FILE_AGE`` whose submission nobody knows, and remains of uploads older than ``CHUNK_AGE``.

        Raises:
            TransientError: MongoDB is away, or ``known`` could not tell; what was removed until then was an orphan.
        """
        files = await self._sweep_files(now - FILE_AGE, known)
        uploads = await self._sweep_chunks(ObjectId.from_datetime(now - CHUNK_AGE))
        self._metrics.attachments_swept.labels(what="file").inc(files)
        self._metrics.attachments_swept.labels(what="upload").inc(uploads)
        _log.info("attachments_swept", files=files, uploads=uploads)
        return Swept(files, uploads)

    async def _sweep_files(self, before: datetime, known: KnownSubmissions) -> int:
        removed = 0
        last = ""
        while True:
            async with mongodb_errors(self._seconds):
                cursor = self._files.find({"_id": {"$gt": last}, "uploadDate": {"$lt": before}}, {"metadata.submission_id": 1})
                owners = {item["_id"]: item["metadata"]["submission_id"] async for item in cursor.sort("_id", ASCENDING).limit(BATCH)}
            if not owners:
                return removed
            last = max(owners)
            kept = frozenset(await known(frozenset(owners.values())))
            orphans = [file_id for file_id, owner in owners.items() if owner not in kept]
            await self.delete(orphans)
            removed += len(orphans)

    async def _sweep_chunks(self, before: ObjectId) -> int:
        removed = 0
        last = ""
        while True:
            async with mongodb_errors(self._seconds):
                owners = await self._owners_of_chunks(last)
                if not owners:
                    return removed
                present = {item["_id"] async for item in self._files.find({"_id": {"$in": owners}}, {"_id": 1})}
            for file_id in [owner for owner in owners if owner not in present]:
                removed += await self._remove_remains(file_id, before)
            last = owners[-1]

    async def _owners_of_chunks(self, last: str) -> list[str]:
        """The next file ids of which there are chunks, read from the index alone."""
        cursor = self._chunks.find({"files_id": {"$gt": last}}, {"_id": 0, "files_id": 1})
        cursor = cursor.sort([("files_id", ASCENDING), ("n", ASCENDING)]).limit(BATCH)
        return list(dict.fromkeys([item["files_id"] async for item in cursor]))

    async def _remove_remains(self, file_id: str, before: ObjectId) -> bool:
        async with mongodb_errors(self._seconds):
            is_recent = await self._chunks.find_one({"files_id": file_id, "_id": {"$gte": before}}, {"_id": 1})
            if is_recent or await self._files.find_one({"_id": file_id}, {"_id": 1}):
                return False
            await self._chunks.delete_many({"files_id": file_id})
            return True
