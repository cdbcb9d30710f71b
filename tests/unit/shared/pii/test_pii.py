import re
import time
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.contracts import PersonalKind, Text
from shared.pii import find_personal_data, masked
from shared.pii.numbers import passes_luhn
from shared.tracking_number import ALPHABET, InvalidNumber, display, parse_tracking_number, tracking_number

SECRET = b"a town secret that exists in tests only"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to ada@example.org.", "write to [email]."),
        ("<Ada.Example+town@mail.example.co.uk>", "<[email]>"),
        ("mailto:ada@example.org?subject=x", "mailto:[email]?subject=x"),
        ("'o'neil@example.org'", "'[email]'"),
        ('"ada example"@example.org', "[email]"),
        ("josé@correo.es y ana@münchen.example", "[email] y [email]"),
        ("ada@[192.0.2.1]", "[email]"),
        ("ada@example..org", "[email]"),
        ("ada\uff20example.org", "[email]"),
        ("ada at example dot org", "[email]"),
        ("ada dot example at mail dot example dot org please", "[email] please"),
        ("ada (at) example.org, ada[at]example[dot]org", "[email], [email]"),
        ("ada @ example.org", "[email]"),
        ("ana arroba ejemplo punto es", "[email]"),
        ("ADA AT GMAIL.COM", "[email]"),
        ("reach ada@gmail", "reach [email]"),
    ],
)
def test_every_spelling_of_an_address_is_masked(text: str, expected: str) -> None:
    """Written properly, with a typing mistake, or spelled out against robots."""
    assert masked(text) == expected


@pytest.mark.parametrize(
    "number",
    [
        "919-555-0123",
        "(919) 555-0123",
        "(919)555-0123",
        "919.555.0123",
        "919/555-0123",
        "919 555-0123",
        "919 - 555 - 0123",
        "919\u2011555\u20130123",
        "919\u00a0555\u00a00123",
        "1-919-555-0123",
        "+1 (919) 555-0123",
        "+19195550123",
        "001 919 555 0123",
        "123-456-7890",
        "919-555-0123 x42",
        "919-555-0123 ext. 42",
        "9194694000",
        "919 469 4000",
        "\uff19\uff11\uff19-\uff15\uff15\uff15-\uff10\uff11\uff12\uff13",
        "+44 20 7946 0958",
        "+52 55 1234 5678",
        "011 44 20 7946 0958",
        "0049 170 1234567",
    ],
)
def test_every_way_to_write_a_telephone_number_is_masked(number: str) -> None:
    """In a sentence, at its beginning and alone."""
    assert masked(number) == "[phone]"
    assert masked(f"You can reach me: {number}, thanks") == "You can reach me: [phone], thanks"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call me at 469-4012", "call me at [phone]"),
        ("Tel: 020 7946 0958", "Tel: [phone]"),
        ("my cell is 5550123", "my cell is [phone]"),
        ("llámeme al 555 0123", "llámeme al [phone]"),
        ("mi número es 919 555 0123", "mi número es [phone]"),
        ("919-555-0123 or 919-555-0124/919-555-0125", "[phone] or [phone]/[phone]"),
        ("27513 919-555-0123 42 Main St", "27513 [phone] 42 Main St"),
        ("+44 20 7946 0958 42 Main St", "[phone] 42 Main St"),
    ],
)
def test_a_number_said_to_be_one_is_masked_and_its_neighbours_are_not(text: str, expected: str) -> None:
    """Whoever writes "call me at" means a number, whatever its shape; every one of several goes."""
    assert masked(text) == expected


# Test numbers that the payment networks publish.
CARDS = {
    "4111111111111111": (4, 4, 4, 4),
    "4222222222222": (4, 4, 4, 1),
    "5555555555554444": (4, 4, 4, 4),
    "2223003122003222": (4, 4, 4, 4),
    "378282246310005": (4, 6, 5),
    "6011111111111117": (4, 4, 4, 4),
    "3530111333300000": (4, 4, 4, 4),
    "30569309025904": (4, 6, 4),
    "6200000000000005": (4, 4, 4, 4),
}


def grouped(digits: str, sizes: tuple[int, ...], separator: str) -> str:
    pieces, start = [], 0
    for size in sizes:
        pieces.append(digits[start : start + size])
        start += size
    return separator.join(pieces)


@pytest.mark.parametrize("digits", CARDS)
@pytest.mark.parametrize("separator", ["", " ", "-", ".", " - "])
def test_a_card_number_is_masked_however_it_is_grouped(digits: str, separator: str) -> None:
    """Also between other numbers, which stay."""
    written = grouped(digits, CARDS[digits], separator)
    assert masked(written) == "[card]"
    assert masked(f"room 7 {written} 12 Main") == "room 7 [card] 12 Main"


@pytest.mark.parametrize("digits", ["4111111111111112", "9111111111111111", "0000000000000000", "41111111111111111111", "1234567890123"])
def test_what_fails_the_check_is_no_card(digits: str) -> None:
    """Wrong check digit, unknown issuer, wrong length: a parcel, an account of a shop, a case."""
    assert masked(f"parcel {digits}") == f"parcel {digits}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("123-45-6789", "[ssn]"),
        ("123 45 6789", "[ssn]"),
        ("my SSN is 123456789", "my SSN is [ssn]"),
        ("social security number: 123-456789", "social security number: [ssn]"),
        ("SS# 123 45 6789", "SS# [ssn]"),
        ("mi seguro social 123456789", "mi seguro social [ssn]"),
        ("000-12-3456", "000-12-3456"),
        ("666-12-3456", "666-12-3456"),
        ("900-12-3456", "900-12-3456"),
        ("123-00-6789", "123-00-6789"),
        ("123-45-0000", "123-45-0000"),
        ("case 123456789", "case 123456789"),
    ],
)
def test_social_security_numbers_by_shape_or_by_word(text: str, expected: str) -> None:
    """SSA never gave out certain ranges; nine bare digits need the word."""
    assert masked(text) == expected


NUMBERS = [tracking_number(SECRET, UUID(int=number)) for number in range(400)]


@pytest.mark.parametrize(
    "text",
    [
        "316 N Academy St, Cary, NC 27513-1234",
        "12345 Kildaire Farm Rd Apt 2101",
        "the 100-2000 block of Main, houses 200, 300 and 4000",
        "on 2026-03-14 at 10:30, 03/14/2026, 3-14-26 and 14.03.2026",
        "2026-03-14T10:30:00.000Z",
        "at 35.791540, -78.781120",
        "at 35.7915401234567,-78.7811201234567 (+35.79154-078.78112/)",
        "permit 2026-0314, call about permit 2026-0314",
        "call before 2026-03-14",
        "route 64, exit 98A, I-40, US-1, NC 54",
        "pole 4711-0815, meter 12345678, account 123",
        "30 to 40 cars at 45 mph for $1,250.00",
        "look at example.com and meet @ St. Andrews",
        "@carync @ 5pm, #311Cary",
        "open 7-19, call 911 or 311",
        "the tracking id is 1234567890123456789012345",
    ],
)
def test_what_a_report_lives_of_survives(text: str) -> None:
    """House numbers, ZIP codes, dates, coordinates, permits, roads and prices are no personal data."""
    assert masked(text) == text


@pytest.mark.parametrize("number", NUMBERS)
def test_tracking_numbers_survive(number: str) -> None:
    """As people write them: with hyphens, without, in lower case."""
    for written in (display(number), number, number.lower(), display(number).lower()):
        assert masked(f"about {written} again") == f"about {written} again"


def test_ten_digits_inside_a_tracking_number_are_no_telephone_number() -> None:
    """Where the check symbol is right, the whole word is a number of ours."""
    words = [f"{first}9194694000{last}" for first in ALPHABET[10:] for last in ALPHABET[10:]]
    numbers = [word for word in words if not isinstance(parse_tracking_number(word), InvalidNumber)]
    assert numbers
    for number in numbers:
        assert masked(f"see {number}") == f"see {number}"
    wrong = next(word for word in words if word not in numbers)
    assert masked(f"see {wrong}") != f"see {wrong}"


PLANTED = {
    "ada@example.org": PersonalKind.EMAIL,
    "919-555-0123": PersonalKind.PHONE,
    "+44 20 7946 0958": PersonalKind.PHONE,
    "4111 1111 1111 1111": PersonalKind.CARD,
    "123-45-6789": PersonalKind.SSN,
}


@given(st.text(), st.sampled_from(sorted(PLANTED)), st.text())
@example("tel 1 2 3", "919-555-0123", "4 5 6")
@example("@", "ada@example.org", "@")
def test_planted_data_never_shows(before: str, planted: str, after: str) -> None:
    """Whatever stands around it, what was planted is gone from the public text."""
    assert planted not in masked(f"{before} {planted} {after}")


@given(st.lists(st.sampled_from(sorted(PLANTED)), min_size=1, max_size=30))
def test_every_match_is_masked_not_only_the_first(planted: list[str]) -> None:
    """A redaction that misses the second is worse than none."""
    assert masked("; ".join(planted)) == "; ".join(f"[{PLANTED[item]}]" for item in planted)


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("0123456789-. +()@atdo\ud800\u0663\uff10"))))
def test_any_text_gives_spans_that_the_contract_takes(text: str) -> None:
    """Sorted, without overlaps, inside the text; lone surrogates and odd digits included; and deterministic."""
    spans = find_personal_data(text)
    end = 0
    for span in spans:
        assert end <= span.start < span.end <= len(text)
        end = span.end
    assert find_personal_data(text) == spans
    if text.isprintable():
        assert Text(content=text, personal=spans).public == masked(text)


@given(st.from_regex(re.compile(r"[0-9]{13,19}"), fullmatch=True))
def test_one_wrong_digit_fails_the_check(digits: str) -> None:
    """Luhn's check sees every single wrong digit."""
    if passes_luhn(digits):
        wrong = str((int(digits[5]) + 1) % 10)
        assert not passes_luhn(digits[:5] + wrong + digits[6:])


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "@",
        "a@",
        "a.",
        "1",
        "1 ",
        "1-",
        "+1 ",
        "+4",
        "00 1",
        "919-555-0123 ",
        "919 555 0123 ",
        "+44 20 7946 0958 ",
        "+1 2 3 4 5 6 7 ",
        "4111111111111111 ",
        "call me at ",
        "call 1 2 3 ",
        "jo at a dot b ",
        "a at a.b ",
        " dot ",
        "(at)",
        "ssn ",
        "ssn 1",
        "((((1",
        "\u0661",
        "<at>",
        "12345678901 x",
    ],
)
def test_the_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    """No pattern explodes: four times as much of anything takes four times as long, and not sixteen times."""
    assert seconds(unit, 20_000) < 8 * seconds(unit, 5_000) + 0.05


def seconds(unit: str, characters: int) -> float:
    """Of processor time for so much text, undisturbed."""
    text = unit * (characters // len(unit))

    def once() -> float:
        started = time.process_time()
        spans = find_personal_data(text)
        ended = time.process_time()
        assert all(span.end <= len(text) for span in spans)
        return ended - started

    return min(once(), once())
