"""A small language for phrases in the town's rules: words in a row, with choices and gaps, found in any text in linear time.

    on fire                 these words, one after another
    man|woman has? a? gun   one of several; ``?``: or nothing
    $person ..3 hurt_badly  a set of words; up to three words of the same sentence in between; ``_`` joins words of one choice
    fire !truck|station     not before one of these words
    ^ help $   ^ help .     where the text begins and ends, and a sentence ends

Words are compared without case, accents and apostrophes. Every repetition is bounded, so that no text makes a search slow.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

from shared.town.folding import without_accents

MAX_GAP: Final = 20
"""Words that may lie between two of a phrase."""
BLANK: Final = "_"
"""Stands for words that are not looked at."""
BREAK: Final = "."
"""Stands between sentences."""
_USUAL_GAP: Final = 4
_SHORT: Final = 3
"""Letters of words that are in nearly every text, and therefore tell little."""
_EDGES: Final = frozenset("^$.")
_TOKEN: Final = re.compile(r"[^\W_]+|[.!?;]+(?=\s|$)|\n[ \t]*\n")
_WORD: Final = re.compile(r"[a-z0-9]+")
_DRAWN_OUT: Final = re.compile(r"([a-z])\1{2,}")
_APOSTROPHES: Final = {ord(sign): None for sign in "'`\u2018\u2019\u00b4\u02bc"}
_GAP: Final = re.compile(r"\.\.(\d{0,2})")


class PhraseError(ValueError):
    """A phrase is not written as phrases are; the message says what is wrong with it."""


def plain(text: str) -> str:
    """Without case, accents and apostrophes, drawn-out letters once."""
    folded = text.casefold()
    if not folded.isascii():
        folded = without_accents(folded.translate(_APOSTROPHES))
    return _DRAWN_OUT.sub(r"\1", folded.replace("'", "").replace("`", ""))


class Reading:
    """A text as phrases see it."""

    def __init__(self, text: str) -> None:
        tokens = [token if token[0].isalnum() else BREAK for token in _TOKEN.findall(plain(text))]
        self.words: frozenset[str] = frozenset(tokens)
        self.line = " ^ " + "".join(f"{token} " for token in tokens) + "$ "
        """The words with one blank between them and around them."""


class Phrase:
    """One phrase. Its expression is compiled when a text first has its words: most never do."""

    def __init__(self, written: str, sets: Mapping[str, Sequence[str]]) -> None:
        """Reads it.

        Raises:
            PhraseError: what is wrong with it.
        """
        self.written = written
        pieces: list[str] = []
        needed: list[frozenset[str]] = []
        for step in written.split():
            gap = _GAP.fullmatch(step)
            if gap:
                pieces.append(_gap(gap[1]))
                continue
            choices = _choices(step.removesuffix("?").removeprefix("!"), sets)
            alternatives = "|".join(re.escape(choice) for choice in sorted(choices, key=lambda one: (-len(one), one)))
            if step.startswith("!"):
                pieces.append(f"(?!(?:{alternatives}) )")
                continue
            pieces.append(f"(?:(?:{alternatives}) )?" if step.endswith("?") else f"(?:{alternatives}) ")
            if not step.endswith("?") and not _EDGES.intersection(choices):
                needed.append(frozenset(max(choice.split(), key=len) for choice in choices))
        if not needed:
            raise PhraseError("it needs a word that must be there")
        self.needed = tuple(needed)
        """Of each of these sets a word is in every text that fits."""
        self.anchor = min(needed, key=lambda words: (min(map(len, words)) <= _SHORT, len(words), -min(map(len, words))))
        """The set that is rarest in texts."""
        self._pattern = "".join(pieces)

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """On a ``Reading``'s line."""
        return re.compile(f"(?<= ){self._pattern}")

    def may_fit(self, words: Collection[str]) -> bool:
        """Whether the words that must be there are."""
        return all(not needed.isdisjoint(words) for needed in self.needed)


def _gap(digits: str) -> str:
    width = int(digits) if digits else _USUAL_GAP
    if not 1 <= width <= MAX_GAP:
        raise PhraseError(f"a gap has 1 to {MAX_GAP} words")
    return rf"(?:\w+ ){{0,{width}}}"


def _choices(step: str, sets: Mapping[str, Sequence[str]]) -> list[str]:
    choices: list[str] = []
    for choice in step.split("|"):
        if len(choice) > 1 and choice[0] == "$":
            if choice[1:] not in sets:
                raise PhraseError(f"there is no set of words {choice}")
            choices += sets[choice[1:]]
        else:
            choices.append(choice if choice in _EDGES else _words(choice))
    return choices


def _words(choice: str) -> str:
    words = [plain(word) for word in choice.split("_")]
    if not all(_WORD.fullmatch(word) for word in words):
        raise PhraseError(f"{choice!r} is no word")
    return " ".join(words)


def word_sets(written: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The sets by name, from their words with blanks between; a set may hold those that stand before it.

    Raises:
        PhraseError: naming what is wrong.
    """
    sets: dict[str, tuple[str, ...]] = {}
    for name, words in written.items():
        sets[name] = tuple(dict.fromkeys(choice for word in words.split() for choice in _choices(word, sets)))
    return sets


class PhraseIndex:
    """Phrases by their rarest words, so that a text meets only those that could fit."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._phrases = tuple(phrases)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        for place, phrase in enumerate(self._phrases):
            for word in phrase.anchor:
                self._by_word[word].append(place)
        self._known = frozenset(self._by_word)

    def candidates(self, words: frozenset[str]) -> list[int]:
        """The places, in order, of the phrases whose words are all there."""
        places = {place for word in words & self._known for place in self._by_word[word]}
        return sorted(place for place in places if self._phrases[place].may_fit(words))


def any_of(phrases: Sequence[Phrase]) -> re.Pattern[str] | None:
    """One expression for whichever of them; None where there is none."""
    return re.compile("|".join(phrase.expression.pattern for phrase in phrases)) if phrases else None
