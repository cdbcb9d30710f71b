"""Bytes to text, whatever a mail says about them: a ladder that always ends in text, never in a refusal.

Declared charset (its name cleaned, its family's superset taken), strictly → UTF-8, strictly → what the bytes look like, when there
are enough of them to tell → windows-1252 with replacement characters. UTF-7 only where it is declared: guessed, it would turn
``+ADw-`` into markup. Windows-1252 (what Latin-1 and ASCII are read as) comes after UTF-8 even where it is declared: it takes nearly
any bytes, so that its success says nothing, while text that is no UTF-8 hardly ever passes for it.
"""

import codecs
import re
from functools import lru_cache
from typing import Final, NamedTuple

MIN_FOREIGN_BYTES: Final = 20
"""Fewer bytes beyond ASCII say too little about a charset."""
SAMPLE_BYTES: Final = 4_096
"""What the guess looks at: its time grows with the bytes."""
LAST_RESORT: Final = "cp1252"

# What senders declare is often a part of what they write: browsers read these names so, too (WHATWG Encoding, section 4.2).
_SUPERSETS: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "hz-gb-2312": "hz",
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "ks-c-5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "big5": "big5hkscs",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "tis-620": "cp874",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "unicode-1-1-utf-7": "utf-7",
    "x-user-defined": "cp1252",
}
_UNTRUE: Final = frozenset({"", "unknown", "unknown-8bit", "x-unknown", "default", "none", "8bit", "binary", "default_charset"})
"""Names that tell nothing."""
_NO_TEXT_CODECS: Final = frozenset({"idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined", "mbcs", "oem"})
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._:+-]{0,38}")
_FOREIGN: Final = re.compile(rb"[\x80-\xff]+")
_ASCII_LOOKALIKES: Final = frozenset({"utf-7", "hz", "iso2022_jp_ext", "iso2022_jp", "iso2022_jp_2", "iso2022_kr", "utf-16", "utf-32"})
"""Charsets whose bytes may all be below 128 and still mean something else."""

_CAN_BE_DAMAGED: Final = frozenset({"utf-8", "gb18030", "big5hkscs", "cp949", "cp932", "euc_jp", "iso2022_jp_ext"})
"""Charsets in which a wrong byte shows: those of single bytes take anything."""


class Decoded(NamedTuple):
    """Text, and whether something of it was lost or guessed."""

    text: str
    is_lossy: bool


@lru_cache(maxsize=512)
def codec_name(declared: str) -> str | None:
    """Python's codec for a declared charset; None where the name tells nothing that can be used."""
    name = declared.strip(" \t\"'").lower().split(";")[0].strip()
    name = name.removeprefix("charset=").removeprefix("x-unknown-").strip("\"'")
    name = name.replace("windows-cp", "cp").replace("windows_", "cp") if name.startswith("windows") else name
    match = _NAME.match(name)
    name = _SUPERSETS.get(match.group() if match else "", match.group() if match else "")
    if name in _UNTRUE:
        return None
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    is_text = getattr(found, "_is_text_encoding", True) and found.name not in _NO_TEXT_CODECS
    return found.name if is_text else None


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """The text of ``data``. Never fails; lone surrogates do not occur."""
    codec = codec_name(declared) if declared else None
    if data.isascii() and codec not in _ASCII_LOOKALIKES:
        return Decoded(data.decode("ascii"), is_lossy=False)
    ladder = ("utf-8", codec) if codec == LAST_RESORT else (codec, "utf-8")
    text = next((text for step in ladder if step and (text := _strictly(data, step)) is not None), None)
    return Decoded(_repaired(data, codec), is_lossy=True) if text is None else Decoded(text, is_lossy=False)


def _repaired(data: bytes, codec: str | None) -> str:
    """A charset that is right but for a damaged character here and there; else what the bytes look like; else the last resort."""
    right = next((name for name in (codec, "utf-8") if name in _CAN_BE_DAMAGED and _mostly_fits(data, name)), None)
    return data.decode(right, "replace") if right else _guessed(data) or data.decode(LAST_RESORT, "replace")


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
        text.encode("utf-8")  # some codecs let halves of surrogate pairs through
    except (UnicodeError, ValueError, LookupError):
        return None
    return text


def _mostly_fits(data: bytes, codec: str) -> bool:
    """Whether a declared charset is right but for a damaged character here and there."""
    text = data[:SAMPLE_BYTES].decode(codec, "replace")
    foreign = sum(len(run) for run in _FOREIGN.findall(data[:SAMPLE_BYTES]))
    return text.count("\ufffd") * 10 < foreign


def _guessed(data: bytes) -> str | None:
    """What the bytes look like; None where they are too few, or look like nothing."""
    sample = _sample(data)
    if sum(map(len, _FOREIGN.findall(sample))) < MIN_FOREIGN_BYTES:
        return None
    from charset_normalizer import from_bytes  # noqa: PLC0415 - its tables cost memory that nearly no mail needs

    try:
        best = from_bytes(sample, steps=4, chunk_size=512, cp_exclusion=["utf_7"], enable_fallback=False).best()
    except Exception:  # noqa: BLE001 - a guess that fails is no guess
        return None
    return _strictly(data, best.encoding) if best else None


def _sample(data: bytes) -> bytes:
    """A stretch that begins where the foreign bytes do, at the start of a line where one is near."""
    first = _FOREIGN.search(data)
    start = max(0, first.start() - 200) if first else 0
    line = data.find(b"\n", start, first.start()) + 1 if first and start else 0
    return data[line or start : start + SAMPLE_BYTES]
