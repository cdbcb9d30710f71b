r"""The catalogue's rules: weighted regular expressions that say for and against a service. Linear in the text, by construction.

A rule's pattern has RE2's syntax, so that no pattern and no text together can take more than linear time, and is matched on the
text as ``fold`` leaves it: lower case, no accents, no apostrophes, one blank between words. It begins where a word begins and ends
anywhere: ``leak`` fits "leaking", not "bleak"; ``out\b`` does not fit "outside". Words may lie in between where the pattern has a
gap such as ``.{0,40}``, which stands outside of parentheses: what lies before and after it begins at a word, too.

Most of the work is one pass of one automaton that knows the pieces of all patterns (what lies between gaps). Only patterns whose
pieces all occur are looked at again, one by one, for where they fit.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import re2

from shared.errors import ConfigurationError
from shared.town.folding import fold

MAX_CHARACTERS: Final = 4_000
"""Of a text, from its start. What somebody wants stands there, and more would only cost."""
AUTOMATON_BYTES: Final = 32 * 1024 * 1024
"""What the automaton of all pieces may take; it needs about a tenth of it, and starts anew, slower, when it is full."""

_GAP = re.compile(r"\.\{0,\d{1,3}\}")
_ESCAPED = re.compile(r"\\.")
_UNFOLDED = re.compile(r"[A-Z'`]|[^ -~]")


class WeightedPattern(NamedTuple):
    """A rule: what fits it, and how much that says for the service (against it below zero)."""

    pattern: str
    weight: float


class RuleScore(NamedTuple):
    """What the rules say of one service."""

    score: float
    """The sum of the weights of the rules that fit, each once."""
    phrases: tuple[str, ...]
    """What fitted rules for the service, the heaviest first. Words of the resident, folded: as private as the text itself."""


def _options() -> re2.Options:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # folded text is ASCII, and a byte is a character
    options.never_capture = True
    options.log_errors = False
    options.max_mem = AUTOMATON_BYTES
    return options


def _pieces(pattern: str) -> list[bytes]:
    return [rb"\b(?:" + piece.strip().encode("latin-1") + rb")" for piece in _GAP.split(pattern)]


def pattern_fault(pattern: str) -> str | None:
    """What is wrong with a rule's pattern, in a sentence; None: nothing."""
    if _UNFOLDED.search(_ESCAPED.sub("", pattern)):
        return "is matched on folded text: write it in lower case, without accents and apostrophes"
    options = _options()
    for piece in _pieces(pattern):
        try:
            compiled = re2.compile(piece, options)
        except re2.error as error:
            reason = error.args[0].decode("ascii", "replace") if error.args and isinstance(error.args[0], bytes) else "not RE2's syntax"
            return f"is no regular expression ({reason}; a gap stands outside of parentheses)"
        if compiled.search(b"") or compiled.search(b"a"):
            return "fits everything, or a single letter"
    return None


class RuleScorer:
    """The rules of all services, compiled once. Pure; to be shared by threads."""

    def __init__(self, rules: Mapping[str, Iterable[WeightedPattern]]) -> None:
        """Compile.

        Raises:
            ConfigurationError: a pattern is no regular expression.
        """
        self._rules = [(code, rule) for code, patterns in rules.items() for rule in patterns]
        self._compiled = []
        self._pieces_of: list[int] = []
        self._rules_with: dict[int, list[int]] = defaultdict(list)
        options = _options()
        self._automaton = re2.Set.SearchSet(options)
        self._automaton.Add(b"")  # fits everything: where it is not found, the automaton was out of memory
        numbers: dict[bytes, int] = {}
        for number, (code, rule) in enumerate(self._rules):
            if fault := pattern_fault(rule.pattern):
                raise ConfigurationError(f"service {code}: the pattern {rule.pattern!r} {fault}")
            pieces = _pieces(rule.pattern)
            self._compiled.append(re2.compile(_whole(rule.pattern, pieces), options))
            self._pieces_of.append(len(set(pieces)))
            for piece in set(pieces):
                if piece not in numbers:
                    numbers[piece] = self._automaton.Add(piece)
                self._rules_with[numbers[piece]].append(number)
        self._automaton.Compile()

    def __call__(self, text: str) -> dict[str, RuleScore]:
        """The services that rules speak for or against, by code. Any text will do; ``MAX_CHARACTERS`` of it count."""
        folded = fold(text[:MAX_CHARACTERS]).encode("ascii")
        scores: dict[str, float] = defaultdict(float)
        phrases: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for number in self._candidates(folded):
            found = self._compiled[number].search(folded)
            if found is None:
                continue
            code, rule = self._rules[number]
            scores[code] += rule.weight
            if rule.weight > 0:
                phrases[code].append((-rule.weight, found.group().decode("ascii")))
        return {code: RuleScore(score, tuple(phrase for _, phrase in sorted(set(phrases[code])))) for code, score in scores.items()}

    def hits(self, text: str) -> list[tuple[str, WeightedPattern]]:
        """The rules that fit, with their services."""
        folded = fold(text[:MAX_CHARACTERS]).encode("ascii")
        return [self._rules[number] for number in self._candidates(folded) if self._compiled[number].search(folded)]

    def _candidates(self, folded: bytes) -> Sequence[int]:
        """Rules of which all pieces occur, in the order of the file."""
        found = self._automaton.Match(folded)
        if not found:
            return range(len(self._rules))
        present: dict[int, int] = defaultdict(int)
        for piece in found:
            for number in self._rules_with.get(piece, ()):
                present[number] += 1
        return sorted(number for number, count in present.items() if count == self._pieces_of[number])


def _whole(pattern: str, pieces: Sequence[bytes]) -> bytes:
    gaps = [gap.encode("ascii") for gap in _GAP.findall(pattern)]
    return b"".join(piece + gap for piece, gap in zip(pieces, [*gaps, b""], strict=True))
