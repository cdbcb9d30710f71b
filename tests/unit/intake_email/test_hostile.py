"""Hostile mail costs itself only: no exception, and time that grows with its size."""

import time

import pytest

from intake_email.parse import parse
from intake_email.submission import overflow_of, to_submission
from support.mails import KNOWN, PROFILE

SIZE = 1_000_000
SECONDS = 5.0
"""A megabyte takes less than one on an idle machine; what is not linear takes minutes or more."""
_TOP = b"From: Ada <ada@example.org>\r\nSubject: x\r\nMessage-ID: <a@example.org>\r\n"


def _text(unit: bytes, media_type: bytes = b"text/plain; charset=utf-8") -> bytes:
    return _TOP + b"Content-Type: " + media_type + b"\r\n\r\n" + unit * (SIZE // len(unit))


def _html(unit: bytes) -> bytes:
    return _text(unit, b"text/html; charset=utf-8")


def _nested(levels: int, inside: bytes) -> bytes:
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(levels))
    return _TOP + opening + b"Content-Type: text/plain\r\n\r\n" + inside


HOSTILE = {
    "nested-1000-deep": _nested(1_000, b"hello"),
    "nested-with-lines": _nested(40, b"--a\r\n" * (SIZE // 5)),
    "parts-10000": _TOP + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 10_000,
    "messages-in-messages": b"Content-Type: message/rfc822\r\n\r\n" * 30_000,
    "from-488k": b"From: " + b"(" * 488_000 + b"\r\n\r\nx",
    "from-quotes": b"From: " + b'\\"' * 240_000 + b"\r\n\r\nx",
    "to-488k": _TOP + b"To: " + b"a@b.example, " * 37_000 + b"\r\n\r\nx",
    "subject-of-words": b"From: a@b.example\r\nSubject: " + b"=?utf-8?q?=41?= " * 30_000 + b"\r\n\r\nx",
    "subject-of-openings": b"From: a@b.example\r\nSubject: " + b"=?a?q?" * 80_000 + b"\r\n\r\nx",
    "parameters": _TOP + b"Content-Type: text/plain;" + b"a" * 250_000 + b"\r\n\r\nx",
    "header-lines": b"X-A: b\r\n" * 120_000 + b"\r\nx",
    "no-header-lines": b"nonsense\r\n" * 100_000,
    "references": _TOP + b"References: " + b"<a@b> " * 80_000 + b"\r\n\r\nx",
    "authentication": _TOP + b"Authentication-Results: mx.town.example;" + b"(" * 30_000 + b"dkim=pass;" * 3_000 + b"\r\n\r\nx",
    "base64-of-padding": _TOP + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"A=" * (SIZE // 2),
    "uuencoded": _TOP + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\n" + b"M\n" * (SIZE // 2),
    "report-of-blocks": _TOP
    + b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    + b"\n" * SIZE,
    "bounce-of-addresses": b"From: mailer-daemon@b.example\r\nSubject: Undelivered Mail\r\n\r\n" + b"<a@b.example>:\n" * (SIZE // 15),
    "opaque-signed": b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\n" + b"\x30\x80" * (SIZE // 2),
    "winmail": _TOP + b"Content-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22" + bytes(range(256)) * (SIZE // 256),
    "text-one-line": _text(b"a"),
    "text-newlines": _text(b"\n"),
    "text-blanks": _text(b" "),
    "text-nul": _text(b"\0"),
    "text-quotes": _text(b"> a\n"),
    "text-quote-marks": _text(b">"),
    "text-dates": _text(b"On 3/4/2026 ab:\n"),
    "text-attributions": _text(b"On 3/4/2026 x wrote:\n> a\nb\n"),
    "text-labels": _text(b"Subject: x\nFrom: a\n"),
    "text-delimiters": _text(b"-- \n"),
    "text-devices": _text(b"Sent from my iPhone\n"),
    "text-addresses": _text(b"a@b.example "),
    "text-numbers": _text(b"7KQ4-M2XD-9RTB "),
    "text-markers": _text(b"reply above this line\n"),
    "text-utf8": _text("é".encode()),
    "text-not-utf8": _text(b"\xe9a\xff"),
    "text-flowed": _text(b"> a \n>> b \n", b"text/plain; format=flowed; delsp=yes"),
    "text-utf7": _text(b"+AGE-", b"text/plain; charset=utf-7"),
    "html-div": _html(b"<div>"),
    "html-less-than": _html(b"<"),
    "html-open-tags": _html(b"<a "),
    "html-open-quotes": _html(b"<a b='"),
    "html-comments": _html(b"<!--"),
    "html-styles": _html(b"<style>"),
    "html-quotations": _html(b"<blockquote><div class=yahoo_quoted>a</blockquote>"),
    "html-hidden": _html(b"<div style='display:none'>a"),
    "html-formatting": _html(b"<b id=1><p>x"),
    "html-entities": _html(b"&amp;"),
    "html-cuts": _html(b"<div id=divRplyFwdMsg>From: a<br>To: b<br>"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_megabyte_of_anything_is_read_in_linear_time(name: str) -> None:
    """Parsed and made a submission of, within seconds of processor time."""
    started = time.process_time()
    read = parse(HOSTILE[name], PROFILE)
    to_submission(read, PROFILE, KNOWN).encode()
    overflow_of(read)
    assert time.process_time() - started < SECONDS
