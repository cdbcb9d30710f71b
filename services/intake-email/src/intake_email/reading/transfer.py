"""Content transfer encodings undone (RFC 2045, section 6), as far as damaged content goes."""

import binascii
import re
from typing import Final

_NOT_BASE64: Final = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_PADDING: Final = re.compile(rb"=+")
_PLAIN_WORDS: Final = re.compile(rb"[^A-Za-z0-9+/=\r\n]")
MAX_PLAIN_SHARE: Final = 12
"""One sign in so many that base64 does not use: words have a blank or a comma more often."""
_UU_MARK: Final = 0x20


def decode_transfer(raw: bytes, encoding: str) -> bytes:
    """Content with its transfer encoding undone; what is damaged is decoded as far as it goes."""
    match encoding.strip("\"' ;"):
        case "base64":
            return _from_base64(raw)
        case "quoted-printable" | "quoted printable" | "qp":
            return binascii.a2b_qp(raw)
        case "x-uuencode" | "uuencode" | "x-uue" | "uue":
            return _from_uuencode(raw)
        case _:
            return raw


def _from_base64(raw: bytes) -> bytes:
    """Base64, each padded stretch by itself; text that only claims to be base64 stays what it is."""
    sample = raw[:2_000]
    if len(_PLAIN_WORDS.findall(sample)) * MAX_PLAIN_SHARE > len(sample):
        return raw
    symbols = raw.translate(None, _NOT_BASE64)
    out = []
    for stretch in _PADDING.split(symbols):
        whole = stretch[: len(stretch) - 1] if len(stretch) % 4 == 1 else stretch  # a single symbol is no byte
        out.append(binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)))
    return b"".join(out)


def _from_uuencode(raw: bytes) -> bytes:
    lines = raw.splitlines()
    begin = next((number for number, line in enumerate(lines) if line.startswith(b"begin ")), None)
    if begin is None:
        return raw
    out = []
    for line in lines[begin + 1 :]:
        if line.strip() in {b"end", b"`"}:
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:  # some programs pad beyond the length that the line announces
            length = (((line[0] - _UU_MARK) & 63) * 4 + 5) // 3 if line else 0
            with_length = line[: length + 1]
            out.append(_lenient_uu(with_length))
    return b"".join(out)


def _lenient_uu(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        return b""
