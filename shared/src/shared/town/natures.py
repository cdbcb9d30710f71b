"""Question, request or neither? Weighted rules in ``natures.yaml``, in English and Spanish; pure, in linear time.

A message is taken for a request unless the rules clearly speak against that: work that is not begun costs more than a question that
lies with the wrong people, and an advocate reads everything anyway.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, NamedTuple

from pydantic import Field

from shared.contracts import Nature
from shared.errors import ConfigurationError
from shared.town.configuration import Data, checked, read_mapping
from shared.town.phrasings import Rules
from shared.town.rules import RuleScore, RuleScorer, WeightedPattern

BUNDLED: Final = Path(__file__).with_name("natures.yaml")


class Bounds(Data):
    """How much must speak for what, in weights of rules."""

    inquiry: Annotated[float, Field(gt=0)]
    """By how much a question must outweigh a request."""
    plain_inquiry: Annotated[float, Field(gt=0)]
    """The same where the resident chose a service, which speaks for a request."""
    neither: Annotated[float, Field(gt=0)]
    """By how much what is neither must outweigh a request."""


class NatureFile(Data):
    """The file."""

    bounds: Bounds
    rules: Mapping[Nature, Rules]


class Told(NamedTuple):
    """What a message is, and why."""

    nature: Nature
    phrases: tuple[str, ...] = ()
    """Words of the text that rules for it fit, the heaviest first: as private as the text."""


REQUEST: Final = Told(Nature.SERVICE_REQUEST)
_SILENT: Final = RuleScore(b"")


class Natures:
    """The rules, compiled once."""

    def __init__(self, file: NatureFile, name: str, version: str) -> None:
        """Compile.

        Raises:
            ConfigurationError: naming the file and what is wrong with it.
        """
        self.version = version
        """SHA-256 of the file, in hexadecimal."""
        if missing := [nature.value for nature in Nature if nature not in file.rules]:
            raise ConfigurationError(f"{name}: rules: {missing[0]} is missing")
        self._bounds = file.bounds
        rules = {nature.value: [WeightedPattern(rule.pattern, rule.weight) for rule in said.both] for nature, said in file.rules.items()}
        self._score = RuleScorer(MappingProxyType(rules))

    def tell(self, description: str, subject: str = "", *, is_emergency: bool = False, is_chosen: bool = False) -> Told:
        """What the message is. Takes any ``str`` and never fails.

        Args:
            description: what was written, cleaned.
            subject: of a mail.
            is_emergency: it sounds like one, and is therefore a request.
            is_chosen: the resident chose a service, not the general one: a request, unless it is plainly a question.
        """
        if is_emergency:
            return REQUEST
        scores = self._score(f"{subject}.\n{description}" if subject else description)
        inquiry, neither, request = (scores.get(nature, _SILENT) for nature in (Nature.INQUIRY, Nature.NEITHER, Nature.SERVICE_REQUEST))
        bounds = self._bounds
        if not is_chosen and neither.score > inquiry.score and neither.score - request.score >= bounds.neither:
            return Told(Nature.NEITHER, neither.phrases)
        if inquiry.score - request.score >= (bounds.plain_inquiry if is_chosen else bounds.inquiry):
            return Told(Nature.INQUIRY, inquiry.phrases)
        return Told(Nature.SERVICE_REQUEST, request.phrases)


def load_natures(path: Path | None = None) -> Natures:
    """The rules from their file; None: from the one that comes with the package.

    Raises:
        ConfigurationError: naming the file, the rule and what is wrong with it.
    """
    path = path or BUNDLED
    content = read_mapping(path, "must hold a mapping with bounds and rules")
    return Natures(checked(NatureFile, content, path.name), path.name, hashlib.sha256(path.read_bytes()).hexdigest())
