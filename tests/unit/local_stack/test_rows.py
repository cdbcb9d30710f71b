"""Lines of a file become reports, and what became of them is counted exactly."""

import json
import math

import pytest

from local_stack.rows import BadRow, Row, Tally, percentile, read_rows


def rows(*contents: object, salt: str = "") -> list[Row | BadRow]:
    return list(read_rows([content if isinstance(content, str) else json.dumps(content) for content in contents], salt))


def one(content: object, salt: str = "") -> Row:
    (row,) = rows(content, salt=salt)
    assert isinstance(row, Row)
    return row


def test_a_row_is_a_submission() -> None:
    """``text`` is the description, ``place`` or ``address`` the address; known fields are passed on, others and empty ones are not."""
    content = {"id": "a-1", "text": " A pothole ", "place": "Invented Road", "lat": 35.7, "long": -78.7, "email": None, "label": "POTHOLE"}
    assert one(content).body == {"description": " A pothole ", "address": "Invented Road", "lat": 35.7, "long": -78.7}
    assert one({"text": "x", "address": "there"}).body["address"] == "there"
    assert one({"text": "x"}).body == {"description": "x"}


def test_a_row_keeps_its_key() -> None:
    """Sent again, a row is the same report; another salt, text or id makes another one; fields that are not sent change nothing."""
    row = {"id": "a-1", "text": "A pothole"}
    assert one(row).key == one(row | {"label": "POTHOLE"}).key
    others = {one(row, "again").key, one(row | {"text": "A hole"}).key, one(row | {"id": "a-2"}).key, one(row | {"address": "there"}).key}
    assert len(others | {one(row).key}) == 5


def test_rows_without_ids_are_told_apart_by_their_lines() -> None:
    """Two people may write the same words: each line is a report."""
    first, second = rows({"text": "A pothole"}, {"text": "A pothole"})
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert first.key != second.key


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('"text"', "is not a JSON object"),
        ("[]", "is not a JSON object"),
        ('{"text": ""}', "has no text"),
        ('{"text": " \\n"}', "has no text"),
        ('{"text": 7}', "has no text"),
        ("{}", "has no text"),
    ],
)
def test_a_line_that_is_no_report_is_named(line: str, why: str) -> None:
    """It is counted with its line and the reason, and the next line is read."""
    assert rows("", line, {"text": "A pothole"})[0] == BadRow(2, why)
    assert isinstance(rows("", line, {"text": "A pothole"})[1], Row)


def test_the_percentile_is_a_value_that_was_measured() -> None:
    """Nearest rank, as the usual definition has it."""
    assert percentile([4.0, 1.0, 3.0, 2.0], 50) == 2.0
    assert percentile(range(1, 101), 99) == 99
    assert percentile([7.0], 99) == 7.0
    assert math.isnan(percentile([], 50))


def test_what_was_accepted_and_never_seen_is_lost() -> None:
    """Stored are the accepted numbers that became visible, whatever else did."""
    tally = Tally()
    tally.accept("a", "N1", 0.1, is_spooled=False)
    tally.accept("b", "N2", 0.1, is_spooled=True)
    tally.visible_after |= {"N1": 0.5, "N9": 0.5}
    assert (tally.accepted, tally.stored, tally.lost, tally.spooled) == (2, 1, 1, 1)


def test_a_retry_that_gets_the_same_number_is_no_double() -> None:
    """An answer that was lost and asked for again is still one report."""
    tally = Tally()
    tally.accept("a", "N1", 0.1, is_spooled=False)
    tally.accept("a", "N1", 0.1, is_spooled=False)
    assert tally.accepted == 1
    assert tally.doubled(set(), {"N1"}) == 0


def test_a_retry_that_gets_another_number_is_a_double() -> None:
    """One report with two numbers is one too many, and so is a request in the store that nobody accepted."""
    tally = Tally()
    tally.accept("a", "N1", 0.1, is_spooled=False)
    tally.accept("a", "N2", 0.1, is_spooled=False)
    assert tally.doubled(set(), {"N1"}) == 1
    other = Tally()
    other.accept("a", "N1", 0.1, is_spooled=False)
    assert other.doubled({"OLD"}, {"OLD", "N1", "N2"}) == 1


def test_a_replay_of_what_is_there_adds_nothing() -> None:
    """The second replay of a file finds its numbers in the store, and doubles none."""
    tally = Tally()
    tally.accept("a", "N1", 0.1, is_spooled=False)
    assert tally.doubled({"N1"}, {"N1"}) == 0
