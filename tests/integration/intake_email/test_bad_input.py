"""Mails that no program should have sent: each reaches an advocate, none costs another its turn, and the inbox is empty afterwards."""

import base64
import io
import zipfile
from dataclasses import replace
from uuid import UUID

import pytest

from intake_email.originals import KeptOriginals
from intake_email.parsing_worker import Reading, Task, Unreadable
from intake_email.parts import Parts
from shared.identity import derived_event_id
from shared.settings import MongoSettings
from support.dovecot import Dovecot
from support.imap_service import World, email_world, stored_file
from support.imap_user import mail

HEAD = b"From: Ana <ana@example.org>\r\nDate: Tue, 03 Mar 2026 09:00:00 -0500\r\nMessage-ID: <bad@example.org>\r\nSubject: bad\r\n"
MEBIBYTE = 1024 * 1024


def of_parts(count: int) -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\npart\r\n"
    return HEAD + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + part * count + b"--b--\r\n"


def nested(depth: int) -> bytes:
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(depth))
    return HEAD + b"MIME-Version: 1.0\r\n" + opening + b"Content-Type: text/plain\r\n\r\nThe lamp is dark.\r\n"


def zip_bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 50 * MEBIBYTE)
    return mail(files=[(content.getvalue(), "application/zip", "lamp.zip")])


BAD = {
    "no Message-ID": mail("The lamp is dark.", message_id=None),
    "no From": mail("The lamp is dark.").replace(b"From: Ana Resident <ana@example.org>\r\n", b""),
    "no header": b"The lamp is dark.\r\n",
    "no body": HEAD + b"\r\n",
    "no blank line": HEAD,
    "10,000 parts": of_parts(10_000),
    "1,000 levels": nested(1_000),
    "a header line of 500 kB": HEAD + b"X-Long: " + b"x" * 500_000 + b"\r\n\r\nThe lamp is dark.\r\n",
    "an address line of 500 kB": HEAD + b"To: " + b"a@example.org, " * 33_000 + b"b@example.org\r\n\r\nThe lamp is dark.\r\n",
    "10,000 header lines": HEAD + b"X-Many: y\r\n" * 10_000 + b"\r\nThe lamp is dark.\r\n",
    "broken base64": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\nVGhlIGxhbXA=!!!===aXMgZGFyaw\r\n",
    "a charset that is none": HEAD + b"Content-Type: text/plain; charset=x-made-up\r\n\r\nThe lamp is d\xe4rk.\r\n",
    "a charset of a thousand letters": HEAD + b'Content-Type: text/plain; charset="' + b"u" * 1_000 + b'"\r\n\r\nThe lamp is dark.\r\n',
    "%00 and NUL": HEAD.replace(b"Subject: bad", b"Subject: =?utf-8?q?b=00ad?=") + b"\r\nThe %00 lamp \x01 is dark.\r\n",
    "lone CR": HEAD + b"\r\nThe lamp\ris dark.\r\r\r\n",
    "CR LF in a subject": HEAD.replace(b"Subject: bad", b"Subject: =?utf-8?q?bad=0D=0ABcc:_x?=") + b"\r\nThe lamp is dark.\r\n",
    "(((( in From": HEAD.replace(b"Ana <ana@example.org>", b"(" * 5_000) + b"\r\nThe lamp is dark.\r\n",
    "surrogates": HEAD + b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA- The lamp is dark.\r\n",
    "a zip bomb": zip_bomb(),
    "winmail.dat that is none": mail(files=[(b"\x78\x9f\x3e\x22" + b"x" * 500, "application/ms-tnef", "winmail.dat")]),
    "an unclosed boundary": HEAD + b"Content-Type: multipart/mixed; boundary=never\r\n\r\nThe lamp is dark.\r\n",
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_mail_reaches_an_advocate_and_the_next_goes_on(world: World, name: str) -> None:
    """Something readable is published, under the mail's own identity, and so is the good mail behind it."""
    await world.user.put(BAD[name], mail("good", subject="good"))
    await world.drained()
    bad, good = world.kafka.submissions

    assert (good.subject, good.text) == ("good", "good")
    assert bad.text or bad.subject or bad.attachments
    assert bad.source is not None
    assert bad.source.raw_id is not None
    assert world.parts is not None
    assert await world.parts.raw_mails.get(bad.source.raw_id) is not None
    assert "Quarantine" not in await world.user.counts()


async def test_thirty_megabytes_cost_their_text_only(mail_server: Dovecot, mongo_settings: MongoSettings) -> None:
    """Header and text are taken, the rest stays in the folder for it; an advocate is told that something is missing."""
    large = mail("The lamp is dark.", subject="large", files=[(b"\x00\x01" * 11 * MEBIBYTE, "application/octet-stream", "film.mov")])
    assert len(large) > 30_000_000
    async with email_world(mail_server.port, mongo_settings) as world:
        await world.user.put(large, mail("good", subject="good"))
        await world.drained()
        first, good = world.kafka.submissions
        counts = await world.user.counts()
        assert world.parts is not None
        assert first.source is not None
        raw = await world.parts.raw_mails.get(first.source.raw_id or "")

    assert (first.text, first.attachments, first.source.decoded_with_losses) == ("The lamp is dark.", (), True)
    assert good.text == "good"
    assert counts == {"Oversize": 1, "Processed": 1}
    assert raw is not None
    assert len(raw) < 10_000


async def test_a_large_text_without_parts_is_taken_as_far_as_it_goes(mail_server: Dovecot, mongo_settings: MongoSettings) -> None:
    """A mail that is one long text."""
    async with email_world(mail_server.port, mongo_settings, mail_max_bytes=100_000, mail_oversize_text_bytes=2_000) as world:
        await world.user.put(mail("The lamp is dark. " * 10_000))
        [submission] = await world.published(1)
        await world.drained()

    assert submission.text.startswith("The lamp is dark. The lamp is dark.")
    assert len(submission.text) < 2_000


async def test_a_mail_larger_than_a_document_is_kept_whole(mail_server: Dovecot, mongo_settings: MongoSettings) -> None:
    """MongoDB takes 16 MiB in one document; the raw mail and its attachment come back byte for byte."""
    data = base64.b64encode(bytes(range(256)) * 40_000)
    raw = mail(files=[(data, "application/octet-stream", "drawing.dwg")])
    assert len(raw) > 17_000_000
    async with email_world(mail_server.port, mongo_settings) as world:
        await world.user.put(raw)
        await world.drained()
        [submission] = world.kafka.submissions
        assert submission.source is not None
        assert world.parts is not None
        kept = await world.parts.raw_mails.get(submission.source.raw_id or "")
        assert kept == raw
        assert await stored_file(world.settings, submission.attachments[0].file_id) == data
        assert await world.parts.raw_mails.delete([submission.source.raw_id or ""]) == 2
        assert await world.parts.raw_mails.get(submission.source.raw_id or "") is None


class DyingPool:
    """The real pool, but for mails that its processes do not survive: whole, or even their header."""

    def __init__(self, parts: Parts) -> None:
        self._pool = parts.pool

    async def read(self, tasks: list[Task]) -> list[Reading]:
        readings = await self._pool.read(tasks)
        return [Unreadable("ended") if self._kills(task) else reading for task, reading in zip(tasks, readings, strict=True)]

    def _kills(self, task: Task) -> bool:
        return b"X-Kills-The-Header" in task.raw or b"kills the parser" in task.raw

    async def close(self) -> None:
        await self._pool.close()


async def test_a_mail_that_kills_the_parser_is_put_aside_with_its_original(mail_server: Dovecot, mongo_settings: MongoSettings) -> None:
    """From its header, else from nothing, a stand-in is made; the original is attached; the neighbours are read as ever."""

    def adapt(parts: Parts) -> Parts:
        return replace(parts, pool=DyingPool(parts))  # type: ignore[arg-type]  # a pool in all that is used

    async with email_world(mail_server.port, mongo_settings, adapt=adapt, starts=False) as world:
        first = mail("kills the parser", subject="first", message_id="<first@example.org>")
        await world.user.put(mail(subject="good"), first, mail(subject="second", X_Kills_The_Header="yes"), mail(subject="better"))
        world.start()
        await world.drained()
        submissions = world.kafka.submissions
        counts = await world.user.counts()
        [original] = submissions[1].attachments
        assert await stored_file(world.settings, original.file_id) == first

    assert [submission.subject for submission in submissions] == ["good", "first", None, "better"]
    assert original.media_type == "message/rfc822"
    assert all("could not be read" in submission.text for submission in submissions[1:3])
    assert counts == {"Processed": 2, "Quarantine": 2}


async def test_encrypted_mail_is_kept_and_told(world: World) -> None:
    """Nobody here can read it: an advocate is told, and the ledger knows why, for the answer."""
    raw = (
        HEAD
        + b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\r\n\r\n--b\r\n'
        + b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n"
        + b"-----BEGIN PGP MESSAGE-----\r\nhQEMA\r\n-----END PGP MESSAGE-----\r\n--b--\r\n"
    )
    await world.user.put(raw)
    [submission] = await world.published(1)
    entry = await world.collection("messages").find_one({})

    assert submission.source is not None
    assert submission.source.decoded_with_losses
    assert submission.text or submission.attachments
    assert "encrypted" in entry["troubles"]
    assert world.parts is not None
    originals = KeptOriginals(world.parts.ledger, world.parts.raw_mails, world.parts.attachments)
    becomes = {derived_event_id(submission.submission_id, kind) for kind in ("ServiceRequestCreated", "FollowUpReceived")}
    assert await originals.encrypted([*becomes, UUID(int=7)]) == becomes
