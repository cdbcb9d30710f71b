"""Bytes to text: a ladder that always ends in text."""

# ruff: noqa: RUF001 - letters of other scripts are what these tests are about

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_email.reading.charsets import codec_name, decode

RUSSIAN = "Фонарь на углу не горит, по вечерам очень темно, почините его, пожалуйста."


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("UTF-8", "utf-8"),
        ('"utf-8"', "utf-8"),
        ("iso-8859-1", "cp1252"),
        ("gb2312", "gb18030"),
        ("GBK", "gb18030"),
        ("ks_c_5601-1987", "cp949"),
        ("Shift_JIS", "cp932"),
        ("unknown-8bit", None),
        ("x-klingon", None),
        ("base64", None),
        ("rot13", None),
        ("idna", None),
        ("", None),
        ("\x00", None),
        ("a" * 10_000, None),
    ],
)
def test_declared_names(declared: str, codec: str | None) -> None:
    """A family's name means its superset, as in browsers; what is no charset of text means nothing."""
    assert codec_name(declared) == codec


@pytest.mark.parametrize(
    ("data", "declared", "text", "is_lossy"),
    [
        ("é".encode(), "utf-8", "é", False),
        ("é".encode(), "us-ascii", "é", False),
        ("é".encode(), None, "é", False),
        (b"\xe9", "iso-8859-1", "é", False),
        (b"\x80 5", "iso-8859-1", "€ 5", False),
        (b"\xe9", "utf-8", "é", True),
        (RUSSIAN.encode("koi8-r"), "koi8-r", RUSSIAN, False),
        (RUSSIAN.encode("koi8-r"), "no-such-charset", RUSSIAN, True),
        (b"+AOk-", "utf-7", "é", False),
        (b"+AOk-", None, "+AOk-", False),
        (b"+AOk-", "utf-8", "+AOk-", False),
        ("街灯が壊れています。".encode("shift_jis"), "shift_jis", "街灯が壊れています。", False),
        ("好".encode() * 30 + b"\xff", "utf-8", "好" * 30 + "\ufffd", True),
    ],
)
def test_the_ladder(data: bytes, declared: str | None, text: str, is_lossy: bool) -> None:  # noqa: FBT001 - parametrized
    """Declared, UTF-8, guessed, windows-1252; and whether something was guessed or lost."""
    assert decode(data, declared) == (text, is_lossy)


@given(st.binary(max_size=300), st.sampled_from(["utf-8", "utf-7", "utf-16", "hz", "iso-2022-jp", "big5", "x", "cp037", "gb2312", None]))
def test_never_refused(data: bytes, declared: str | None) -> None:
    """Any bytes are a text that can be written as UTF-8."""
    decode(data, declared).text.encode("utf-8")
