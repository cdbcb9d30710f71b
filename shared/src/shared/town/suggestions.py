"""Suggests services while somebody types: their keywords against the words so far. A rule, no model; linear in the text.

Words are compared without case, accents and endings. A keyword of several words fits when all of them occur, in any order; the
last word may still be unfinished. Rare words weigh more than those that many services share.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from shared.contracts import Language
from shared.town.folding import without_accents
from shared.town.services import ServiceDefinition

MAX_WORDS = 2_000
MIN_TYPED = 3
"""An unfinished word is only guessed from this many letters on."""
MIN_STEM = 3
MAX_WORD = 30

_WORD = re.compile(r"[^\W_]+")
# Only endings that leave the meaning: plurals, -ed, -ing, and the vowel that Spanish bends.
_ENDINGS = {
    Language.EN: ("ings", "ing", "ies", "ied", "ed", "es", "s", "e", "y"),
    Language.ES: ("iones", "ion", "adas", "ados", "ada", "ado", "as", "os", "es", "a", "o", "e", "s"),
}
_SMALL_WORDS = {
    Language.EN: frozenset(
        [
            "a",
            "an",
            "and",
            "at",
            "by",
            "for",
            "from",
            "has",
            "have",
            "in",
            "is",
            "it",
            "my",
            "of",
            "on",
            "or",
            "our",
            "the",
            "this",
            "to",
            "was",
            "were",
            "with",
        ]
    ),
    Language.ES: frozenset(
        [
            "a",
            "al",
            "con",
            "de",
            "del",
            "el",
            "en",
            "es",
            "esta",
            "hay",
            "la",
            "las",
            "lo",
            "los",
            "mi",
            "mis",
            "o",
            "para",
            "por",
            "que",
            "se",
            "su",
            "un",
            "una",
            "y",
        ]
    ),
}


def _stem(word: str, language: Language) -> str:
    for ending in _ENDINGS[language]:
        if word.endswith(ending) and len(word) - len(ending) >= MIN_STEM:
            return word[: -len(ending)]
    return word


def _words(text: str) -> Iterator[str]:
    return (match.group()[:MAX_WORD] for match in _WORD.finditer(without_accents(text)))


@dataclass(frozen=True, slots=True)
class _Keyword:
    place: int
    """The service's place in the catalogue."""
    stems: frozenset[str]


class _LanguageIndex:
    """The keywords of one language by the stems of their words."""

    def __init__(self, phrases: Sequence[Sequence[str]], language: Language) -> None:
        self._language = language
        self._keywords = [
            _Keyword(place, stems) for place, service in enumerate(phrases) for phrase in service if (stems := self._stems(phrase))
        ]
        self._by_stem: dict[str, list[int]] = defaultdict(list)
        services_of: dict[str, set[int]] = defaultdict(set)
        for number, keyword in enumerate(self._keywords):
            for stem in keyword.stems:
                self._by_stem[stem].append(number)
                services_of[stem].add(keyword.place)
        self._weights = {stem: math.log(1 + len(phrases) / len(places)) for stem, places in services_of.items()}
        self._by_beginning: dict[str, set[str]] = defaultdict(set)
        for phrase in (phrase for service in phrases for phrase in service):
            for word in _words(phrase):
                for end in range(MIN_TYPED, len(word)):
                    self._by_beginning[word[:end]].add(_stem(word, language))

    def _stems(self, text: str) -> frozenset[str]:
        small = _SMALL_WORDS[self._language]
        return frozenset(_stem(word, self._language) for word in _words(text) if word not in small)

    def scores(self, text: str) -> dict[int, float]:
        """The places of fitting services and how well they fit: each word of a keyword counts once a service."""
        words = list(islice(_words(text), MAX_WORDS))
        if not words:
            return {}
        present = {_stem(word, self._language) for word in words}
        if _stem(words[-1], self._language) not in self._by_stem:
            present |= self._by_beginning.get(words[-1], set())
        hits: dict[int, int] = defaultdict(int)
        for stem in present & self._by_stem.keys():
            for number in self._by_stem[stem]:
                hits[number] += 1
        matched: dict[int, set[str]] = defaultdict(set)
        for number, count in hits.items():
            keyword = self._keywords[number]
            if count == len(keyword.stems):
                matched[keyword.place] |= keyword.stems
        return {place: math.fsum(self._weights[stem] for stem in stems) for place, stems in matched.items()}


class SuggestionIndex:
    """The keywords of all services, in every language."""

    def __init__(self, services: Sequence[ServiceDefinition]) -> None:
        self._codes = [service.code for service in services]
        self._indexes = {
            Language.EN: _LanguageIndex([service.keywords for service in services], Language.EN),
            Language.ES: _LanguageIndex([service.keywords_es for service in services], Language.ES),
        }

    def find(self, text: str, language: Language, limit: int) -> list[str]:
        """Codes of the best fitting services; where nothing fits in ``language``, by the other languages' keywords."""
        for index in sorted(self._indexes, key=lambda one: one is not language):
            scores = self._indexes[index].scores(text)
            if scores:
                best = sorted(scores, key=lambda place: (-scores[place], place))[:limit]
                return [self._codes[place] for place in best]
        return []
