"""Does a text sound as if somebody should phone at once? Rules in ``emergencies.yaml``, tuned to miss none; pure, in linear time.

A rule is a list of phrases. It holds where one of them occurs and nothing in the same sentence undoes it: the rule's own
``unless``, or words that say that it is over or only asked about, unless others say that it is now.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from pydantic import Field

from shared.contracts import Emergency
from shared.errors import ConfigurationError
from shared.town.configuration import Data, Sentence, checked, read_mapping
from shared.town.phrases import BLANK, BREAK, Phrase, PhraseError, PhraseIndex, Reading, any_of, word_sets
from shared.town.town import Key

BUNDLED: Final = Path(__file__).with_name("emergencies.yaml")
MAX_CHARACTERS: Final = 20_000
"""Of subject and text together; nobody in need writes more before saying so."""
MAX_DOUBTS: Final = 100
"""So many phrases of one text may be undone before it is left alone: keeps the time of a hostile text in bounds."""
SENTENCE_CHARACTERS: Final = 200
"""To each side of a phrase: what is further away does not undo it, even where no full stop stands between."""


class Found(NamedTuple):
    """Why somebody should phone at once."""

    emergency: Emergency
    rule: str
    """The rule's name."""
    phrase: str
    """The phrase as the rule has it; never the resident's words."""


class Localized(Data):
    """Phrases by language, for their readers; all are looked for in every text."""

    en: tuple[Sentence, ...] = ()
    es: tuple[Sentence, ...] = ()


class RuleEntry(Data):
    """A rule as the file has it."""

    name: Sentence
    emergency: Emergency
    phrases: Localized
    unless: Localized = Localized()


class EmergencyFile(Data):
    """The file."""

    words: Mapping[Key, str] = {}
    harmless: Localized = Localized()
    elsewhere: Localized = Localized()
    now: Localized = Localized()
    rules: Annotated[tuple[RuleEntry, ...], Field(min_length=1)]


class _Rule:
    """A rule that is ready to be looked for."""

    def __init__(self, entry: RuleEntry, phrases: Sequence[Phrase], unless: Sequence[Phrase]) -> None:
        self.name = entry.name
        self.emergency = entry.emergency
        self.phrases = phrases
        self._unless = unless

    @cached_property
    def unless(self) -> re.Pattern[str] | None:
        """What undoes it in the same sentence."""
        return any_of(self._unless)


class Emergencies:
    """The rules, read once at start."""

    def __init__(self, file: EmergencyFile, name: str, version: str) -> None:
        """Reads the phrases.

        Raises:
            ConfigurationError: naming the file, the rule, the phrase and what is wrong with it.
        """
        self.version = version
        """SHA-256 of the file, in hexadecimal."""
        try:
            self._sets = word_sets(file.words)
        except PhraseError as error:
            raise ConfigurationError(f"{name}: words: {error}") from None
        self._harmless = self._read(file.harmless, f"{name}: harmless")
        self._elsewhere = self._read(file.elsewhere, f"{name}: elsewhere")
        self._now = self._read(file.now, f"{name}: now")
        self._rules = [self._rule(entry, f"{name}: rule {entry.name}") for entry in file.rules]
        self._phrases = [(rule, phrase) for rule in self._rules for phrase in rule.phrases]
        self._index = PhraseIndex(phrase for _, phrase in self._phrases)
        self._harmless_index = PhraseIndex(self._harmless)

    def _rule(self, entry: RuleEntry, where: str) -> _Rule:
        phrases = self._read(entry.phrases, where)
        if not phrases:
            raise ConfigurationError(f"{where}: it has no phrases")
        return _Rule(entry, phrases, self._read(entry.unless, f"{where}: unless"))

    def _read(self, written: Localized, where: str) -> list[Phrase]:
        phrases = []
        for phrase in (*written.en, *written.es):
            try:
                phrases.append(Phrase(phrase, self._sets))
            except PhraseError as error:
                raise ConfigurationError(f"{where}: phrase {phrase!r}: {error}") from None
        return phrases

    def find(self, description: str, subject: str = "") -> Found | None:
        """The first rule that holds; None where nothing sounds like an emergency. Takes any ``str`` and never fails."""
        text = f"{subject}.\n{description[:MAX_CHARACTERS]}" if subject else description
        reading = Reading(text[:MAX_CHARACTERS])
        candidates = self._index.candidates(reading.words)
        if not candidates:
            return None
        line = self._without_harmless(reading)
        doubts = 0
        for place in candidates:
            rule, phrase = self._phrases[place]
            for match in phrase.expression.finditer(line):
                if self._holds(rule, _sentence(line, match.start(), match.end())):
                    return Found(rule.emergency, rule.name, phrase.written)
                doubts += 1
                if doubts >= MAX_DOUBTS:
                    return None
        return None

    def _without_harmless(self, reading: Reading) -> str:
        line = reading.line
        for place in self._harmless_index.candidates(reading.words):
            line = self._harmless[place].expression.sub(f"{BLANK} ", line)
        return line

    def _holds(self, rule: _Rule, sentence: str) -> bool:
        if rule.unless and rule.unless.search(sentence):
            return False
        is_elsewhere = self._elsewhere_expression and self._elsewhere_expression.search(sentence)
        return not is_elsewhere or bool(self._now_expression and self._now_expression.search(sentence))

    @cached_property
    def _elsewhere_expression(self) -> re.Pattern[str] | None:
        return any_of(self._elsewhere)

    @cached_property
    def _now_expression(self) -> re.Pattern[str] | None:
        return any_of(self._now)


def _sentence(line: str, start: int, end: int) -> str:
    """The words around a phrase, up to the ends of its sentence."""
    first, last = max(0, start - SENTENCE_CHARACTERS), min(len(line), end + SENTENCE_CHARACTERS)
    before = line.rfind(f" {BREAK} ", first, start)
    after = line.find(f" {BREAK} ", max(start, end - 1), last)
    return line[(first if before < 0 else before) : (last if after < 0 else after + 1)]


def load_emergencies(path: Path | None = None) -> Emergencies:
    """The rules from their file; None: from the one that comes with the package.

    Raises:
        ConfigurationError: naming the file, the rule and what is wrong with it.
    """
    path = path or BUNDLED
    content = read_mapping(path, "must hold a mapping with words, rules ...")
    file = checked(EmergencyFile, content, path.name)
    names = [rule.name for rule in file.rules]
    if len(set(names)) < len(names):
        raise ConfigurationError(f"{path.name}: two rules have the same name")
    return Emergencies(file, path.name, hashlib.sha256(path.read_bytes()).hexdigest())
