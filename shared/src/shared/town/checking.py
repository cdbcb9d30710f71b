"""Looks through a catalogue's phrasings for what is valid and still wrong: overlaps, rules without use, examples gone astray."""

from collections.abc import Iterator
from itertools import combinations
from typing import Final, NamedTuple

from shared.town.catalogue import GENERAL_CODE, Catalogue
from shared.town.folding import fold
from shared.town.phrasings import Phrasings

ALIKE: Final = 0.6
"""Share of the words of two examples that both have, from which on they say the same."""


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
    examples = [
        (code, example, frozenset(fold(example).split()))
        for code, service in phrasings.services.items()
        for example in (*service.examples.en, *service.examples.es)
    ]
    for (code, example, words), (other, its_example, its_words) in combinations(examples, 2):
        if code != other and len(words & its_words) >= ALIKE * len(words | its_words):
            yield Finding(code, f"{example!r} is much like {other}'s {its_example!r}")


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
