"""Attachments: what they are by their content, under names of ours, within limits."""

import pytest

from intake_email.limits import Limits
from intake_email.parse import parse
from intake_email.reading.files import media_type_of
from support.mails import HEIC, JPEG, PDF, PNG, PROFILE, multipart, part, winmail
from support.mails_written import FILES, PASSED_ON


@pytest.mark.parametrize(
    ("data", "declared", "media_type"),
    [
        (JPEG, "application/octet-stream", "image/jpeg"),
        (HEIC, "image/jpeg", "image/heic"),
        (PNG, "text/plain", "image/png"),
        (PDF, "image/png", "application/pdf"),
        (b"<html><script>", "image/png", "text/html"),
        (b"<?xml version='1.0'?><svg/>", "image/png", "image/svg+xml"),
        (b"BEGIN:VCALENDAR", "text/calendar", "text/calendar"),
        (b"just words", "application/x-msdownload", "text/plain"),
        (b"MZ\x90\x00" + bytes(100), "image/png", "application/x-msdownload"),
        (b"\x00\x01\x02 nobody knows", "image/png", "application/octet-stream"),
        (b"", "image/png", "text/plain"),
    ],
)
def test_the_content_decides(data: bytes, declared: str, media_type: str) -> None:
    """Whatever a sender calls it."""
    assert media_type_of(data, declared) == media_type


def test_names_are_ours() -> None:
    """The sender's is kept for people to read, without a path."""
    raw = multipart([part("x"), part(PDF, "application/pdf", Content_Disposition='attachment; filename="..\\..\\evil.pdf"')])
    [file] = parse(raw, PROFILE).files
    assert (file.name, file.declared_name) == ("file-1.pdf", "evil.pdf")


def test_each_content_is_kept_once() -> None:
    """A signature's logo comes with every mail of a thread."""
    read = parse(FILES["same-file-twice"], PROFILE)
    assert (len(read.files), len(read.files_to_keep)) == (2, 1)


def test_attached_files_go_before_pictures_of_the_text() -> None:
    """A limit meets logos first."""
    read = parse(FILES["several-files"], PROFILE, Limits(max_files=2))
    assert [file.name for file in read.files] == ["file-1.pdf", "photo-1.jpg"]
    assert read.troubles == ("files_left_out",)


@pytest.mark.parametrize("limits", [Limits(max_file_bytes=10), Limits(max_files_bytes=10), Limits(max_files=0)])
def test_too_large_or_too_many_are_left_out_and_told(limits: Limits) -> None:
    """The text still arrives."""
    read = parse(FILES["photo-as-octet-stream"], PROFILE, limits)
    assert (read.text, read.files, read.troubles) == ("Photo attached.", (), ("files_left_out",))


def test_a_photo_that_is_passed_on_is_a_photo() -> None:
    """Inside an attached mail."""
    read = parse(PASSED_ON["attached-mail-with-photo"], PROFILE)
    assert [file.media_type for file in read.files_to_keep] == ["message/rfc822", "image/jpeg"]


def test_winmail_dat_gives_what_is_in_it() -> None:
    """Residents with Outlook do not know that it exists."""
    raw = multipart([part("From Outlook."), part(winmail(b"hole.jpg", JPEG), "application/ms-tnef; name=winmail.dat")])
    [file] = parse(raw, PROFILE).files
    assert (file.media_type, file.declared_name, file.data) == ("image/jpeg", "hole.jpg", JPEG)


def test_a_damaged_winmail_dat_is_a_file() -> None:
    """Kept as it is."""
    raw = multipart([part("From Outlook."), part(winmail(b"a", b"b")[:20], "application/ms-tnef; name=winmail.dat")])
    assert [file.media_type for file in parse(raw, PROFILE).files] == ["application/octet-stream"]
