"""``cary311 normalizer``: what a terminal sees."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from normalizer.cli import app
from shared.errors import ConfigurationError

RUNNER = CliRunner()


def test_evaluate_prints_every_figure(tmp_path: Path) -> None:
    """With intervals, what was taken for what, and the cost."""
    file = tmp_path / "texts.jsonl"
    rows = ['{"text": "a pothole in the road", "accept": ["ST-POTHOLE"]}', '{"text": "the pothole is deep", "service_code": "TREE"}']
    file.write_text("\n".join(rows), encoding="utf-8")
    result = RUNNER.invoke(app, ["evaluate", str(file)], env={"COLUMNS": "120"}, catch_exceptions=False)
    assert result.exit_code == 0
    for words in (
        "2 texts of texts.jsonl",
        "top-1",
        "0.500 (0.000 - 1.000)",
        "top-3",
        "macro",
        "calibration error",
        "95 % precision",
        "µs CPU a text",
    ):
        assert words in result.stdout
    assert any("TREE" in line and "ST-POTHOLE" in line for line in result.stdout.splitlines())
    assert "deep" not in result.stdout


def test_evaluate_prints_what_the_file_labels(tmp_path: Path) -> None:
    """Emergencies, languages and personal data each where they are labelled, and nothing of what is not; never a text."""
    file = tmp_path / "texts.jsonl"
    rows = [
        '{"text": "My kitchen is on fire, everything burns", "emergency": "911", "language": "en"}',
        '{"text": "write to ada@example.org about the cart", "personal": [{"kind": "email", "text": "ada@example.org"}]}',
        '{"text": "the cart is broken", "personal": [], "emergency": "none"}',
    ]
    file.write_text("\n".join(rows), encoding="utf-8")
    result = RUNNER.invoke(app, ["evaluate", str(file)], env={"COLUMNS": "120"}, catch_exceptions=False)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert any("any emergency" in line and line.count("1.000 (1.000 - 1.000)") == 2 for line in lines)
    assert any("email" in line and "1.000 (1.000 - 1.000)" in line for line in lines)
    assert any("any language" in line for line in lines)
    assert sum("False alarms: 0.000 (0.000 - 0.000) of 1 texts" in line for line in lines) == 2
    assert "top-1" not in result.stdout
    assert "ada@" not in result.stdout


def test_evaluate_tells_of_kinds_where_the_file_does(tmp_path: Path) -> None:
    """Alone, where no row has a service; a text is never shown."""
    file = tmp_path / "texts.jsonl"
    rows = ['{"text": "what are your opening hours?", "kind": "inquiry"}', '{"text": "the pothole is deep", "kind": "neither"}']
    file.write_text("\n".join(rows), encoding="utf-8")
    result = RUNNER.invoke(app, ["evaluate", str(file)], env={"COLUMNS": "160"}, catch_exceptions=False)
    assert result.exit_code == 0
    assert "Question, request or neither: 2 texts" in result.stdout
    assert "top-1" not in result.stdout
    [line] = [line for line in result.stdout.splitlines() if line.split("│")[1:2] == [" inquiry         "]]
    assert [cell.strip() for cell in line.split("│")[2:5]] == ["1", "1.000", "1.000"]
    assert "deep" not in result.stdout


def test_what_residents_wrote_does_not_become_part_of_the_package(tmp_path: Path) -> None:
    """A model with corrections in it needs a place of its own."""
    file = tmp_path / "corrections.jsonl"
    file.write_text('{"text": "a pothole", "service_code": "TREE"}', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="must not become part of the package; name another file"):
        RUNNER.invoke(app, ["train", "--corrections", str(file)], catch_exceptions=False)
