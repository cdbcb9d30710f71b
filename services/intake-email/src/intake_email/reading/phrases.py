"""What mail programs write around a quotation, in all languages of ``phrases.toml``. A new language is a line in its tables."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from itertools import chain
from typing import Final

BY_LANGUAGE: Final[Mapping[str, Mapping[str, list[str]]]] = tomllib.loads(
    files("intake_email.reading").joinpath("phrases.toml").read_text(encoding="utf-8")
)
"""Table, language, phrases."""


def _every(table: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(BY_LANGUAGE[table].values())))


WROTE: Final = _every("wrote")
ON: Final = _every("on")
FROM: Final = _every("from")
SENT: Final = _every("sent")
TO: Final = _every("to")
SUBJECT: Final = _every("subject")
ORIGINAL_MESSAGE: Final = _every("original_message")
FORWARDED: Final = _every("forwarded")
SENT_FROM: Final = _every("sent_from")
DEVICE_FIRST: Final = _every("device_first")
DEVICES: Final = _every("devices")
CONFIDENTIALITY: Final = _every("confidentiality")
