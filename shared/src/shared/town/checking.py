"""Looks through a catalogue's phrasings for what is valid and still wrong: overlaps, rules without use, examples gone astray."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from shared.town.catalogue import GENERAL_CODE, Catalogue
from shared.town.folding import fold
from shared.town.phrasings import Phrasings

ALIKE: Final = 0.7
"""Share of the words of two examples that both have, from which on they say the same."""
MIN_WORDS: Final = 7
"""Of shorter ones a single word makes the difference: "light out", "traffic light out"."""
FEW_ASTRAY: Final = 1 / 8
"""Share of the examples that the rules may take for another service: they are one of the classifier's views, and it knows better by the
others. Rules bent until none is left would fit our examples and nothing that a resident writes."""


class Finding(NamedTuple):
    """One thing that somebody should look at."""

    code: str
    what: str


def overlaps(catalogue: Catalogue, phrasings: Phrasings) -> Iterator[Finding]:
    """Keywords, patterns and all but equal examples that two services share: what nobody can tell apart by them."""
    seen: dict[tuple[str, str], str] = {}
    for code, service in phrasings.services.items():
        definition = catalogue.services[code]
        keywords = {fold(keyword) for keyword in (*definition.keywords, *definition.keywords_es)}
        patterns = {rule.pattern for rule in service.rules.both if rule.weight > 0}
        for kind, said in [*(("keyword", one) for one in sorted(keywords)), *(("pattern", one) for one in sorted(patterns))]:
            if (kind, said) in seen:
                yield Finding(code, f"the {kind} {said!r} is {seen[kind, said]}'s, too")
            seen.setdefault((kind, said), code)
    yield from _alike(phrasings)


def _alike(phrasings: Phrasings) -> Iterator[Finding]:
    """Pairs of examples of two services. Only those are compared that share a word."""
    before: dict[str, list[tuple[str, str, frozenset[str]]]] = defaultdict(list)
    for code, service in phrasings.services.items():
        for example in (*service.examples.en, *service.examples.es):
            words = frozenset(fold(example).split())
            if len(words) < MIN_WORDS:
                continue
            # Of two alike one lacks at most so many words of the other: among any more they share one.
            rarest = sorted(words, key=lambda word: len(before[word]))[: int(len(words) * (1 - ALIKE)) + 1]
            candidates = dict.fromkeys(one for word in rarest for one in before[word] if one[0] != code)
            for other, its_example, its_words in candidates:
                if len(words & its_words) >= ALIKE * len(words | its_words):
                    yield Finding(code, f"{example!r} is much like {other}'s {its_example!r}")
            for word in words:
                before[word].append((code, example, words))


def silent_rules(phrasings: Phrasings) -> Iterator[Finding]:
    """Rules for a service that fit none of its examples, and rules against one that fit no example of any other."""
    scorer = phrasings.scorer()
    heard: set[tuple[str, str]] = set()
    for code, service in phrasings.services.items():
        for example in (*service.examples.en, *service.examples.es):
            for of, score in scorer(example).items():
                heard |= {(of, rule.pattern) for rule in score.rules if (rule.weight > 0) is (of == code)}
    for code, service in phrasings.services.items():
        for rule in service.rules.both:
            if (code, rule.pattern) not in heard:
                yield Finding(
                    code, f"{rule.pattern!r} ({rule.weight:+g}) fits no example {'' if rule.weight > 0 else 'of another service'}".rstrip()
                )


def astray(phrasings: Phrasings) -> Iterator[Finding]:
    """Examples for which the rules prefer another service. Where no rule fits, the classifier's other views must know: no finding."""
    scorer = phrasings.scorer()
    for code, service in phrasings.services.items():
        for example in (*service.examples.en, *service.examples.es):
            scores = {of: said.score for of, said in scorer(example).items() if said.score > 0}
            best = max(scores, key=lambda of: (scores[of], of == code), default=GENERAL_CODE)
            if best not in {code, GENERAL_CODE}:
                yield Finding(code, f"{example!r}: {best} {scores[best]:g}, {code} {scores.get(code, 0):g}")


def are_many(findings: Sequence[Finding], phrasings: Phrasings) -> bool:
    """Whether more examples have gone astray than ``FEW_ASTRAY``."""
    count = sum(len(service.examples.en) + len(service.examples.es) for service in phrasings.services.values())
    return len(findings) > FEW_ASTRAY * count
