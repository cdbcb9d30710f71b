"""Signed and encrypted mail: recognised, and read where that needs no key."""

import re
from enum import StrEnum
from typing import Final

from intake_email.reading.structure import Part

_BEGIN: Final = "-----BEGIN PGP SIGNED MESSAGE-----"
_CLEAR_SIGNED: Final = re.compile(rf"^{_BEGIN}[ \t]*$", re.MULTILINE)
_SIGNATURE: Final = "-----BEGIN PGP SIGNATURE-----"
_END: Final = "-----END PGP SIGNATURE-----"
_INLINE_ENCRYPTED: Final = re.compile(r"\s*-----BEGIN PGP MESSAGE-----")
_PKCS7: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_OCTET_STRINGS: Final = frozenset({0x04, 0x24})
_CONSTRUCTED: Final = 0x20
MAX_STEPS: Final = 20_000
"""Elements of a signed message that are looked at."""


class Security(StrEnum):
    """How a mail was secured."""

    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    """Nobody here can read it: its sender is asked to send it again without."""


def security_of(root: Part, text: str) -> Security | None:
    """How a mail was secured; None where it was not. ``text``: its text as far as it can be read."""
    if root.media_type == "multipart/encrypted":
        return Security.ENCRYPTED
    if root.media_type in _PKCS7:
        return Security.SIGNED if root.parameters.get("smime-type", "").lower() == "signed-data" else Security.ENCRYPTED
    if _INLINE_ENCRYPTED.match(text):
        return Security.ENCRYPTED
    if root.media_type == "multipart/signed" or _CLEAR_SIGNED.search(text[:2_000]):
        return Security.SIGNED
    return None


def without_armor(text: str) -> str:
    """A clear-signed text without what PGP put around it; other texts as they are."""
    start = _CLEAR_SIGNED.search(text) if _BEGIN in text else None
    if not start:
        return text
    signature = text.find(_SIGNATURE, start.end())
    head_end = text.find("\n\n", start.end())  # behind "Hash: SHA256"
    if signature < 0 or not 0 <= head_end < signature:
        return text
    end = text.find(_END, signature)
    body = text[head_end + 2 : signature].replace("\n- ", "\n").removeprefix("- ").strip("\n")
    after = text[end + len(_END) :] if end >= 0 else ""
    return f"{text[: start.start()]}{body}{after}"


def signed_content(data: bytes) -> bytes | None:
    """The mail inside an S/MIME ``signed-data`` message: the pieces of its first long octet string (BER, RFC 5652, section 5.2)."""
    pieces: list[bytes] = []
    position = steps = 0
    while position + 2 <= len(data) and steps < MAX_STEPS:
        steps += 1
        tag, length, body = _element(data, position)
        if tag in _OCTET_STRINGS and not tag & _CONSTRUCTED:
            pieces.append(data[body : body + length])
            position = body + length
        elif tag & _CONSTRUCTED:
            position = body
        elif pieces and tag == 0:  # the end of a string in pieces
            break
        else:
            position = body + length
        if pieces and (position >= len(data) or data[position] not in _OCTET_STRINGS):
            break
    content = b"".join(pieces)
    return content if b":" in content[:2_000] else None


def _element(data: bytes, position: int) -> tuple[int, int, int]:
    """Tag, length and where the content begins; an indefinite length counts as none, its content follows element by element."""
    tag, first = data[position], data[position + 1]
    body = position + 2
    if first < 0x80:  # noqa: PLR2004 - X.690, section 8.1.3: the short form
        return tag, first, body
    octets = first & 0x7F
    return tag, int.from_bytes(data[body : body + octets], "big") if octets else 0, body + octets
