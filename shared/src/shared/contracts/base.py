"""What every contract has in common: frozen, strict about what is written, tolerant about what is read."""

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, PlainSerializer, StringConstraints, ValidationError


def _whole_milliseconds_in_utc(moment: datetime) -> datetime:
    """MongoDB keeps milliseconds; a contract keeps no more, so that what comes back from the store is equal to what was sent."""
    moment = moment.astimezone(UTC)
    excess = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - excess) if excess else moment


@lru_cache(maxsize=1024)  # a message and what is made of it name the same few moments again and again
def _to_json(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Timestamp = Annotated[
    AwareDatetime, AfterValidator(_whole_milliseconds_in_utc), PlainSerializer(_to_json, return_type=str, when_used="json")
]
"""An aware moment in UTC, cut to whole milliseconds; RFC 3339 with ``Z`` in JSON."""

ServiceRequestId = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{12}$")]
"""A tracking number in canonical form: twelve upper-case Crockford base32 symbols (see ``shared.tracking_number``)."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""A short identifier of ours: a service code, an attribute code, an id of a staff member or a key."""

Line = Annotated[str, StringConstraints(max_length=1_000)]
"""One line of text: a name, an address, a subject."""

LongText = Annotated[str, StringConstraints(max_length=40_000)]
"""Free text after cleaning; what is longer goes to an attachment, ``Text.cut_characters`` tells how much was cut."""


class Contract(BaseModel):
    """A frozen part of a message.

    Readers ignore unknown fields (``extra="ignore"``), the type checker refuses unknown keyword arguments of writers, and a
    validation error never shows the input, because the input is what a resident wrote.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        allow_inf_nan=False,
        hide_input_in_errors=True,
        ser_json_inf_nan="null",
        use_attribute_docstrings=True,
    )


class Message(Contract):
    """A whole record value: what a topic carries. ``encode`` once, ``decode`` once."""

    def encode(self) -> bytes:
        """The canonical JSON bytes of this message: the same message always gives the same bytes."""
        return self.__pydantic_serializer__.to_json(self)


def describe(error: ValidationError) -> str:
    """Field paths and error types of a validation error, at most five, without any of the data."""
    items = error.errors(include_url=False, include_context=False, include_input=False)[:5]
    return " ".join(f"{'.'.join(str(step) for step in item['loc'])[:80]}={item['type']}" for item in items)


def announced_version(data: bytes) -> tuple[str | None, int | None]:
    """``kind`` and ``schema_version`` of a record that failed validation; (None, None) where it is not even a JSON object.

    Raises:
        RecursionError, ValueError: never; a record that cannot be read is simply unknown.
    """
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(parsed, dict):
        return None, None
    kind, version = parsed.get("kind"), parsed.get("schema_version")
    return (kind if isinstance(kind, str) else None), (version if isinstance(version, int) and not isinstance(version, bool) else None)
