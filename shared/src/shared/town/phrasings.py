"""How residents say what they want of each service: example phrasings and weighted rules, in English and Spanish.

Data in one YAML file beside the catalogue, by service code, checked as a whole against the catalogue when it is loaded. Examples
are our own sentences; whoever learns from them finds in them how people speak, never what somebody wrote.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.contracts import Language
from shared.errors import ConfigurationError
from shared.town.catalogue import Catalogue
from shared.town.configuration import Data, Sentence, checked, read_mapping
from shared.town.folding import fold
from shared.town.rules import RuleScorer, WeightedPattern, pattern_fault

BUNDLED = Path(__file__).with_name("phrasings.yaml")
MIN_EXAMPLES = 8
"""Of each service in each language: with five, the nearest example is already much more often right than with one."""


class Rule(Data):
    """A regular expression, and how much it says for the service where it fits, or against it."""

    pattern: Annotated[str, Field(min_length=2, max_length=400)]
    """RE2's syntax, on folded text; see ``shared.town.rules``."""
    weight: Annotated[float, Field(ge=-10, le=10)]

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        if fault := pattern_fault(self.pattern):
            msg = f"the pattern {self.pattern!r} {fault}"
            raise ValueError(msg)
        if not self.weight:
            msg = f"the pattern {self.pattern!r} weighs nothing"
            raise ValueError(msg)
        return self


class Examples(Data):
    """What somebody would write who wants this service."""

    en: Annotated[tuple[Sentence, ...], Field(min_length=MIN_EXAMPLES)]
    es: Annotated[tuple[Sentence, ...], Field(min_length=MIN_EXAMPLES)]

    def __call__(self, language: Language) -> tuple[str, ...]:
        """Those in ``language``."""
        return self.es if language is Language.ES else self.en


class Rules(Data):
    """What speaks for a service, and against it."""

    en: Annotated[tuple[Rule, ...], Field(min_length=1)]
    es: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _differ(self) -> Self:
        patterns = [rule.pattern for rule in self.both]
        if again := next((pattern for pattern in patterns if patterns.count(pattern) > 1), None):
            msg = f"the pattern {again!r} stands there twice"
            raise ValueError(msg)
        return self

    @property
    def both(self) -> tuple[Rule, ...]:
        """Of both languages: people mix them, so all are tried on every text."""
        return (*self.en, *self.es)


class ServicePhrasings(Data):
    """How people say what they want of one service."""

    examples: Examples
    rules: Rules


class Phrasings:
    """The phrasings of all services of a catalogue, in its order."""

    def __init__(self, services: Mapping[str, ServicePhrasings], version: str) -> None:
        self.services = MappingProxyType(dict(services))
        self.version = version
        """SHA-256 of the file, in hexadecimal."""

    def scorer(self) -> RuleScorer:
        """The rules of all services, compiled."""
        return RuleScorer(
            {
                code: [WeightedPattern(rule.pattern, rule.weight) for rule in phrasings.rules.both]
                for code, phrasings in self.services.items()
            }
        )


def _check_examples(services: Mapping[str, ServicePhrasings], name: str) -> None:
    seen: dict[str, str] = {}
    for code, phrasings in services.items():
        for example in (*phrasings.examples.en, *phrasings.examples.es):
            folded = fold(example)
            if not any(map(str.isalpha, folded)):
                raise ConfigurationError(f"{name}: service {code}: the example {example!r} holds no words")
            if folded in seen:
                raise ConfigurationError(f"{name}: service {code}: the example {example!r} stands at {seen[folded]}, too")
            seen[folded] = code


def load_phrasings(catalogue: Catalogue, path: Path | None = None) -> Phrasings:
    """The phrasings from their file; None: from the one that comes with the package.

    Args:
        catalogue: whose services they belong to; each needs some, and no others may have any.
        path: the YAML file.

    Raises:
        ConfigurationError: naming the file, the service and what is wrong with it.
    """
    path = path or BUNDLED
    content = read_mapping(path, "must hold examples and rules by service code (a mapping)")
    if missing := [code for code in catalogue.services if code not in content]:
        raise ConfigurationError(f"{path.name}: services of the catalogue without phrasings: {', '.join(missing)}")
    if unknown := [str(code) for code in content if code not in catalogue.services]:
        raise ConfigurationError(f"{path.name}: services that the catalogue does not have: {', '.join(unknown)}")
    services = {code: checked(ServicePhrasings, content[code], f"{path.name}: service {code}") for code in catalogue.services}
    _check_examples(services, path.name)
    return Phrasings(services, hashlib.sha256(path.read_bytes()).hexdigest())
