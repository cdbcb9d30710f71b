"""The files of mails: photos as the web form keeps them, everything else as it came, too much of anything told."""

import io

import pytest
from PIL import Image

from shared.contracts import SubmissionReceived
from support.imap_service import World, stored_file
from support.imap_user import mail
from support.intake_web import picture

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"


def photo() -> bytes:
    """Turned by 90 degrees, with its owner and a place in Cary in its notes."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of Ana Resident"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (35.0, 47.0, 29.4), "W", (78.0, 46.0, 52.0)
    return picture("JPEG", (80, 40), exif=exif)


async def the_submission(world: World, raw: bytes) -> SubmissionReceived:
    await world.user.put(raw)
    return (await world.published(1))[0]


async def test_a_photo_joins_without_its_notes_and_offers_its_place(world: World) -> None:
    """Encoded anew and upright; where the camera was is the place of the request."""
    raw = mail(files=[(photo(), "application/octet-stream", "IMG_0001.JPG"), (PDF, "application/pdf", "letter.pdf")])
    submission = await the_submission(world, raw)
    kept, letter = submission.attachments

    assert (kept.media_type, kept.width_pixels, kept.height_pixels) == ("image/jpeg", 40, 80)
    data = await stored_file(world.settings, kept.file_id)
    assert b"Ana" not in data
    with Image.open(io.BytesIO(data)) as image:
        assert not image.getexif()
    assert submission.place is not None
    assert (submission.place.lat, submission.place.long) == pytest.approx((35.7915, -78.781111), abs=1e-5)
    assert (letter.media_type, letter.size_bytes) == ("application/pdf", len(PDF))
    assert await stored_file(world.settings, letter.file_id) == PDF


async def test_a_picture_that_nobody_can_decode_is_left_out_and_told(world: World) -> None:
    """The raw mail has it; an advocate is told to look."""
    submission = await the_submission(world, mail(files=[(photo()[:300], "image/jpeg", "cut.jpg")]))

    assert submission.attachments == ()
    assert submission.source is not None
    assert submission.source.decoded_with_losses


async def test_a_text_too_long_for_a_record_is_attached_whole(world: World) -> None:
    """The record has its beginning and says how much was cut."""
    text = "\n".join(f"Line {number} of a very long letter about a lamp." for number in range(3_000))
    submission = await the_submission(world, mail(text))
    [whole] = submission.attachments

    assert submission.cut_characters > 0
    assert whole.media_type == "text/plain"
    assert (await stored_file(world.settings, whole.file_id)).decode().rstrip().endswith("Line 2999 of a very long letter about a lamp.")


async def test_files_of_a_machine_are_not_kept(world: World) -> None:
    """Nobody would ever see them."""
    submission = await the_submission(world, mail(files=[(photo(), "image/jpeg", "p.jpg")], Auto_Submitted="auto-replied"))

    assert submission.attachments == ()


async def test_a_repeat_stores_nothing_twice(world: World) -> None:
    """Kafka was away between storing and publishing."""
    world.kafka.is_down = True
    await world.user.put(mail(files=[(photo(), "image/jpeg", "p.jpg")]))

    async def has_file() -> bool:
        return world.parts is not None and await world.parts.attachments._files.count_documents({}) == 1

    await world.until(has_file, "the photo is stored")
    world.kafka.is_down = False
    await world.published(1)
    assert await has_file()
