"""Any bytes at all, and mails put together at random, give a submission."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake_email.limits import Limits
from intake_email.parse import parse
from intake_email.submission import to_submission
from shared.contracts import decode_submission
from support.mails import KNOWN, PROFILE
from support.mails_golden import CASES

TINY = Limits(max_parts=4, max_depth=2, max_header_bytes=300, max_header_lines=8, max_text_characters=200, max_files=2, max_file_bytes=50)

_NAMES = st.sampled_from(
    [
        *["From", "To", "Subject", "Date", "Message-ID", "References", "In-Reply-To", "Content-Type", "Content-Transfer-Encoding"],
        *["Content-Disposition", "Reply-To", "Return-Path", "Authentication-Results", "Auto-Submitted", "X-Failed-Recipients", "Sender"],
    ]
)
_VALUES = st.sampled_from(
    [
        *[b"multipart/mixed; boundary=a", b"multipart/alternative; boundary=b", b"text/html; charset=utf-16", b"message/rfc822", b"base64"],
        *[b"quoted-printable", b"=?utf-8?B?//8=?=", b"<a@b>", b"a@b.example", b"mx.town.example; dkim=pass", b"text/plain; format=flowed"],
        *[b"message/delivery-status", b"multipart/report; boundary=a", b"application/pkcs7-mime; smime-type=signed-data", b"x-uuencode"],
    ]
)
_PIECES = st.one_of(
    st.sampled_from(
        [b"--a\r\n", b"--a--\r\n", b"--b\n", b"--b--", b"\r\n", b"\r", b"\n\n", b"<div>", b"> x\n", b"begin 644 a\n", b"\x78\x9f\x3e\x22"]
    ),
    st.tuples(_NAMES, st.one_of(_VALUES, st.binary(max_size=40))).map(lambda field: field[0].encode() + b": " + field[1] + b"\r\n"),
    st.binary(max_size=60),
)


def read(raw: bytes, limits: Limits | None = None) -> None:
    """Read, submitted, and what was submitted read back."""
    received = to_submission(parse(raw, PROFILE, limits), PROFILE, KNOWN)
    assert decode_submission(received.encode()) == received


@given(st.binary(max_size=3_000))
def test_any_bytes(raw: bytes) -> None:
    """Never an exception."""
    read(raw)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_PIECES, max_size=40))
def test_any_mail_of_pieces(pieces: list[bytes]) -> None:
    """Fields, delimiters, bodies in any order, with ordinary limits and with tiny ones."""
    raw = b"".join(pieces)
    read(raw)
    read(raw, TINY)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(CASES)), st.data())
def test_any_damage_to_a_mail(name: str, data: st.DataObject) -> None:
    """A mail cut off, with bytes changed, or twice: still a submission."""
    raw = bytearray(CASES[name][:20_000])
    for _ in range(data.draw(st.integers(0, 8))):
        if raw:
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(raw[: data.draw(st.integers(0, len(raw)))]))
