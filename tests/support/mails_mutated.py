"""Mails of ours, damaged as programs, gateways and attackers damage them: the structure stays recognisable, which plain noise does not."""

import re
from collections.abc import Callable
from typing import Final

from hypothesis import strategies as st

from support.mails_golden import CASES

MAX_BYTES: Final = 20_000
"""Of a mail to start from: what matters is its structure."""
MAX_MUTATIONS: Final = 6

_SEEDS: Final = {name: raw[:MAX_BYTES] for name, raw in CASES.items()}
_BOUNDARY: Final = re.compile(rb'boundary="?([^";\r\n]+)')
_CHARSET: Final = re.compile(rb"charset=[^;\r\n]*")
_CHARSETS: Final = [
    *[b"utf-7", b"utf-16", b"utf-32-be", b"utf-8-sig", b"idna", b"punycode", b"rot13", b"base64", b"zlib", b"hex", b"undefined", b"mbcs"],
    *[
        b"unicode_escape",
        b"raw_unicode_escape",
        b"iso-2022-kr",
        b"hz",
        b"cp037",
        b'"',
        b"",
        b"\x00",
        b"utf-8\x00",
        b"x" * 300,
        b"%s",
        b"\xff",
    ],
]
_FIELDS: Final = [
    *[b"From: <@", b'From: "\\', b"From: a@b.example, c@d.example", b"To: group: ;", b"Subject: =?utf-8?B?////?=", b"Subject: =?=?=?="],
    *[
        b"Subject: =?utf-7?Q?+2AA-?=",
        b"Date: Thu, 99 Foo 99999 99:99:99 +9999",
        b"Date: Mon, 1 Jan 0001 00:00:00 +2359",
        b"Message-ID: <",
        b"Message-ID: \x00",
    ],
    *[b"Content-Type: multipart/mixed; boundary=", b'Content-Type: multipart/mixed; boundary="a b "', b"Content-Type: message/rfc822"],
    *[b"Content-Type: message/delivery-status", b"Content-Type: multipart/report; boundary=x", b"Content-Type: application/ms-tnef"],
    *[b"Content-Type: text/html; charset=utf-16", b"Content-Type: text/plain; name*0*=%; name*1=x; name*9999999999=y", b"Content-Type: /"],
    *[b"Content-Type: application/pkcs7-mime; smime-type=signed-data", b"Content-Type: text/calendar; method=REPLY"],
    *[b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"Content-Transfer-Encoding: x-uuencode"],
    *[
        b"Content-Disposition: attachment; filename*=utf-8''%ff%00/../x",
        b"Content-Disposition: inline; filename=\x00",
        b"References: <<<<>>>>",
    ],
    *[
        b"Authentication-Results: mx.town.example; dmarc=pass (((",
        b"Auto-Submitted:",
        b"X-Failed-Recipients: ,,,@",
        b" folded",
        b"\t",
        b":",
        b"No field",
    ],
]
_LINES: Final = [
    *[
        b"-- ",
        b"> ",
        b">",
        b"From: a@b.example",
        b"Subject: x",
        b"On Mon, Mar 9, 2026 at 4:18 PM Town <311@town.example> wrote:",
        b"begin 644 a",
    ],
    *[b"---------- Forwarded message ---------", b"-----BEGIN PGP MESSAGE-----", b"<blockquote>", b"<!--", b"</div>", b"&#xD800;", b"&#0;"],
    *[
        "\u2028\u0085\u200b\ufeff".encode(),
        b"\x00",
        b"\x0c\x0b\x1c\x1d\x1e",
        b"\r",
        b"\xed\xa0\x80",
        b"=",
        b"=\r",
        b"=0",
        b"+/v8-",
        b"\x1b$B",
    ],
]

Mutation = Callable[[st.DrawFn, bytes], bytes]


def _place(draw: st.DrawFn, raw: bytes) -> int:
    return draw(st.integers(0, len(raw)))


def _line_start(draw: st.DrawFn, raw: bytes) -> int:
    return raw.rfind(b"\n", 0, _place(draw, raw)) + 1


def _header_end(raw: bytes) -> int:
    found = raw.find(b"\r\n\r\n")
    return found + 2 if found >= 0 else len(raw)


def cut(draw: st.DrawFn, raw: bytes) -> bytes:
    """The connection ended in the middle."""
    return raw[: _place(draw, raw)]


def flip(draw: st.DrawFn, raw: bytes) -> bytes:
    """A few bytes are others."""
    changed = bytearray(raw)
    for _ in range(draw(st.integers(1, 8)) if raw else 0):
        changed[draw(st.integers(0, len(raw) - 1))] = draw(st.integers(0, 255))
    return bytes(changed)


def lose(draw: st.DrawFn, raw: bytes) -> bytes:
    """A stretch is missing."""
    start = _place(draw, raw)
    return raw[:start] + raw[start + draw(st.integers(1, 200)) :]


def double_field(draw: st.DrawFn, raw: bytes) -> bytes:
    """A field of the header is there twice, or fifty times."""
    fields = raw[: _header_end(raw)].splitlines(keepends=True)
    return draw(st.sampled_from(fields)) * draw(st.sampled_from([1, 2, 50])) + raw if fields else raw


def add_field(draw: st.DrawFn, raw: bytes) -> bytes:
    """A field that is odd or dangerous, anywhere in the header or at the beginning of a part."""
    starts = [0, _header_end(raw), *(match.end() for match in re.finditer(rb"\n--[^\n]*\n", raw))]
    start = draw(st.sampled_from(starts))
    return raw[:start] + draw(st.sampled_from(_FIELDS)) + b"\r\n" + raw[start:]


def add_line(draw: st.DrawFn, raw: bytes) -> bytes:
    """A line that means something to one of the readers."""
    start = _line_start(draw, raw)
    return raw[:start] + draw(st.sampled_from(_LINES)) * draw(st.sampled_from([1, 2, 40])) + b"\r\n" + raw[start:]


def other_charset(draw: st.DrawFn, raw: bytes) -> bytes:
    """It says that it is written in something else, which may be no charset at all."""
    return _CHARSET.sub(lambda _: b"charset=" + draw(st.sampled_from(_CHARSETS)), raw)


def other_line_ends(draw: st.DrawFn, raw: bytes) -> bytes:
    """A gateway has changed the ends of the lines."""
    return raw.replace(b"\r\n", draw(st.sampled_from([b"\n", b"\r", b"\r\r\n", b"\n\r"])))


def trick_boundary(draw: st.DrawFn, raw: bytes) -> bytes:
    """A delimiter too many: closing, with blanks, longer, or of a boundary inside another's."""
    boundaries: list[bytes] = _BOUNDARY.findall(raw) or [b"b"]
    written = b"--" + draw(st.sampled_from(boundaries)) + draw(st.sampled_from([b"", b"--", b" \t", b"x", b"----", b"\x00"]))
    start = _line_start(draw, raw)
    return raw[:start] + written + draw(st.sampled_from([b"\r\n", b"\n", b"\r\n\r\n", b""])) + raw[start:]


def nest(draw: st.DrawFn, raw: bytes) -> bytes:
    """It becomes a part of another mail, so many levels down; the boundary may be its own."""
    boundary = draw(st.sampled_from([b"n", *_BOUNDARY.findall(raw)]))
    kind = draw(st.sampled_from([b"mixed", b"alternative", b"related", b"report", b"digest", b"signed", b"encrypted", b"\xff"]))
    inner = draw(st.sampled_from([b"", b"Content-Type: message/rfc822\r\n\r\n", b"Content-Type: text/rfc822-headers\r\n\r\n"]))
    for _ in range(draw(st.sampled_from([1, 2, 5, 60]))):
        head = b"Content-Type: multipart/" + kind + b"; boundary=" + boundary + b"\r\n\r\n--" + boundary + b"\r\n"
        raw = head + inner + raw + b"\r\n--" + boundary + b"--\r\n"
    return b"From: Ada <ada@example.org>\r\n" + raw


def splice(draw: st.DrawFn, raw: bytes) -> bytes:
    """The beginning of one mail with the end of another."""
    other = _SEEDS[draw(st.sampled_from(sorted(_SEEDS)))]
    return raw[: _place(draw, raw)] + other[_place(draw, other) :]


MUTATIONS: Final[tuple[Mutation, ...]] = (
    *(cut, flip, lose, double_field, add_field, add_line),
    *(other_charset, other_line_ends, trick_boundary, nest, splice),
)


@st.composite
def mutated_mails(draw: st.DrawFn) -> bytes:
    """A mail of ours after one mutation or several."""
    raw = _SEEDS[draw(st.sampled_from(sorted(_SEEDS)))]
    for mutation in draw(st.lists(st.sampled_from(MUTATIONS), min_size=1, max_size=MAX_MUTATIONS)):
        raw = mutation(draw, raw)
    return raw
