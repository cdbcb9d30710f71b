"""Which part of a mail too large is its text, as the client library tells the structure."""

from typing import Any

import pytest
from imapclient.response_parser import parse_fetch_response

from intake_email.oversize import TextSection, composed, text_section
from intake_email.parse import parse
from intake_email.profile import MailboxProfile

PROFILE = MailboxProfile(frozenset({"311@town.example"}), b"an invented secret for our tokens")
PLAIN = '("TEXT" "PLAIN" ("CHARSET" "UTF-8") NIL NIL "7BIT" 20 1 NIL NIL NIL NIL)'
HTML = '("TEXT" "HTML" ("CHARSET" "UTF-8") NIL NIL "7BIT" 20 1 NIL NIL NIL NIL)'
NOTES = '("TEXT" "PLAIN" NIL NIL NIL "BASE64" 20 1 NIL ("ATTACHMENT" ("FILENAME" "notes.txt")) NIL NIL)'
MOVIE = '("VIDEO" "MP4" NIL NIL NIL "BASE64" 40000000 NIL ("ATTACHMENT" ("FILENAME" "a.mp4")) NIL NIL)'


def structure(told: str) -> Any:  # noqa: ANN401 - the library's
    return parse_fetch_response([f"1 (BODYSTRUCTURE {told} UID 1)".encode()])[1][b"BODYSTRUCTURE"]


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (PLAIN, None),
        (f'({PLAIN}{MOVIE} "MIXED" NIL NIL NIL)', TextSection("1", is_html=False)),
        (f'({MOVIE}{NOTES}{HTML} "MIXED" NIL NIL NIL)', TextSection("3", is_html=True)),
        (f'({MOVIE}({HTML}{PLAIN} "ALTERNATIVE" NIL NIL NIL) "MIXED" NIL NIL NIL)', TextSection("2.2", is_html=False)),
        (f'({MOVIE}{MOVIE} "MIXED" NIL NIL NIL)', None),
    ],
    ids=["no parts", "first", "not the attached one", "plain before HTML", "none"],
)
def test_the_text_is_found(told: str, found: TextSection | None) -> None:
    """Plain before HTML, never an attachment; a mail without parts is taken from its beginning."""
    assert text_section(structure(told)) == found


@pytest.mark.parametrize("told", [None, (), b"x", (b"text",), ([], b"mixed"), ([(1, 2), None, ()], b"mixed"), (None, None, None)])
def test_no_structure_makes_it_raise(told: Any) -> None:  # noqa: ANN401 - whatever a server says
    """Whatever a server says."""
    assert text_section(told) is None


def test_a_bottomless_structure_ends() -> None:
    """Nesting costs no stack, and only so many parts are looked at."""
    part: Any = (b"text", b"plain")
    for _ in range(5_000):
        part = ([part], b"mixed")

    assert text_section(part) is None


def test_the_mail_that_is_made_reads_like_the_whole() -> None:
    """Who wrote, when and what; the fields about the parts are those of the part."""
    header = (
        b"From: Ana <ana@example.org>\r\nSubject: lamp\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=b\r\n"
        b"Message-ID: <one@example.org>\r\nDate: Tue, 03 Mar 2026 09:00:00 -0500\r\n\r\n"
    )
    made = parse(
        composed(header, b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n", "Größe".encode()), PROFILE
    )

    assert (made.text, made.subject, made.message_id) == ("Größe", "lamp", "<one@example.org>")
    assert made.sender.address is not None
    assert made.sender.address.email == "ana@example.org"
    assert parse(composed(header, b"", b"text"), PROFILE).text == "text"
