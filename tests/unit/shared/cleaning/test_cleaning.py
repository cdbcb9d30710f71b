import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.cleaning import MAX_COMBINING_MARKS, clean_line, clean_text

UNLIMITED = 10_000_000
NASTY = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("a \n\r\t\u200d\u200c\u200b\u202e\u0301\u0958\u212a\ud800\udc00\ufeff\U0001f469\U000e0041\u0915é"),
    )
)


def cleaned(raw: str) -> str:
    return clean_text(raw, max_characters=UNLIMITED)[0]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("plain words", "plain words"),
        ("", ""),
        (" \r\n\t ", ""),
        ("one\r\ntwo\rthree\u2028four\u2029five\vsix", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("a \n b", "a\n b"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("a\tb\u00a0c\u3000d", "a b c d"),
        ("bell\x07 null\x00 delete\x7f next\x9f", "bell null delete next"),
        ("zero\u200bwidth\ufeff and soft\u00adhyphen", "zerowidth and softhyphen"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("\u2066hidden\u2069 \u200edirection\u200f", "hidden direction"),
        ("half \ud83d of a pair \udc00", "half  of a pair"),
        ("no character \ufffe\uffff\U0001ffff", "no character"),
        ("cafe\u0301", "caf\u00e9"),
        ("919\u200d-\u200c555", "919-555"),
    ],
)
def test_what_cannot_be_seen_goes_and_the_words_stay(raw: str, expected: str) -> None:
    """Controls, invisible characters, direction marks and stray surrogates go; line breaks and blanks become ordinary ones."""
    assert cleaned(raw) == expected


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f469\u200d\U0001f4bb fixed it \u2764\ufe0f",  # a family of code points joined to one picture
        "\U0001f44d\U0001f3fd",
        "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian needs its joiner
        "\u0915\u094d\u200d\u0937",  # so does Hindi
        "¿Dónde está el bache? Señal caída.",
        "红绿灯坏了",
    ],
)
def test_emoji_and_other_scripts_stay_as_they_are(text: str) -> None:
    """Joiners stay where writing needs them."""
    assert cleaned(text) == unicodedata.normalize("NFC", text)


def test_what_is_too_long_is_cut_and_counted() -> None:
    """The rest is told, not lost silently, and no joiner dangles at the cut."""
    assert clean_text("x" * 12, max_characters=10) == ("x" * 10, 2)
    assert clean_text("\U0001f469\u200d\U0001f4bb", max_characters=2) == ("\U0001f469", 1)


def test_a_tower_of_accents_is_lowered() -> None:
    """More marks than Unicode's stream-safe limit are a toy or an attack."""
    assert len(cleaned("e" + "\u0301\u0323" * 500)) <= MAX_COMBINING_MARKS + 1


@given(NASTY, st.integers(min_value=1, max_value=40))
@example("a\u0301" + "\u200d" * 3 + "\u0915", 3)
def test_cleaning_what_is_clean_changes_nothing(raw: str, limit: int) -> None:
    """Idempotent, so that every service may clean again; and always fit for UTF-8 and XML."""
    text, _ = clean_text(raw, max_characters=limit)
    line = clean_line(raw, max_characters=limit)
    assert clean_text(text, max_characters=limit) == (text, 0)
    assert clean_line(line, max_characters=limit) == line
    assert len(text) <= limit
    assert len(line) <= limit
    for kept in (text, line):
        kept.encode()
        assert unicodedata.is_normalized("NFC", kept)
        assert all(symbol == "\n" or unicodedata.category(symbol) not in {"Cc", "Cs"} for symbol in kept)


@given(NASTY)
def test_a_line_is_one_line(raw: str) -> None:
    """No line breaks, no runs of blanks, none at the ends."""
    line = clean_line(raw)
    assert "\n" not in line
    assert line == " ".join(line.split())


@pytest.mark.parametrize("unit", ["a\u200d", "\u0301\u0323", " ", "\n", "\x00", "\u202e", "\U0001f469\u200d", " x \r\n"])
def test_a_megabyte_of_anything_is_cleaned(unit: str) -> None:
    """Hostile texts come out bounded; none of them makes the work explode (the test's time limit would tell)."""
    text, _ = clean_text(unit * (1_000_000 // len(unit)), max_characters=1_000)
    assert len(text) <= 1_000
