"""The attachment store on a MongoDB server: a file is there once, whole, and for as long as somebody may ask for it."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from bson import ObjectId
from motor.motor_asyncio import AsyncIOMotorGridFSBucket
from pydantic import SecretStr

from shared.attachments import BATCH, AttachmentStore, Swept
from shared.contracts import Attachment
from shared.errors import TransientError
from shared.settings import MongoSettings
from shared.stored_files import NewFile

LATER = timedelta(days=50)
LARGE = bytes(range(256)) * 4_000  # four chunks
MANY = BATCH + 20


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
async def store(mongo_settings: MongoSettings) -> AsyncIterator[AttachmentStore]:
    # The local stand-in takes seconds over five hundred files where other tests run beside: how soon is not what is tested here.
    changes = {"attachments_database": f"attachments_{uuid4().hex[:8]}", "mongodb_timeout_seconds": 15.0}
    settings = mongo_settings.model_copy(update=changes)
    store = await AttachmentStore.connect(settings)
    yield store
    await store._client.drop_database(settings.attachments_database)
    await store.close()


async def put(store: AttachmentStore, submission_id: UUID, data: bytes = LARGE) -> Attachment:
    return await store.put(submission_id, digest(data), "image/jpeg", data, 800, 600)


async def files_and_chunks(store: AttachmentStore) -> tuple[int, int]:
    return await store._files.count_documents({}), await store._chunks.count_documents({})


async def knows_all(submissions: Collection[UUID]) -> Collection[UUID]:
    return submissions


async def knows_none(_submissions: Collection[UUID]) -> Collection[UUID]:
    return ()


async def test_a_file_comes_back_whole(store: AttachmentStore) -> None:
    """Content, type and size are as they were put; the id is random and says nothing."""
    attachment = await put(store, uuid4())
    assert (attachment.sha256, attachment.media_type, attachment.size_bytes) == (digest(LARGE), "image/jpeg", len(LARGE))
    assert (attachment.width_pixels, attachment.height_pixels) == (800, 600)
    assert await store.get(attachment.file_id) == (attachment, LARGE)


@pytest.mark.parametrize("file_id", ["", "0" * 32, "no-such-file", "$ne", "\x00", "F" * 32])
async def test_an_unknown_file_is_none(store: AttachmentStore, file_id: str) -> None:
    """Whatever stands in a URL, the answer is a file or none."""
    assert await store.get(file_id) is None


async def test_the_same_file_again_is_the_first_one(store: AttachmentStore) -> None:
    """A retry, later or by twenty at once, stores one file and leaves no remains."""
    submission = uuid4()
    attachments = await asyncio.gather(*(put(store, submission) for _ in range(20)))
    again = await put(store, submission)
    assert {attachment.file_id for attachment in attachments} == {again.file_id}
    assert await files_and_chunks(store) == (1, 4)


async def test_files_of_many_submissions_go_together(store: AttachmentStore) -> None:
    """Each is there under its own submission, in the order of the asking; what was there before, or is asked for twice, is one file."""
    before, submissions = uuid4(), [uuid4() for _ in range(30)]
    known = await put(store, before)
    contents = [LARGE, b"a note", b"another note"]
    files = [NewFile(owner, digest(data), "text/plain", data) for owner in submissions for data in contents]
    again = NewFile(before, digest(LARGE), "image/jpeg", LARGE)

    stored = await store.put_all([again, *files, files[0]])

    assert stored[0] == known
    assert stored[-1] == stored[1]
    assert [attachment.sha256 for attachment in stored[1:-1]] == [file.sha256 for file in files]
    for attachment, file in zip(stored[1:-1], files, strict=True):
        assert await store.get(attachment.file_id) == (attachment, file.data)
    assert await files_and_chunks(store) == (91, 4 + 30 * (4 + 1 + 1))


async def test_two_who_store_the_same_files_at_once_have_the_same(store: AttachmentStore) -> None:
    """Whoever is first stores a file; the other one's remains are removed."""
    submissions = [uuid4() for _ in range(10)]
    files = [NewFile(owner, digest(LARGE), "image/jpeg", LARGE, 800, 600) for owner in submissions]

    one, other = await asyncio.gather(store.put_all(files), store.put_all(files[::-1]))

    assert one == other[::-1]
    assert await files_and_chunks(store) == (10, 40)


async def test_files_are_as_any_driver_lays_them_out(store: AttachmentStore) -> None:
    """A backup program or the tracker of another version reads them by the GridFS specification alone."""
    attachment = await put(store, uuid4())
    bucket = AsyncIOMotorGridFSBucket(store._files.database)
    stream = await bucket.open_download_stream(attachment.file_id)
    assert await stream.read() == LARGE
    assert stream.chunk_size == 255 * 1024
    assert datetime.now(UTC) - timedelta(minutes=5) < stream.upload_date <= datetime.now(UTC)


async def test_equal_photos_of_two_residents_are_two_files(store: AttachmentStore) -> None:
    """Redacting one report never touches another's photo."""
    first, second = uuid4(), uuid4()
    one, other = await put(store, first), await put(store, second)
    assert one.file_id != other.file_id
    assert await store.delete_of_submissions([first]) == 1
    assert await store.get(one.file_id) is None
    assert await store.get(other.file_id) == (other, LARGE)


async def test_an_upload_that_died_does_not_poison_its_content(store: AttachmentStore) -> None:
    """Chunks without a document are in nobody's way: the same photo can be put again at once, and the sweep removes them later."""
    submission = uuid4()
    await store.ensure_indexes()
    await store._chunks.insert_one({"files_id": "d" * 32, "n": 0, "data": LARGE[:1000]})
    attachment = await put(store, submission)
    now = datetime.now(UTC)
    assert await store.sweep_orphans(now, knows_all) == Swept(0, 0)
    assert await store.sweep_orphans(now + timedelta(days=2), knows_all) == Swept(0, 1)
    assert await store.get(attachment.file_id) == (attachment, LARGE)
    assert await files_and_chunks(store) == (1, 4)


async def test_the_sweep_spares_what_is_young_or_known(store: AttachmentStore) -> None:
    """A file goes only when it is older than anything that may still be on the road and nobody knows its submission."""
    known, unknown = uuid4(), uuid4()
    kept, lost = await put(store, known), await put(store, unknown)
    now = datetime.now(UTC)

    async def knows_one(submissions: Collection[UUID]) -> Collection[UUID]:
        assert submissions == {known, unknown}
        return {known}

    assert await store.sweep_orphans(now + timedelta(days=44), knows_none) == Swept(0, 0)
    assert await store.sweep_orphans(now + LATER, knows_one) == Swept(1, 0)
    assert await store.get(kept.file_id) is not None
    assert await store.get(lost.file_id) is None
    assert await files_and_chunks(store) == (1, 4)


async def test_the_sweep_goes_through_many_files(store: AttachmentStore) -> None:
    """More than a batch of each kind is swept in one go."""
    await store.ensure_indexes()
    metadata: dict[str, Any] = {"sha256": digest(b""), "media_type": "image/png", "width_pixels": None, "height_pixels": None}
    old = datetime(2026, 1, 1, tzinfo=UTC)
    files = [{"_id": f"{number:032x}", "length": 0, "chunkSize": 1, "uploadDate": old, "filename": "x"} for number in range(MANY)]
    await store._files.insert_many([file | {"metadata": {**metadata, "submission_id": uuid4()}} for file in files])
    stamp = ObjectId.from_datetime(old).binary[:4]
    numbers = range(5_000, 5_000 + MANY)
    await store._chunks.insert_many(
        [{"_id": ObjectId(stamp + number.to_bytes(8, "big")), "files_id": f"{number:032x}", "n": 0, "data": b""} for number in numbers]
    )
    assert await store.sweep_orphans(old + LATER, knows_none) == Swept(MANY, MANY)
    assert await files_and_chunks(store) == (0, 0)


async def test_a_file_whose_chunks_are_gone_is_none(store: AttachmentStore) -> None:
    """A file that is deleted while somebody reads it is not found, and no error."""
    attachment = await put(store, uuid4())
    await store._chunks.delete_many({"n": 2})
    assert await store.get(attachment.file_id) is None


async def test_deleting_twice_changes_nothing(store: AttachmentStore) -> None:
    """A redaction that is announced again deletes again."""
    attachment = await put(store, uuid4())
    await store.delete([attachment.file_id, "0" * 32])
    await store.delete([attachment.file_id])
    assert await files_and_chunks(store) == (0, 0)


async def test_a_database_that_is_away_is_transient() -> None:
    """No server, or one that never answers: a TransientError within the time limit, so that the photo can be spooled."""
    silent = socket.create_server(("127.0.0.1", 0))  # the kernel lets clients in, and nobody ever answers
    for address in (f"127.0.0.1:{silent.getsockname()[1]}", "127.0.0.1:9"):
        store = await AttachmentStore.connect(MongoSettings(mongodb_uri=SecretStr(f"mongodb://{address}/"), mongodb_timeout_seconds=0.3))
        with pytest.raises(TransientError, match="mongodb"):
            await put(store, uuid4())
        with pytest.raises(TransientError, match="mongodb"):
            await store.get("0" * 32)
        await store.close()
    silent.close()
