"""Names of persons: where they are given, and what is written like one and is none."""

import pytest

from shared.pii import masked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My name is Ottilie Crane and my cart is broken", "My name is [name] and my cart is broken"),
        ("my name is anjali rao and i need a bin", "my name is [name] and i need a bin"),
        ("MY NAME IS HERBERT LANGSTROM AND I WAIT", "MY NAME IS [name] AND I WAIT"),
        ("Name: Marisol Vega Trujillo\nStreet: Elm", "Name: [name]\nStreet: Elm"),
        ("I'm Tobiah Wren from Larkmoor Court", "I'm [name] from Larkmoor Court"),
        ("This is Hollis Grantham calling", "This is [name] calling"),
        ("it's Kip from 44 Larch", "it's [name] from 44 Larch"),
        ("Hello, Jorge Iglesias here, no pickup", "Hello, [name] here, no pickup"),
        ("me llamo Ximena Robledo y vivo aquí", "me llamo [name] y vivo aquí"),
        ("Soy Efraín, el de ayer", "Soy [name], el de ayer"),
        ("habla Araceli del Río Cano", "habla [name]"),
        ("my husband Emeka Obi fell", "my husband [name] fell"),
        ("Mrs. Halvorsen at 12 Oak", "[name] at 12 Oak"),
        ("Nadine Achterhof called re hydrant", "[name] called re hydrant"),
        ("Joaquin Abreu, 919-555-0115, 44 Birch", "[name], [phone], 44 Birch"),
        ("Signed, Declan O\u2019Shaughnessy", "Signed, [name]"),
    ],
)
def test_names_that_are_introduced(text: str, expected: str) -> None:
    """In both languages, in capitals and in small letters where it is plainly said."""
    assert masked(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fix it.\n\nBest regards,\nKatya Petrenko\n12 Fern Hollow", "Fix it.\n\nBest regards,\n[name]\n12 Fern Hollow"),
        ("Broken\n\nthx\ndeshawn", "Broken\n\nthx\n[name]"),
        ("The light is out. Ulysses Trent", "The light is out. [name]"),
        ("Thanks, Minerva", "Thanks, [name]"),
        ("the hole is back. thank you, rashid", "the hole is back. thank you, [name]"),
        ("Hay un bache.\n\nAtentamente,\nLic. Susana Paredes", "Hay un bache.\n\nAtentamente,\n[name]"),
        ("Not taken. -Lachlan", "Not taken. -[name]"),
        ("Bench broken.\n\n--\nGideon Farr\nFarr Landscaping", "Bench broken.\n\n--\n[name]\nFarr Landscaping"),
    ],
)
def test_names_in_signatures(text: str, expected: str) -> None:
    """Under a farewell, behind it, behind the last sentence."""
    assert masked(text) == expected


def test_a_known_name_is_masked_wherever_it_stands() -> None:
    """A name that is told once must not be read twice lines further up."""
    assert masked("Ottilie Crane's cart is gone. My name is Ottilie Crane.") == "[name]'s cart is gone. My name is [name]."


@pytest.mark.parametrize(
    "text",
    [
        "Martin Luther King Jr Blvd floods",
        "The light is out. Walter Street",
        "I am Tired of this. Page Walker Arts Center",
        "This is Walnut Street calling",
        "I'm At Harrison and Dry",
        "Soy residente de Cary",
        "Call Public Works at 8",
        "Stop sign down.\n\nThanks,\nThe residents of Larkmoor Court",
        "Trash missed.\n\nThanks\nSent from my iPhone",
        "No water.\n\nBest,\nYour neighbors on Elm",
        "Please Help",
        "Best Regards",
        "Gracias, Cary",
        "Thank You!",
        "Kildaire Farm and Cary Parkway",
        "my name was spelled wrong on the bill",
        "the park name: Fred Bond",
    ],
)
def test_what_is_written_like_a_name_survives(text: str) -> None:
    """Streets, parks, offices, farewells and feelings in capitals."""
    assert masked(text) == text
