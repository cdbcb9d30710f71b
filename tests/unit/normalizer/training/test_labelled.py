"""Files of labelled texts: what is wrong in one is said with its line, never with its text."""

from pathlib import Path

import pytest

from normalizer.training.labelled import LabelledText, Personal, read_labelled
from shared.contracts import Nature, PersonalKind
from shared.errors import ConfigurationError


def test_rows_say_what_is_right(tmp_path: Path) -> None:
    """By a list or by one code; a subject and unknown fields may be there."""
    file = tmp_path / "texts.jsonl"
    file.write_text(
        '{"text": "a", "accept": ["A", "B"], "id": 7}\n\n{"text": "b", "service_code": "B", "subject": "s"}\n', encoding="utf-8"
    )
    assert read_labelled(file, {"A", "B"}) == [LabelledText("", "a", ("A", "B")), LabelledText("s", "b", ("B",))]


def test_a_file_may_label_other_things_than_services(tmp_path: Path) -> None:
    """What of them is known; the rest is not measured. Advocates' corrections need a service."""
    file = tmp_path / "texts.jsonl"
    file.write_text(
        '{"text": "a", "emergency": "none"}\n'
        '{"text": "jo@example.org", "language": "en", "personal": [{"kind": "email", "text": "jo@example.org"}]}',
        encoding="utf-8",
    )
    assert read_labelled(file, {"A"}) == [
        LabelledText("", "a", (), emergency="none"),
        LabelledText("", "jo@example.org", (), language="en", personal=(Personal(PersonalKind.EMAIL, "jo@example.org"),)),
    ]
    with pytest.raises(ConfigurationError, match="line 1: must say what is right, by accept"):
        read_labelled(file, {"A"}, needs_service=True)


def test_a_row_may_say_its_kind_alone(tmp_path: Path) -> None:
    """Question, request or neither, beside the service or without it."""
    file = tmp_path / "texts.jsonl"
    file.write_text('{"text": "a", "kind": "inquiry"}\n{"text": "b", "kind": "request", "accept": ["B"]}\n', encoding="utf-8")
    assert read_labelled(file, {"B"}) == [
        LabelledText("", "a", (), kind=Nature.INQUIRY),
        LabelledText("", "b", ("B",), kind=Nature.SERVICE_REQUEST),
    ]


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
        ('{"text": "secret", "emergency": "fire"}', "line 1: emergency must be one of 911, water, none"),
        ('{"text": "secret", "language": 7}', "line 1: language must be a code"),
        ('{"text": "secret", "personal": {}}', "line 1: personal must be a list"),
        (
            '{"text": "secret", "personal": [{"kind": "email", "text": "absent"}]}',
            "line 1: personal must be a list of kind and text, each as it",
        ),
        ('{"text": "secret", "personal": [{"kind": "pet", "text": "secret"}]}', "line 1: personal must be a list of kind and text"),
        ('{"text": "secret", "personal": [{"kind": ["email"], "text": "secret"}]}', "line 1: personal must be a list of kind and text"),
        ('{"text": "secret", "kind": "praise"}', "line 1: kind must be inquiry, request, neither"),
        ('{"text": "secret", "kind": 7, "accept": ["A"]}', "line 1: kind must be"),
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
