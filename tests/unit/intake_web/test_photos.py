"""Photos from strangers: what is kept of them, and what is refused."""

import io
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from intake_web.forms import Upload
from intake_web.messages import FieldError
from intake_web.photos import Darkroom, PhotoLimits, Processed
from shared.pictures import worker
from shared.pictures.pool import looks_like_photo
from shared.pictures.worker import Picture, Task, Unreadable
from support.intake_web import picture

LIMITS = PhotoLimits(max_bytes=2_000_000, max_pixels=4_000_000, max_edge_pixels=500, cpu_seconds=5)


@pytest.fixture(scope="module")
async def darkroom() -> AsyncIterator[Darkroom]:
    room = Darkroom(LIMITS)
    await room.start()
    yield room
    await room.close()


def upload(data: bytes, max_bytes: int = LIMITS.max_bytes) -> Upload:
    made = Upload("photos")
    made.take(memoryview(data), max_bytes)
    return made


def with_camera_notes(*, north: str = "N", orientation: int = 1, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's own options
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera of Ana Resident"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = north, (35.0, 47.0, 29.4), "W", (78.0, 46.0, 52.0)
    return picture("JPEG", (80, 40), exif=exif, comment=b"secret comment", **options)


def heic() -> bytes:
    stream = io.BytesIO()
    pillow_heif.from_pillow(Image.linear_gradient("L").resize((64, 48)).convert("RGB")).save(stream, quality=50)
    return stream.getvalue()


def bomb() -> bytes:
    """A PNG of 30,000 by 30,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = 30_000
    rows = zlib.compress(b"\0" * ((size // 8 + 1) * 1000), 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "hello")
    return stream.getvalue()


async def only(darkroom: Darkroom, data: bytes) -> Processed:
    developed = await darkroom.develop([upload(data)])
    assert not isinstance(developed, FieldError)
    return developed[0]


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(picture("JPEG"), "image/jpeg"), (picture("PNG"), "image/png"), (picture("WEBP"), "image/jpeg"), (heic(), "image/jpeg")],
    ids=["jpeg", "png", "webp", "heic"],
)
async def test_the_four_kinds_become_two(darkroom: Darkroom, data: bytes, media_type: str) -> None:
    """JPEG, WebP and HEIC come out as JPEG, a drawing stays PNG; the size is kept."""
    photo = (await only(darkroom, data)).photo

    with Image.open(io.BytesIO(photo.data)) as image:
        assert (Image.MIME[image.format or ""], image.size) == (media_type, (64, 48))
    assert (photo.media_type, photo.width_pixels, photo.height_pixels) == (media_type, 64, 48)


async def test_nothing_of_the_cameras_notes_is_left(darkroom: Darkroom) -> None:
    """Owner, comment and position do not survive; the position is handed out apart, as a proposal."""
    processed = await only(darkroom, with_camera_notes())

    with Image.open(io.BytesIO(processed.photo.data)) as image:
        assert not image.getexif()
        assert not {"exif", "comment", "icc_profile", "xmp"} & set(image.info)
    assert b"Ana" not in processed.photo.data
    assert b"secret" not in processed.photo.data
    assert processed.position == pytest.approx((35.791500, -78.781111), abs=1e-5)


async def test_a_turned_photo_is_upright(darkroom: Darkroom) -> None:
    """The orientation is applied before it is forgotten."""
    photo = (await only(darkroom, with_camera_notes(orientation=6))).photo

    assert (photo.width_pixels, photo.height_pixels) == (40, 80)


@pytest.mark.parametrize("damage", [{"north": "?"}, {}])
async def test_south_and_odd_references_do_no_harm(darkroom: Darkroom, damage: dict[str, str]) -> None:
    """A damaged note about the place is no reason to refuse the photo."""
    assert (await only(darkroom, with_camera_notes(**damage))).photo.width_pixels == 80


async def test_a_large_photo_is_shrunk(darkroom: Darkroom) -> None:
    """To the longest edge that is kept, with its shape."""
    photo = (await only(darkroom, picture("JPEG", (1600, 800)))).photo

    assert (photo.width_pixels, photo.height_pixels) == (500, 250)


async def test_the_same_file_has_the_same_digest(darkroom: Darkroom) -> None:
    """Of what was sent: part of the report's identity."""
    first, second = [await only(darkroom, picture()) for _ in range(2)]

    assert first.photo.upload_digest == second.photo.upload_digest
    assert first.photo.sha256 == second.photo.sha256


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (zipped(), "photo_type"),
        (b"GIF89a" + b"0" * 100, "photo_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_type"),
        (b"%PDF-1.7", "photo_type"),
        (b"x", "photo_type"),
        (picture("JPEG", (400, 400))[:-2_000], "photo_unreadable"),
        (picture("PNG", (400, 400))[:600], "photo_unreadable"),
        (b"\xff\xd8\xff" + b"0" * 500, "photo_unreadable"),
        (b"RIFF\0\0\0\0WEBPVP8 " + b"0" * 500, "photo_unreadable"),
        (heic()[:300], "photo_unreadable"),
        (bomb(), "photo_too_many_pixels"),
        (picture("JPEG", (2_500, 2_000)), "photo_too_many_pixels"),
    ],
    ids=["zip", "gif", "svg", "pdf", "byte", "cut-jpeg", "cut-png", "no-jpeg", "no-webp", "cut-heic", "bomb", "pixels"],
)
async def test_what_is_no_photo_is_refused_with_the_reason(darkroom: Darkroom, data: bytes, key: str) -> None:
    """By content, never by name; the workers survive all of it."""
    refused = await darkroom.develop([upload(data)])

    assert isinstance(refused, FieldError)
    assert (refused.field, refused.message_key) == ("photos", key)
    assert refused.sentence
    assert (await only(darkroom, picture())).photo.width_pixels == 64


async def test_too_many_and_too_large_are_refused_before_any_work(darkroom: Darkroom) -> None:
    """The caps of number and of bytes."""
    many = await darkroom.develop([upload(picture())] * (LIMITS.max_photos + 1))
    large = await darkroom.develop([upload(b"\xff\xd8\xff" + b"0" * 1000, max_bytes=100)])

    assert isinstance(many, FieldError)
    assert isinstance(large, FieldError)
    assert (many.message_key, large.message_key) == ("photos_too_many", "photo_too_large")


async def test_a_photo_that_ends_its_worker_is_refused_alone() -> None:
    """A worker without the memory it wants dies or gives up; the next photo finds a living one."""
    room = Darkroom(replace(LIMITS, cpu_seconds=5, worker_memory_bytes=1_500 * 1024 * 1024))
    await room.start()
    try:
        first = room._pictures._workers()
        for process in first._processes.values():
            process.kill()
        developed = await room.develop([upload(picture())])
        assert not isinstance(developed, FieldError)
        assert (await only(room, picture())).photo.width_pixels == 64
    finally:
        await room.close()


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x18ftypheic"]))
def test_no_bytes_make_the_decoder_raise(data: bytes, head: bytes) -> None:
    """Whatever the file: a picture, or a reason."""
    pillow_heif.register_heif_opener(thumbnails=False)
    looks_like_photo(head + data)

    assert isinstance(worker.process(Task(head + data, 1_000_000, 500, 1_000)), Picture | Unreadable)
