"""Labelled texts from a file of JSON lines: what ``make evaluate`` measures on, and advocates' corrections."""

import hashlib
import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.contracts import Emergency, Nature, PersonalKind
from shared.errors import ConfigurationError

APART: Final = Path(__file__).with_name("apart.jsonl")
"""Our own texts, which were not written as examples, and which no rule was written for."""
EMERGENCIES: Final[dict[str, Emergency | None]] = {"911": Emergency.LIFE_SAFETY, "water": Emergency.WATER_SEWER, "none": None}


class Personal(NamedTuple):
    """A stretch that must be masked, as it stands in the text."""

    kind: PersonalKind
    text: str


class LabelledText(NamedTuple):
    """A text and what would be right. What nobody labelled is not measured."""

    subject: str
    text: str
    accept: tuple[str, ...]
    """Codes of services; the first is the one it counts under. Empty: not labelled."""
    emergency: str | None = None
    """One of ``EMERGENCIES``."""
    language: str | None = None
    """BCP 47."""
    personal: tuple[Personal, ...] | None = None
    """All that must be masked, in the order of the text."""
    kind: Nature | None = None
    """Question, request or neither."""


def read_labelled(path: Path, codes: Collection[str], *, needs_service: bool = False) -> list[LabelledText]:
    """The texts of the file: ``text``, ``subject`` where there is one, and any of the labels ``accept`` (a list of codes) or
    ``service_code``, ``kind`` (``inquiry``, ``request``, ``neither``), ``emergency``, ``language`` and ``personal`` (a list of ``kind``
    and ``text``).

    Args:
        path: one JSON object a line; empty lines do not count.
        codes: those of the catalogue.
        needs_service: whether every text must say its service.

    Raises:
        ConfigurationError: naming the file, the line and what is wrong with it; never the text.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {type(error).__name__}") from None
    found = [
        _labelled(line, f"{path.name}, line {number}", codes, needs_service=needs_service)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not found:
        raise ConfigurationError(f"{path.name} holds no texts")
    return found


def read_apart(codes: Collection[str]) -> list[LabelledText]:
    """The texts that were written apart; of a catalogue that lacks some of the services, the others."""
    rows = [LabelledText("", row["text"], tuple(row["accept"])) for row in map(json.loads, APART.read_text(encoding="utf-8").splitlines())]
    return [row for row in rows if all(code in codes for code in row.accept)]


def version_of(texts: Sequence[LabelledText]) -> str:
    """SHA-256 of texts and their services, in hexadecimal."""
    learnt = [(one.subject, one.text, one.accept) for one in texts]
    return hashlib.sha256(json.dumps(learnt, ensure_ascii=True).encode()).hexdigest()


def _labelled(line: str, where: str, codes: Collection[str], *, needs_service: bool) -> LabelledText:
    try:
        row: Any = json.loads(line)
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{where}: is no JSON") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise ConfigurationError(f"{where}: must be an object with a text")
    labels = {name: row[name] for name in ("emergency", "language", "personal", "kind") if row.get(name) is not None}
    is_of_a_service = needs_service or not labels or "accept" in row or "service_code" in row
    subject = row.get("subject")
    return LabelledText(
        subject if isinstance(subject, str) else "",
        row["text"],
        _accept(row, where, codes) if is_of_a_service else (),
        _choice(labels.get("emergency"), EMERGENCIES, f"{where}: emergency"),
        _language(labels.get("language"), where),
        _personal(labels["personal"], row["text"], where) if "personal" in labels else None,
        _kind(labels.get("kind"), where),
    )


def _accept(row: dict[str, Any], where: str, codes: Collection[str]) -> tuple[str, ...]:
    accept = row.get("accept") or [row.get("service_code")]
    if not isinstance(accept, list) or not all(isinstance(code, str) for code in accept):
        raise ConfigurationError(f"{where}: must say what is right, by accept (a list of codes) or service_code")
    if unknown := [code for code in accept if code not in codes]:
        raise ConfigurationError(f"{where}: {unknown[0]!r} is no service of the catalogue")
    return tuple(accept)


def _choice(value: object, choices: Collection[str], where: str) -> str | None:
    if value is None or (isinstance(value, str) and value in choices):
        return value
    raise ConfigurationError(f"{where} must be one of {', '.join(choices)}")


def _language(value: object, where: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise ConfigurationError(f"{where}: language must be a code such as en")


def _personal(items: object, text: str, where: str) -> tuple[Personal, ...]:
    wrong = ConfigurationError(f"{where}: personal must be a list of kind and text, each as it stands in the text")
    if not isinstance(items, list):
        raise wrong
    found = []
    for item in items:
        stretch = item.get("text") if isinstance(item, dict) else None
        if not isinstance(stretch, str) or not stretch or stretch not in text or item.get("kind") not in list(PersonalKind):
            raise wrong
        found.append(Personal(PersonalKind(item["kind"]), stretch))
    return tuple(found)


def _kind(written: object, where: str) -> Nature | None:
    if written is None:
        return None
    known = {"inquiry": Nature.INQUIRY, "request": Nature.SERVICE_REQUEST, "neither": Nature.NEITHER}
    if not isinstance(written, str) or written not in known:
        raise ConfigurationError(f"{where}: kind must be {', '.join(known)}")
    return known[written]
