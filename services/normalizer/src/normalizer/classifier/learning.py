"""What the catalogue says to learn from, and its digest: a model fits the catalogue whose digest it carries."""

import hashlib
import json
from collections.abc import Iterator
from typing import NamedTuple

from shared.contracts import Language
from shared.town.catalogue import Catalogue
from shared.town.phrasings import Phrasings


class Labelled(NamedTuple):
    """A text and what it is about."""

    text: str
    code: str


def examples_of(phrasings: Phrasings, code: str) -> tuple[str, ...]:
    """The example phrasings of a service, in every language."""
    examples = phrasings.services[code].examples
    return (*examples.en, *examples.es)


def described(catalogue: Catalogue) -> Iterator[Labelled]:
    """The services as the catalogue describes them: names with descriptions, and the keywords."""
    for service in catalogue.services.values():
        for language in Language:
            yield Labelled(f"{service.name(language)}. {service.description(language)}", service.code)
        for keyword in (*service.keywords, *service.keywords_es):
            yield Labelled(keyword, service.code)


def exemplified(catalogue: Catalogue, phrasings: Phrasings) -> Iterator[Labelled]:
    """The example phrasings of all services."""
    for code in catalogue.services:
        for text in examples_of(phrasings, code):
            yield Labelled(text, code)


def digest(catalogue: Catalogue, phrasings: Phrasings) -> str:
    """SHA-256 of all that is learnt from, rules included. What a department is called or when a work is due changes nothing here."""
    rules = [(code, rule.pattern, rule.weight) for code in catalogue.services for rule in phrasings.services[code].rules.both]
    learnt = [list(described(catalogue)), list(exemplified(catalogue, phrasings)), rules]
    return hashlib.sha256(json.dumps(learnt, ensure_ascii=True).encode()).hexdigest()
