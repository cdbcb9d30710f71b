"""Hashtags as people mean them: any case, any width, and no other tag that merely begins like ours. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_TAG: Final = re.compile(r"(?<![\w&/#])#(\w+)")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def folded(tag: str) -> str:
    """A hashtag for comparison: compatibility form (NFKC), case folded, without its sign."""
    return _folded(tag).removeprefix("#")


def in_text(text: str) -> frozenset[str]:
    """The hashtags of a text, folded."""
    return frozenset(_TAG.findall(_folded(text)))


def any_of(found: frozenset[str], wanted: Iterable[str]) -> bool:
    """Whether one of ``wanted`` is among the folded ``found``."""
    return not found.isdisjoint({folded(tag) for tag in wanted})
