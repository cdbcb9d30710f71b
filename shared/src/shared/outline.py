"""The shape of a message without what it says: for an operator who must see why it could not be handled, and nothing of a resident."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from shared.contracts import Channel
from shared.contracts.codec import ALL_KINDS
from shared.contracts.schemas import DECODERS

MAX_LINES: Final = 200
MAX_DEPTH: Final = 12
_IDS: Final = frozenset({"service_request_id", "submission_id", "event_id", "announcement_id"})
_ID: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{12}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_WORDS: Final = {"kind": ALL_KINDS, "channel": frozenset(map(str, Channel))}
"""Fields that are told where they hold one of these."""
MAX_VERSION: Final = 1_000


def outline(value: bytes | None, topic: str) -> list[str]:
    """One line for each field, as ``report.description: text of 57 characters``. Never raises.

    A field that the contract of ``topic`` does not know is counted and not named: its name may be anything.
    """
    if not value:
        return ["no value" if value is None else "empty"]
    try:
        content = json.loads(value)
    except (ValueError, RecursionError):
        return [f"no JSON: {len(value)} bytes"]
    lines: list[str] = []
    for line in _lines(content, "", _names(topic), 0):
        if len(lines) == MAX_LINES:
            return [*lines, "and more"]
        lines.append(line)
    return lines


@lru_cache(maxsize=16)
def _names(topic: str) -> frozenset[str]:
    decoder = DECODERS.get(topic)
    return frozenset(_properties(decoder.adapter.json_schema(mode="serialization"))) if decoder else frozenset()


def _properties(schema: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(schema, dict):
        yield from schema.get("properties", ())
        for part in schema.values():
            yield from _properties(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _properties(part)


def _lines(value: Any, path: str, known: frozenset[str], depth: int) -> Iterator[str]:  # noqa: ANN401 - JSON
    where = path or "the message"
    if depth == MAX_DEPTH and isinstance(value, dict | list):
        yield f"{where}: deeper than {MAX_DEPTH} levels"
    elif isinstance(value, dict):
        unknown = len(value.keys() - known)
        for name in sorted(value.keys() & known):
            yield from _lines(value[name], f"{path}.{name}" if path else name, known, depth + 1)
        if unknown or not value:
            yield f"{where}: {unknown} unknown fields"
    elif isinstance(value, list):
        yield f"{where}: list of {len(value)}"
        for index, item in enumerate(value):
            yield from _lines(item, f"{path}[{index}]", known, depth + 1)
    else:
        yield f"{where}: {_told(path.rpartition('.')[2], value)}"


def _told(name: str, value: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int | float):
        return str(value) if name == "schema_version" and value in range(MAX_VERSION) else "number"
    is_told = value in _WORDS.get(name, ()) or (name in _IDS and _ID.fullmatch(value))
    return value if is_told else f"text of {len(value)} characters"
