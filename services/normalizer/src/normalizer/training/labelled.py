"""Labelled texts from a file of JSON lines: what ``make evaluate`` measures on, and advocates' corrections."""

import hashlib
import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.errors import ConfigurationError

APART: Final = Path(__file__).with_name("apart.jsonl")
"""Our own texts, which were not written as examples, and which no rule was written for."""


class LabelledText(NamedTuple):
    """A text and what would be right."""

    subject: str
    text: str
    accept: tuple[str, ...]
    """Codes of services; the first is the one it counts under."""


def read_labelled(path: Path, codes: Collection[str]) -> list[LabelledText]:
    """The texts of the file: ``text``, ``subject`` where there is one, and ``accept`` (a list of codes) or ``service_code``.

    Args:
        path: one JSON object a line; empty lines do not count.
        codes: those of the catalogue.

    Raises:
        ConfigurationError: naming the file, the line and what is wrong with it; never the text.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {type(error).__name__}") from None
    found = [_labelled(line, f"{path.name}, line {number}", codes) for number, line in enumerate(lines, start=1) if line.strip()]
    if not found:
        raise ConfigurationError(f"{path.name} holds no texts")
    return found


def read_apart(codes: Collection[str]) -> list[LabelledText]:
    """The texts that were written apart; of a catalogue that lacks some of the services, the others."""
    rows = [LabelledText("", row["text"], tuple(row["accept"])) for row in map(json.loads, APART.read_text(encoding="utf-8").splitlines())]
    return [row for row in rows if all(code in codes for code in row.accept)]


def version_of(texts: Sequence[LabelledText]) -> str:
    """SHA-256 of texts and labels, in hexadecimal."""
    return hashlib.sha256(json.dumps(texts, ensure_ascii=True).encode()).hexdigest()


def _labelled(line: str, where: str, codes: Collection[str]) -> LabelledText:
    try:
        row: Any = json.loads(line)
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{where}: is no JSON") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise ConfigurationError(f"{where}: must be an object with a text")
    accept = row.get("accept") or [row.get("service_code")]
    if not isinstance(accept, list) or not all(isinstance(code, str) for code in accept):
        raise ConfigurationError(f"{where}: must say what is right, by accept (a list of codes) or service_code")
    if unknown := [code for code in accept if code not in codes]:
        raise ConfigurationError(f"{where}: {unknown[0]!r} is no service of the catalogue")
    subject = row.get("subject")
    return LabelledText(subject if isinstance(subject, str) else "", row["text"], tuple(accept))
