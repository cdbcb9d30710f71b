r"""The catalogue's rules: weighted regular expressions that say for and against a service. Linear in the text, by construction.

A rule's pattern has RE2's syntax, so that no pattern and no text together can take more than linear time, and is matched on the
text as ``fold`` leaves it: lower case, no accents, no apostrophes, one blank between words. It begins where a word begins and ends
anywhere: ``leak`` fits "leaking", not "bleak"; ``out\b`` does not fit "outside". Words may lie in between where the pattern has a
gap such as ``.{0,40}``, which stands outside of parentheses: what lies before and after it begins at a word, too, and blanks
beside it do not count.

Most of the work is one pass of one automaton that knows the pieces of all patterns (what lies between gaps). Only patterns whose
pieces all occur are looked at again, one by one, for where they fit.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import re2

from shared.errors import ConfigurationError
from shared.town.folding import fold

MAX_CHARACTERS: Final = 4_000
"""Of a text, from its start. What somebody wants stands there, and more would only cost."""
AUTOMATON_BYTES: Final = 32 * 1024 * 1024
"""What the automaton of all pieces may take. A thousand reports fill a third of it; when it is full, it starts anew, which is slower."""

_GAP = re.compile(r"\.\{0,\d{1,3}\}")
_ESCAPED = re.compile(r"\\.")
_UNFOLDED = re.compile(r"[A-Z'`]|[^ -~]")


class WeightedPattern(NamedTuple):
    """A rule: what fits it, and how much that says for the service (against it below zero)."""

    pattern: str
    weight: float


class _Compiled(NamedTuple):
    code: str
    rule: WeightedPattern
    expression: Any


class RuleScore:
    """What the rules say of one service."""

    __slots__ = ("_fitting", "_folded", "score")

    def __init__(self, folded: bytes) -> None:
        self.score = 0.0
        """The sum of the weights of the rules that fit, each once."""
        self._folded = folded
        self._fitting: list[_Compiled] = []

    def add(self, compiled: _Compiled) -> None:
        """Count one more rule that fits."""
        self.score += compiled.rule.weight
        self._fitting.append(compiled)

    @property
    def rules(self) -> tuple[WeightedPattern, ...]:
        """Those that fit, for the service and against it."""
        return tuple(compiled.rule for compiled in self._fitting)

    @property
    def phrases(self) -> tuple[str, ...]:
        """What fitted rules for the service, the heaviest first. Words of the resident, folded: as private as the text itself."""
        supporting = sorted((one for one in self._fitting if one.rule.weight > 0), key=lambda one: -one.rule.weight)
        found = [one.expression.search(self._folded) for one in supporting]
        return tuple(dict.fromkeys(match.group().decode("ascii") for match in found if match))


def _options() -> re2.Options:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # folded text is ASCII, and a byte is a character
    options.never_capture = True
    options.log_errors = False
    return options


def _pieces(pattern: str) -> list[bytes]:
    return [rb"\b(?:" + piece.strip().encode("latin-1") + rb")" for piece in _GAP.split(pattern)]


def _has_bare_alternatives(pattern: str) -> bool:
    depth = 0
    for symbol in _ESCAPED.sub("", pattern):
        depth += (symbol == "(") - (symbol == ")")
        if symbol == "|" and depth == 0:
            return True
    return False


def pattern_fault(pattern: str) -> str | None:
    """What is wrong with a rule's pattern, in a sentence; None: nothing."""
    if _UNFOLDED.search(_ESCAPED.sub("", pattern)):
        return "is matched on folded text: write it in lower case, without accents and apostrophes"
    if _GAP.search(pattern) and _has_bare_alternatives(pattern):
        return "has a gap and alternatives: put these into parentheses"
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

    def __init__(self, rules: Mapping[str, Iterable[WeightedPattern]], automaton_bytes: int = AUTOMATON_BYTES) -> None:
        """Compile.

        Args:
            rules: by service code.
            automaton_bytes: what the automaton may take.

        Raises:
            ConfigurationError: a pattern is no regular expression, or they are too many for the automaton.
        """
        options = _options()
        options.max_mem = automaton_bytes
        self._rules: list[_Compiled] = []
        self._alone: dict[int, list[_Compiled]] = defaultdict(list)
        self._with_gaps: dict[int, list[tuple[frozenset[int], _Compiled]]] = defaultdict(list)
        self._automaton = re2.Set.SearchSet(options)
        self._automaton.Add(b"")  # fits everything: where it is not found, the automaton was out of memory
        numbers: dict[bytes, int] = {}
        for code, rule in ((code, rule) for code, patterns in rules.items() for rule in patterns):
            if fault := pattern_fault(rule.pattern):
                raise ConfigurationError(f"service {code}: the pattern {rule.pattern!r} {fault}")
            pieces = _pieces(rule.pattern)
            for piece in pieces:
                if piece not in numbers:
                    numbers[piece] = self._automaton.Add(piece)
            compiled = _Compiled(code, rule, re2.compile(_whole(rule.pattern, pieces), _options()))
            self._rules.append(compiled)
            first, *others = (numbers[piece] for piece in pieces)
            if others:
                self._with_gaps[first].append((frozenset(others), compiled))
            else:
                self._alone[first].append(compiled)
        try:
            self._automaton.Compile()
        except re2.error:
            raise ConfigurationError(f"the rules need more than the {automaton_bytes} bytes that their automaton may take") from None

    def __call__(self, text: str) -> dict[str, RuleScore]:
        """The services that rules speak for or against, by code. Any text will do; ``MAX_CHARACTERS`` of it count."""
        folded = fold(text[:MAX_CHARACTERS]).encode("ascii")
        scores: dict[str, RuleScore] = {}
        for compiled in self._fitting(folded):
            score = scores.get(compiled.code)
            if score is None:
                score = scores[compiled.code] = RuleScore(folded)
            score.add(compiled)
        return scores

    def _fitting(self, folded: bytes) -> Iterator[_Compiled]:
        found = self._automaton.Match(folded)
        if not found:  # slow, but no rule falls silent
            yield from (compiled for compiled in self._rules if compiled.expression.search(folded))
            return
        present = frozenset(found)
        for piece in found:
            yield from self._alone.get(piece, ())
            for others, compiled in self._with_gaps.get(piece, ()):
                if others <= present and compiled.expression.search(folded):
                    yield compiled


def _whole(pattern: str, pieces: Sequence[bytes]) -> bytes:
    gaps = [gap.encode("ascii") for gap in _GAP.findall(pattern)]
    return b"".join(piece + gap for piece, gap in zip(pieces, [*gaps, b""], strict=True))
