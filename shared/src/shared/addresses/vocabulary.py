"""The words that addresses are made of (``vocabulary.toml``), folded as ``Word.key`` is. A new word is a word in a table."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

_TABLES: Final[Mapping[str, Mapping[str, str]]] = tomllib.loads(
    files("shared.addresses").joinpath("vocabulary.toml").read_text(encoding="utf-8")
)


def _words(part: str, table: str) -> frozenset[str]:
    return frozenset(_TABLES[part][table].split())


def _pairs(part: str, table: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in _TABLES[part][table].split())


# USPS Publication 28
SUFFIXES: Final = {word: line.split()[0] for line in _TABLES["postal"]["suffixes"].strip().splitlines() for word in line.split()}
"""Street suffixes by every way to write them: ``STREET`` is ``ST``."""
DIRECTIONS: Final = _pairs("postal", "directions")
SHORT_DIRECTIONS: Final = frozenset(DIRECTIONS.values())
SPELLED: Final = {short: word for word, short in DIRECTIONS.items() if word not in SHORT_DIRECTIONS}
UNITS: Final = _words("postal", "units")
STATES: Final = _words("postal", "states")
ORDINALS: Final = _pairs("postal", "ordinals")
IN_FULL: Final = _pairs("postal", "in_full")

# Parts of addresses in a text
ABBREVIATIONS: Final = _words("streets", "abbreviations")
USUAL: Final = _words("streets", "usual")
PROPER: Final = USUAL | _words("streets", "proper")
ORDINARY: Final = _words("streets", "ordinary")
PLAIN: Final = _words("streets", "plain")
LEADS: Final = _words("streets", "leads")
HIGHWAYS: Final = _words("streets", "highways")
COMMON: Final = _words("streets", "common")

# What stands around them
FUNCTION_WORDS: Final = _words("text", "function")
THINGS: Final = _words("text", "things")
COUNTS: Final = _words("text", "counts")
NO_HOUSE_AFTER: Final = _words("text", "no_house_after")
AT_HOME: Final = _words("text", "at_home")
ONTO: Final = _words("text", "onto")
MEETINGS: Final = _words("text", "meetings")
LINKS: Final = _words("text", "links")
CLOSE_LINKS: Final = _words("text", "close_links")
BETWEEN: Final = _words("text", "between")
BLOCKS: Final = _words("text", "blocks")
HINTS: Final = PROPER | LEADS | HIGHWAYS | MEETINGS | BLOCKS | {"US", "&", "@"}
"""A text with none of these names no place that we would find, but by a direction (4350 N Broadway) or two common names."""
NEVER_FIRST: Final = (FUNCTION_WORDS | THINGS) - LEADS - MEETINGS - HIGHWAYS - DIRECTIONS.keys() - {"US"}
"""Words that no place begins with."""
