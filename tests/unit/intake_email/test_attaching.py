"""The files of a batch of mails on their way to the attachment store: together, in bounds, each with its own mail."""

import asyncio
from collections.abc import Sequence
from itertools import count
from uuid import UUID

import pytest

from intake_email.attaching import AT_ONCE, PORTION_BYTES, Attaching, Enclosing
from intake_email.parse import parse
from shared.contracts import Attachment
from shared.pictures.worker import Picture, Task, Unreadable
from shared.stored_files import NewFile
from support.mails import JPEG, PDF, PROFILE, multipart, part


class FakeFiles:
    """Keeps what it is given; slowly, so that others may go on meanwhile."""

    def __init__(self) -> None:
        self.calls: list[list[NewFile]] = []

    async def put_all(self, files: Sequence[NewFile]) -> list[Attachment]:
        await asyncio.sleep(0.001)
        self.calls.append(list(files))
        return [Attachment(file_id=file.sha256[:32], sha256=file.sha256, media_type=file.media_type, size_bytes=1) for file in files]


class FakePictures:
    """Encodes nothing; a picture that says so cannot be read. Counts what it made and nobody has stored yet."""

    def __init__(self, files: FakeFiles) -> None:
        self._files = files
        self._made = 0
        self.most_at_once = 0

    async def process(self, task: Task) -> Picture | Unreadable:
        await asyncio.sleep(0)
        if task.data.endswith(b"unreadable"):
            return Unreadable("unreadable")
        self._made += 1
        self.most_at_once = max(self.most_at_once, self._made - sum(map(len, self._files.calls)))
        place = (35.79, -78.78) if task.data.endswith(b"located") else None
        return Picture(task.data + b" anew", "image/jpeg", 4, 3, place)


_NUMBERS = count(1)


def enclosing(*contents: bytes) -> Enclosing:
    parts = [part(data, "application/octet-stream", Content_Disposition="attachment") for data in contents]
    return Enclosing(UUID(int=next(_NUMBERS)), parse(multipart([part("Look."), *parts]), PROFILE))


@pytest.fixture
def files() -> FakeFiles:
    return FakeFiles()


@pytest.fixture
def pictures(files: FakeFiles) -> FakePictures:
    return FakePictures(files)


@pytest.fixture
def attaching(files: FakeFiles, pictures: FakePictures) -> Attaching:
    return Attaching(files, pictures, max_pixels=1_000, max_edge_pixels=100)


async def test_the_files_of_many_mails_are_one_call(attaching: Attaching, files: FakeFiles) -> None:
    """A call to the store costs what it costs, however little it carries."""
    mails = [enclosing(PDF + bytes([number])) for number in range(40)]
    attached = await attaching.attach(mails)
    assert [len(call) for call in files.calls] == [40]
    for mail in mails:
        [stored] = attached[mail.submission_id].attachments
        assert stored.sha256 == mail.mail.files[0].sha256


async def test_each_mail_has_its_own_in_their_order(attaching: Attaching) -> None:
    """A picture that nobody can decode is left out and told, at its own mail alone; a mail without files has none."""
    mixed = enclosing(JPEG + b"located", PDF, JPEG + b"unreadable")
    bare, plain = enclosing(), enclosing(PDF)
    attached = await attaching.attach([mixed, bare, plain])

    assert [stored.media_type for stored in attached[mixed.submission_id].attachments] == ["image/jpeg", "application/pdf"]
    place = attached[mixed.submission_id].place
    assert place is not None
    assert (place.lat, place.long) == (35.79, -78.78)
    assert [attached[mail.submission_id].are_all for mail in (mixed, bare, plain)] == [False, True, True]
    assert [len(attached[mail.submission_id].attachments) for mail in (bare, plain)] == [0, 1]
    assert attached[plain.submission_id].place is None


async def test_what_cannot_be_read_goes_along_whole(attaching: Attaching, files: FakeFiles) -> None:
    """Behind the files that were found in it."""
    mail = enclosing(PDF)
    attached = await attaching.attach([Enclosing(mail.submission_id, mail.mail, b"the mail as it came")])
    assert [stored.media_type for stored in attached[mail.submission_id].attachments] == ["application/pdf", "message/rfc822"]
    assert files.calls[0][1].data == b"the mail as it came"


async def test_photos_in_memory_are_few(attaching: Attaching, files: FakeFiles, pictures: FakePictures) -> None:
    """While one portion is stored the next is encoded, and no more: a hundred mails may hold two thousand photos."""
    large = bytes(PORTION_BYTES // 4)
    mails = [enclosing(*(JPEG + large + bytes([mail, number]) for number in range(6))) for mail in range(6)]
    attached = await attaching.attach(mails)
    assert sum(len(mail.attachments) for mail in attached.values()) == 36
    assert AT_ONCE < pictures.most_at_once <= 2 * AT_ONCE
    assert max(map(len, files.calls)) <= AT_ONCE


async def test_small_photos_go_together(attaching: Attaching, files: FakeFiles) -> None:
    """A logo in every mail costs one call."""
    await attaching.attach([enclosing(JPEG + bytes([mail])) for mail in range(3 * AT_ONCE)])
    assert [len(call) for call in files.calls] == [3 * AT_ONCE]
