"""The parts of a mail, whole and broken."""

import pytest

from intake_email.limits import Limits
from intake_email.reading.structure import Part, decode_transfer, read_structure
from support.mails import mail, multipart, nested, part


def shape(found: Part) -> object:
    """Types and nesting."""
    return (found.media_type, [shape(child) for child in found.children]) if found.children else found.media_type


def test_nested_parts() -> None:
    """Each belongs to the multipart whose boundary it stands behind."""
    raw = multipart([nested([part("a"), part("<b>", "text/html")], "alternative", "in"), part(b"x", "image/png")])
    assert shape(read_structure(raw, Limits()).root) == (
        "multipart/mixed",
        [("multipart/alternative", ["text/plain", "text/html"]), "image/png"],
    )


def test_an_inner_multipart_that_is_never_closed_ends_with_the_outer_one() -> None:
    """The outer boundary closes everything inside."""
    inner = b'Content-Type: multipart/alternative; boundary="in"\r\n\r\n--in\r\n\r\ninside\r\n'
    assert shape(read_structure(multipart([inner, part("after")]), Limits()).root) == (
        "multipart/mixed",
        [("multipart/alternative", ["text/plain"]), "text/plain"],
    )


@pytest.mark.parametrize("boundary", ["a b", "a--", "=_", "x" * 200, "ünïcode"])
def test_odd_boundaries(boundary: str) -> None:
    """Taken as they are."""
    assert shape(read_structure(multipart([part("one"), part("two")], boundary=boundary), Limits()).root) == (
        "multipart/mixed",
        ["text/plain", "text/plain"],
    )


def test_a_boundary_that_begins_another_is_not_it() -> None:
    """``--ab`` is no delimiter of ``a``."""
    raw = mail("--a\n\nfirst\n--ab\nstill first\n--a--\n", Content_Type="multipart/mixed; boundary=a")
    root = read_structure(raw, Limits()).root
    assert [child.raw for child in root.children] == [b"first\r\n--ab\r\nstill first"]


def test_too_many_parts_stay_together() -> None:
    """The rest belongs to the last one that is read, and the limit is told."""
    structure = read_structure(multipart([part(str(number)) for number in range(50)]), Limits(max_parts=10))
    assert structure.is_limited
    assert len(structure.root.children) == 9
    assert b"49" in structure.root.children[-1].raw


def test_too_deep_is_a_part_that_nobody_opens() -> None:
    """Without an exception, and told."""
    raw = part("deep words")
    for level in range(200):
        raw = nested([raw], "mixed", f"b{level}")
    structure = read_structure(raw, Limits(max_depth=5))
    assert structure.is_limited
    assert sum(1 for _ in structure.root.walk()) == 6


@pytest.mark.parametrize(
    ("raw", "encoding", "content"),
    [
        (b"aGVs\r\nbG8=", "base64", b"hello"),
        (b"aGVsbG8", "base64", b"hello"),
        (b"aGVsbG8=aGVsbG8=", "base64", b"hellohello"),
        (b"aGVsbG8g!d29ybGQg aGVsbG8gd29ybGQ=", "base64", b"hello world hello world"),
        (b"plain, whatever it says", "base64", b"plain, whatever it says"),
        (b"h=65llo=\r\n!", "quoted-printable", b"hello!"),
        (b"100%=ZZ=", "quoted-printable", b"100%=ZZ"),
        (b"text", "8bit", b"text"),
        (b"text", "x-nobody-knows", b"text"),
        (b"begin 644 a\n#:&D\n`\nend\n", "x-uuencode", b"hi"),
        (b"no begin", "x-uuencode", b"no begin"),
    ],
)
def test_transfer_encodings(raw: bytes, encoding: str, content: bytes) -> None:
    """Decoded as far as they go."""
    assert decode_transfer(raw, encoding).rstrip(b"\0") == content
