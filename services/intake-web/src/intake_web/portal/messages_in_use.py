"""Every text that the portal can show, found in the templates and the code: what a translation must have."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.extract import extract_from_dir

HERE = Path(__file__).parent
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
_OPTIONS = {"templates/**.html": {"trimmed": "true", "extensions": "jinja2.ext.i18n"}}
_KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "mark": None, "ngettext": (1, 2), "gettext": None}


@dataclass(frozen=True, slots=True)
class MessageInUse:
    """A text and where it stands."""

    text: str
    plural: str | None
    place: str
    """File and line."""


def messages_in_use() -> Iterator[MessageInUse]:
    """The texts, in the order of the files."""
    for file, line, message, _comments, _context in extract_from_dir(str(HERE), _METHODS, _OPTIONS, _KEYWORDS):
        singular, plural = message[:2] if isinstance(message, tuple) else (message, None)
        yield MessageInUse(singular, plural, f"{file}:{line}")
