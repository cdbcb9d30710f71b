"""What is personal because of the word before it: accounts, licences, passports, plates, dates of birth.

A known word tries the few patterns that begin with it, where it stands. Every repetition in
them is bounded and every group that could be read in two ways is atomic, so that a word costs the same whatever follows it.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from shared.contracts import PersonalKind
from shared.pii.found import Found


class Rule(NamedTuple):
    """What may follow a word."""

    words: str
    """The words that the pattern may begin with, in lower case, separated by blanks."""
    kind: PersonalKind
    pattern: re.Pattern[str]
    """Matched where the word begins; its groups are what is personal."""
    is_likely: Callable[[str], bool] = bool
    """The check on a group."""


def rule(words: str, kind: PersonalKind, said: str, value: str, is_likely: Callable[[str], bool] = bool) -> Rule:
    """A rule from what is said, whatever its case, and the pattern of the value with its group."""
    return Rule(words, kind, re.compile(rf"(?i:{said}){value}"), is_likely)


class Word(NamedTuple):
    """A known word in a text."""

    small: str
    start: int


_WORD: Final = re.compile(r"(?<![^\W_])[^\W\d_]+")


def known_words(text: str, known: frozenset[str]) -> list[Word]:
    """Those words of the text that somebody asks about, in their order: the one pass over all of them."""
    return [Word(small, match.start()) for match in _WORD.finditer(text) if (small := match.group().lower()) in known]


def index(rules: tuple[Rule, ...]) -> dict[str, tuple[Rule, ...]]:
    """The rules by the word that they begin with."""
    words = {word for rule in rules for word in rule.words.split()}
    return {word: tuple(rule for rule in rules if word in rule.words.split()) for word in words}


def said(text: str, words: list[Word], rules: dict[str, tuple[Rule, ...]]) -> Iterator[Found]:
    """Everything that follows its word in a text with look-alikes folded."""
    for word in words:
        for rule in rules.get(word.small, ()):
            match = rule.pattern.match(text, word.start)
            if match is None:
                continue
            for number, value in enumerate(match.groups(), start=1):
                if value and rule.is_likely(value):
                    yield Found(match.start(number), match.end(number), rule.kind)
