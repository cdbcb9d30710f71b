"""The measure itself is sound: without this a wrong label would look like a wrong answer."""

from collections import Counter

from shared.contracts import Language, PersonalKind
from shared.town.catalogue import load_catalogue
from support.labelled_texts import read_labelled

ROWS = read_labelled()


def test_codes_are_the_catalogues() -> None:
    """A service that was given up leaves no label behind."""
    assert {code for row in ROWS for code in row.accept} <= set(load_catalogue().services)


def test_every_service_is_measured() -> None:
    """With five texts or more whose best answer it is: fewer say nothing about it."""
    counts = Counter(row.accept[0] for row in ROWS)
    assert {code: counts[code] for code in load_catalogue().services if counts[code] < 5} == {}


def test_every_kind_of_message_is_measured() -> None:
    """A fifth is Spanish; questions, thanks, emergencies and near-emergencies are there in numbers that a share can be told of."""
    assert len(ROWS) >= 300
    assert sum(row.language is Language.ES for row in ROWS) / len(ROWS) >= 0.18
    kinds, emergencies = Counter(row.kind for row in ROWS), Counter(row.emergency for row in ROWS)
    assert min(kinds["inquiry"], emergencies["911"]) >= 40
    assert min(kinds["neither"], emergencies["water"]) >= 15
    assert {row.channel for row in ROWS} >= {"web", "email", "x", "phone"}


def test_texts_differ() -> None:
    """A text that stands twice would count twice."""
    assert [text for text, count in Counter(row.text.casefold() for row in ROWS).items() if count > 1] == []


def test_personal_data_stands_in_its_text() -> None:
    """Each stretch occurs, and each kind that is masked is measured."""
    assert [(row.text, item.text) for row in ROWS for item in row.personal if item.text not in row.text] == []
    counts = Counter(item.kind for row in ROWS for item in row.personal)
    assert {kind for kind in PersonalKind if kind is not PersonalKind.OTHER} == {kind for kind, count in counts.items() if count >= 4}
