"""Tracking numbers: derived for ever the same, and wrong ones are told apart from right ones."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.tracking_number import ALPHABET, LENGTH, InvalidNumber, NumberFault, display, parse_tracking_number, tracking_number

SECRET = b"an invented secret of 32 bytes!!"
secrets = st.binary(min_size=32, max_size=64)
numbers = st.builds(tracking_number, secrets, st.uuids())


def test_golden_vector() -> None:
    """The number of a submission never changes: residents hold it in their hands. If this fails, the code is wrong, not the test."""
    assert tracking_number(SECRET, UUID("5f0c8e2a-93b1-5c1d-8a77-0123456789ab")) == "GK735QQEY8WP"
    assert tracking_number(SECRET, UUID(int=0)) == "XQCQ97VHFDHT"
    assert tracking_number(SECRET * 2, UUID(int=0)) == "JV6X1AY9MFWN"


@given(numbers)
def test_round_trip(number: str) -> None:
    """What we print is read back as the same number."""
    assert len(number) == LENGTH
    assert parse_tracking_number(number) == number
    assert parse_tracking_number(display(number)) == number


@given(numbers, st.data())
def test_every_spelling_of_a_number_is_that_number(number: str, data: st.DataObject) -> None:
    """Lower case, O and I and L for 0 and 1, dashes, blanks and invisible marks at any place make no difference."""
    readings = {"0": "0Oo", "1": "1IiLl"}
    parts = []
    for symbol in number:
        parts.append(data.draw(st.sampled_from(readings.get(symbol, symbol + symbol.lower()))))
        parts.append(
            data.draw(st.sampled_from(["", "", "-", " ", "\t", "\n", "\u2013", "\u2212", "\u00a0", "\u202f", "\u200b", "\u200e", "\ufeff"]))
        )
    assert parse_tracking_number("".join(parts)) == number


@given(numbers, st.integers(0, LENGTH - 1), st.integers(1, 31))
def test_every_single_wrong_symbol_is_caught(number: str, position: int, change: int) -> None:
    """One symbol misread or mistyped never leads to another request."""
    wrong = ALPHABET[(ALPHABET.index(number[position]) + change) % 32]
    assert parse_tracking_number(number[:position] + wrong + number[position + 1 :]) == InvalidNumber(NumberFault.CHECK)


@given(numbers, st.integers(0, LENGTH - 2))
def test_every_swap_of_neighbours_is_caught(number: str, position: int) -> None:
    """Two neighbouring symbols exchanged never lead to another request."""
    swapped = number[:position] + number[position + 1] + number[position] + number[position + 2 :]
    expected = number if swapped == number else InvalidNumber(NumberFault.CHECK)
    assert parse_tracking_number(swapped) == expected


@given(
    st.text(alphabet=st.characters(), max_size=200)
    | st.text(alphabet=ALPHABET + ALPHABET.lower() + "OILUoilu-ßſı\uff11 \x00\ud800", max_size=20)
)
def test_any_input_gives_a_number_or_a_fault(written: str) -> None:
    """Nothing that somebody types raises, and what is accepted is canonical."""
    parsed = parse_tracking_number(written)
    assert isinstance(parsed, InvalidNumber) or (len(parsed) == LENGTH and set(parsed) <= set(ALPHABET))


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("", NumberFault.LENGTH),
        ("   ", NumberFault.LENGTH),
        ("7KQ4", NumberFault.LENGTH),
        ("7KQ4-M2XD-9RTB-0", NumberFault.LENGTH),
        ("0" * 12 + " " * 100, NumberFault.LENGTH),
        ("UUUU-UUUU-UUUU", NumberFault.SYMBOL),
        ("ß" * 6, NumberFault.LENGTH),
        ("ß" * 12, NumberFault.SYMBOL),
        ("\ud800" * 12, NumberFault.SYMBOL),
        ("\u0661" * 12, NumberFault.SYMBOL),
        ("000000000001", NumberFault.CHECK),
    ],
)
def test_what_is_wrong_with_a_number_is_said(written: str, fault: NumberFault) -> None:
    """The page can tell somebody whether symbols are missing, impossible or mistyped."""
    assert parse_tracking_number(written) == InvalidNumber(fault)


def test_different_submissions_and_secrets_give_different_numbers() -> None:
    """Ten thousand submissions, ten thousand numbers: 55 bits are spread over all symbols."""
    drawn = {tracking_number(SECRET, UUID(int=value)) for value in range(10_000)}
    assert len(drawn) == 10_000
    assert {symbol for number in drawn for symbol in number} == set(ALPHABET)


def test_numbers_are_shown_as_people_read_them() -> None:
    """Three groups of four."""
    assert display("7KQ4M2XD9RTB") == "7KQ4-M2XD-9RTB"
