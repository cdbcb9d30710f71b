"""The second fence around personal data in logs: what a caller lets slip by mistake is withheld here.

The first fence is the habit of logging ids only. This one is coarse and quick on purpose, and pulls in no phone-number library:
what the public may read is masked by ``shared.pii``, which is thorough.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from pathlib import PurePath
from typing import Final
from uuid import UUID

from shared.observability.failures import describe_failure

WITHHELD: Final = "[withheld]"
MAX_CHARACTERS: Final = 500
MAX_ITEMS: Final = 50
MAX_DEPTH: Final = 4

_PERSONAL_WORDS: Final = frozenset(
    # what somebody wrote
    {
        "text",
        "description",
        "subject",
        "body",
        "content",
        "payload",
        "data",
        "comment",
        "note",
        "notes",
        "quoted",
        "value",
        "raw",
        "html",
        "filename",
    }
    # who and where somebody is
    | {
        "email",
        "mail",
        "phone",
        "name",
        "first_name",
        "last_name",
        "reporter",
        "person",
        "contact",
        "sender",
        "recipient",
        "author",
        "to",
        "reply_to",
    }
    | {"address", "street", "place", "location", "lat", "long", "latitude", "longitude", "zipcode", "point", "account_id", "device_id"}
    # how somebody connects
    | {"ip", "client", "remote", "remote_addr", "peer", "user_agent", "query", "query_string"}
    # what opens doors
    | {"secret", "password", "token", "authorization", "cookie", "credential", "credentials", "api_key", "uri", "dsn"}
)
_PERSONAL_ENDINGS: Final = (
    "_text",
    "_body",
    "_email",
    "_phone",
    "_address",
    "_addresses",
    "_secret",
    "_token",
    "_password",
    "_uri",
    "_notes",
    "_comment",
)

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MARKS: Final = (
    # An e-mail address, or user:password@host of a connection string. A letter must follow the @: "topic-0@123" is a position.
    (re.compile(r"[^\s@<>\"'(),;]{1,320}@(?=[^\s@]{0,200}[^\W\d_])[^\s@<>\"'(),;]{1,320}"), "[email]"),
    (re.compile(r"(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])"), "[ssn]"),
    (re.compile(r"(?<![\w.-])(?:\d[ -]?){12,18}\d(?![\w-])"), "[card]"),
    (re.compile(r"(?<![\w.-])(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}(?![\w-])"), "[phone]"),
)


def is_personal_key(key: str) -> bool:
    """Whether a log field of this name may hold what a resident wrote, or a secret."""
    lowered = key.lower()
    return lowered in _PERSONAL_WORDS or lowered.endswith(_PERSONAL_ENDINGS)


def masked_line(text: str) -> str:
    """One line without control characters, e-mail addresses, phone, card and social security numbers, of at most ``MAX_CHARACTERS``."""
    line = _CONTROL.sub(" ", text[: MAX_CHARACTERS + 1])
    for pattern, mark in _MARKS:
        line = pattern.sub(mark, line)
    return line if len(text) <= MAX_CHARACTERS else line[:MAX_CHARACTERS] + "…"


def fenced(fields: Mapping[str, object]) -> dict[str, object]:
    """The fields as a log may hold them: JSON values only, personal ones withheld."""
    return _mapping(fields, MAX_DEPTH)


def _mapping(fields: Mapping[object, object] | Mapping[str, object], depth: int) -> dict[str, object]:
    return {
        masked_line(str(key)): WITHHELD if is_personal_key(str(key)) and value is not None else _value(value, depth)
        for key, value in list(fields.items())[:MAX_ITEMS]
    }


def _value(value: object, depth: int) -> object:  # noqa: PLR0911 - one line per kind of value
    match value:
        case Enum():  # first: a StrEnum is a str as well
            return _value(value.value, depth)
        case None | bool() | int() | float():
            return value
        case str():
            return masked_line(value)
        case UUID() | date() | datetime() | PurePath():
            return masked_line(str(value))
        case BaseException():
            return describe_failure(value)
        case bytes() | bytearray() | memoryview():
            return f"[{len(value)} bytes]"
        case Mapping() if depth > 0:
            return _mapping(value, depth - 1)
        case list() | tuple() | set() | frozenset() if depth > 0:
            return [_value(item, depth - 1) for item in list(value)[:MAX_ITEMS]]
        case type():
            return value.__qualname__
        case _:
            return f"[{type(value).__qualname__}]"  # its repr may quote anything
