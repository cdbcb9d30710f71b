"""Header fields as they come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_email.limits import Limits
from intake_email.reading.headers import decode_text, read_headers, read_parameters

LIMITS = Limits()


def block(data: bytes) -> dict[str, str]:
    headers, _ = read_headers(data, 0, len(data), LIMITS)
    return {name: headers.text(name) or "" for name in ("from", "subject", "to", "x-a") if name in headers}


def test_folded_lines_are_one() -> None:
    """The blank of the folding stays."""
    assert block(b"Subject: one\r\n two\r\n\tthree\r\nFrom: a\r\n\r\n") == {"subject": "one two three", "from": "a"}


def test_a_broken_line_hides_nothing() -> None:
    """Known fields behind it show that the block goes on."""
    assert block(b"From: a\r\nnonsense\r\nSubject: b\r\n\r\n")["subject"] == "b"


def test_a_line_that_is_no_field_begins_the_body() -> None:
    """When no known field follows: the blank line was forgotten."""
    data = b"From: a\r\nSubject: b\r\nI write this at once.\r\nNote: not a field\r\n\r\nMore."
    headers, body = read_headers(data, 0, len(data), LIMITS)
    assert headers.text("subject") == "b"
    assert headers.is_broken
    assert data[body:].startswith(b"I write this")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?utf-8?Q?caf=C3=A9?=", "café"),
        (b"=?utf-8?B?Y2Fmw6k=?= plain", "café plain"),
        (b"=?utf-8?B?Y2Fmww==?= =?utf-8?B?qQ==?=", "café"),
        (b"=?utf-8*en?Q?a_b?=", "a b"),
        (b"=?iso-8859-1?Q?=E9?=   =?utf-8?Q?=C3=A8?=", "éè"),
        (b"=?utf-8?Q?Where??=", "Where?"),
        (b"=?utf-8?Q?with space inside?=", "with space inside"),
        (b"=?nonsense?Q?=C3=A9?=", "é"),
        (b"=?utf-8?B?!!!?=", ""),
        (b"=?utf-8?Q?never closed", "=?utf-8?Q?never closed"),
        (b"=?utf-8?Q?a=0D=0Ab?=", "a  b"),
        ("naïve".encode("cp1252"), "naïve"),
        ("naïve".encode(), "naïve"),
    ],
)
def test_encoded_words(raw: bytes, text: str) -> None:
    """RFC 2047, and what programs make of it."""
    assert decode_text(raw) == text


@pytest.mark.parametrize(
    ("raw", "word", "parameters"),
    [
        (b"text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (b'Text/HTML; Charset="UTF-8" ; name="a;b\\"c.html"', "text/html", {"charset": "UTF-8", "name": 'a;b"c.html'}),
        (b"multipart/mixed boundary=x", "multipart/mixed", {"boundary": "x"}),
        (b"application/pdf; name=This is a test.pdf", "application/pdf", {"name": "This is a test.pdf"}),
        (b"attachment; filename*=utf-8'en'%e2%82%ac.txt", "attachment", {"filename": "€.txt"}),
        (b"attachment; filename*1=b.txt; filename*0*=iso-8859-1''%E9", "attachment", {"filename": "éb.txt"}),
        (b"attachment; filename*=utf-8''100%", "attachment", {"filename": "100%"}),
        (b"attachment; filename==?utf-8?Q?=C3=A9.txt?=", "attachment", {"filename": "é.txt"}),
        (b"", "", {}),
        (b";;;", "", {}),
    ],
)
def test_parameters(raw: bytes, word: str, parameters: dict[str, str]) -> None:
    """RFC 2045 and 2231, and what programs make of them."""
    found, values = read_parameters(raw)
    assert (found, dict(values)) == (word, parameters)


@given(st.binary(max_size=2_000))
def test_any_bytes_are_some_block(data: bytes) -> None:
    """The body never begins outside of the data, and no control character is left in a text."""
    headers, body = read_headers(data, 0, len(data), LIMITS, is_mail=True)
    assert 0 <= body <= len(data)
    assert all(
        text.isprintable() or not any(ord(sign) < 32 for sign in text) for name in headers.names() for text in [headers.text(name) or ""]
    )


@given(st.binary(max_size=500))
def test_any_value_is_decoded(value: bytes) -> None:
    """Without an exception, and without what could begin another line."""
    assert not set(decode_text(value)) & set("\r\n\x00")
    read_parameters(value)
