"""Texts labelled by hand (``tests/evaluation``): what was written, and what an advocate would say of it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts import Channel, Emergency, Language, PersonalKind

TEXTS = Path(__file__).parents[1] / "evaluation" / "texts.jsonl"


class Personal(BaseModel):
    """A stretch that must be masked, as it stands in the text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: PersonalKind
    text: Annotated[str, Field(min_length=1)]


class Labelled(BaseModel):
    """A text and its labels; ``tests/evaluation/README.md`` says what they mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[str, Field(min_length=1)]
    channel: Channel
    language: Language
    kind: Literal["request", "inquiry", "neither"]
    accept: Annotated[tuple[str, ...], Field(min_length=1)]
    emergency: Literal["911", "water", "none"]
    personal: tuple[Personal, ...] = ()

    @property
    def expected_emergency(self) -> Emergency | None:
        """The label in the contract's words."""
        return {"911": Emergency.LIFE_SAFETY, "water": Emergency.WATER_SEWER, "none": None}[self.emergency]


def read_labelled(path: Path = TEXTS) -> tuple[Labelled, ...]:
    """The rows of the file, in its order."""
    return tuple(Labelled.model_validate_json(line) for line in path.read_text().splitlines())
