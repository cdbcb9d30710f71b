"""Addresses: equal places come out equal, other things are no places, and no text is too odd."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.addresses import Kind, find_address, normalized_address
from shared.addresses.find import MAX_CHARACTERS
from shared.addresses.vocabulary import DIRECTIONS, SUFFIXES

SAME = [
    (
        "123 N MAIN ST",
        ["123 N Main St", "123 north main street", "123 N. Main St., Apt 4B, Cary, NC 27513", "123 NORTH MAIN STR", " 123  N Main\nSt"],
    ),
    (
        "MAIN ST & OAK AVE",
        ["Main St & Oak Ave", "corner of Oak Avenue and Main Street", "intersection of Main St / Oak Ave.", "Main St at Oak Ave"],
    ),
    ("MAIN & OAK", ["main and oak", "Oak @ Main", "esquina de Main y Oak"]),
    ("12 BROADWAY", ["12 Broadway", "12 broadway, apt 3"]),
    ("100 PARK PLACE DR", ["100 Park Place Drive", "100 Park Pl Dr"]),
    ("5 3RD ST", ["5 Third Street", "5 3rd St"]),
    ("7 ST BRENDAN CT", ["7 Saint Brendan Court", "7 St Brendan Ct"]),
    ("9 NORTH ST", ["9 North Street"]),
    ("1500 WALNUT ST NW", ["1500 Walnut Street NW", "1500 Walnut St Northwest"]),
    ("202 1/2 LEAVENWORTH AVE", ["202 1/2 Leavenworth Avenue"]),
    ("1112-14 W BELDEN AVE", ["1112-14 West Belden Av"]),
    ("300 ACADEMY", ["calle Academy 300", "300 de la calle Academy", "calle Academy número 300"]),
    ("LAKE PINE DR & US HIGHWAY 64", ["US 64 and Lake Pine Dr", "US-64 at Lake Pine Drive", "Lake Pine Dr & US Hwy 64"]),
    ("300 BLOCK GREEN ST", ["300 block of Green Street", "300 blk Green St"]),
]


@pytest.mark.parametrize(("form", "given_as"), [(form, text) for form, texts in SAME for text in texts])
def test_one_place_has_one_form(form: str, given_as: str) -> None:
    """However it is written: suffixes, directions, case, order of the streets; unit, town and ZIP code do not count."""
    assert normalized_address(given_as) == form


@pytest.mark.parametrize(
    "text", ["", "an invented park", "behind the library", "Main Street", "Gate 5, [email]", "27513", "the corner", "&", "5", "/ at /"]
)
def test_what_is_no_address_has_no_form(text: str) -> None:
    """A street alone is too long to be the same place."""
    assert normalized_address(text) is None


def test_what_stands_behind_the_street_is_told_apart() -> None:
    """The unit is kept beside the address, with town and ZIP code."""
    found = find_address("The meter of 123 N Main St, Apt. 4b, Cary, NC 27513-1234 is broken")
    assert found is not None
    assert (found.kind, found.unit, found.city, found.zipcode) == (Kind.HOUSE, "4B", "Cary, NC", "27513")
    assert found.normalized == "123 N MAIN ST"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I live at 12 Cedar Ln; the trouble is at Main St and Laurel Rd", "Main St and Laurel Rd"),
        ("I live at 12 Cedar Ln and have no water", "12 Cedar Ln"),
        ("Potholes on Quarry Rd, the worst at 88 Quarry Rd", "88 Quarry Rd"),
        ("12 Cedar Ln and 14 Cedar Ln", "12 Cedar Ln"),
        ("The light at the corner of Main St and Oak Ave is out, 7 Cedar Ln can see it too", "Main St and Oak Ave"),
    ],
)
def test_the_most_telling_place_wins(text: str, words: str) -> None:
    """A house before a street, a crossing before the writer's own house; of houses and crossings the first."""
    found = find_address(text)
    assert found is not None
    assert text[found.start : found.end] == words


@pytest.mark.parametrize("text", ["between Oak St and Elm St", "Oak St, Oak St", "Sally and Bob", "Public Works & Utilities", "at 5 pm on"])
def test_two_names_are_not_always_a_crossing(text: str) -> None:
    """Between two streets lies a block; a street does not meet itself."""
    found = find_address(text)
    assert found is None or found.kind is not Kind.CROSSING


@given(st.text(max_size=400), st.booleans())
def test_any_text_is_read(text: str, is_place: bool) -> None:  # noqa: FBT001 - drawn
    """Never an error; what is found lies in the text."""
    found = find_address(text, is_place=is_place)
    if found is not None:
        assert 0 <= found.start < found.end <= len(text)
        assert found.normalized is None or found.normalized == found.normalized.strip() != ""


WORDS = st.sampled_from(
    [
        "12",
        "Main",
        "oak",
        "St",
        "street",
        "and",
        "&",
        "at",
        "N",
        "calle",
        "corner of",
        "US",
        "64",
        "block",
        ",",
        ".",
        "\n",
        "#",
        "apt 3",
        "de",
        "5/6",
    ]
)


@given(st.lists(WORDS, max_size=40).map(" ".join), st.booleans())
def test_any_row_of_address_words_is_read(text: str, is_place: bool) -> None:  # noqa: FBT001 - drawn
    """What is nearly an address is where a parser trips. What is found reads the same again by itself."""
    found = find_address(text, is_place=is_place)
    if found is not None and found.normalized is not None:
        assert normalized_address(text[found.start : found.end]) is not None


@given(
    st.integers(1, 99_999),
    st.sampled_from(["", *DIRECTIONS]),
    st.sampled_from(["Maple", "Old Apex", "Invented Oak"]),
    st.sampled_from(sorted(SUFFIXES)),
)
def test_every_suffix_and_direction_has_its_standard_form(number: int, direction: str, name: str, suffix: str) -> None:
    """Publication 28, in full; and what is normalised stays as it is."""
    form = normalized_address(" ".join(filter(None, (str(number), direction.title(), name, suffix.title()))))
    assert form == " ".join(filter(None, (str(number), DIRECTIONS.get(direction, ""), name.upper(), SUFFIXES[suffix])))
    assert normalized_address(form) == form


@pytest.mark.parametrize(
    "unit", ["St ", "1 N ", "Main & ", "calle ", "12 Oak Oak Oak Oak ", "corner of ", "1/2 ", "a-", "\u0301", "'", "US 64 ", "#", ". "]
)
def test_time_does_not_grow_with_hostile_text(unit: str) -> None:
    """A megabyte costs hardly more than what is looked at."""
    hostile = unit * (1_000_000 // len(unit))

    def cost(text: str) -> float:
        began = time.process_time()
        find_address(text)
        find_address(text, is_place=True)
        return time.process_time() - began

    assert cost(hostile) < 1.0
    assert cost(hostile) < 20 * cost(hostile[:MAX_CHARACTERS]) + 0.2
