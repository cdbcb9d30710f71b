"""Files of labelled texts: what is wrong in one is said with its line, never with its text."""

from pathlib import Path

import pytest

from normalizer.training.labelled import LabelledText, read_labelled
from shared.errors import ConfigurationError


def test_rows_say_what_is_right(tmp_path: Path) -> None:
    """By a list or by one code; a subject and unknown fields may be there."""
    file = tmp_path / "texts.jsonl"
    file.write_text(
        '{"text": "a", "accept": ["A", "B"], "id": 7}\n\n{"text": "b", "service_code": "B", "subject": "s"}\n', encoding="utf-8"
    )
    assert read_labelled(file, {"A", "B"}) == [LabelledText("", "a", ("A", "B")), LabelledText("s", "b", ("B",))]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("secret", "line 1: is no JSON"),
        ("[" * 100_000, "line 1: is no JSON"),
        ('["secret"]', "line 1: must be an object with a text"),
        ('{"text": 1}', "line 1: must be an object with a text"),
        ('{"text": "secret"}', "line 1: must say what is right, by accept"),
        ('{"text": "secret", "accept": "A"}', "line 1: must say what is right, by accept"),
        ('{"text": "secret", "accept": ["Z"]}', "line 1: 'Z' is no service of the catalogue"),
        ("", "holds no texts"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, line: str, complaint: str) -> None:
    """And the text is not repeated."""
    file = tmp_path / "texts.jsonl"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=complaint) as caught:
        read_labelled(file, {"A"})
    assert "secret" not in str(caught.value)
