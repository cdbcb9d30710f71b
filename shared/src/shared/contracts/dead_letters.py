"""``DeadLetterDecided``: an operator settled what becomes of a dead letter. The record of these decisions is their audit log."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.contracts.base import Code, Message, Timestamp
from shared.contracts.vocabulary import DeadLetterDecision


class DeadLetterDecided(Message):
    """What became of one dead letter, and who says so. Says nothing of what the record holds."""

    kind: Literal["DeadLetterDecided"] = "DeadLetterDecided"
    schema_version: Literal[1] = 1
    topic: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9._-]{1,249}$")]
    """The dead letter topic."""
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    decision: DeadLetterDecision
    decided_at: Timestamp
    """A decision older than the dead letter is about another one that lay there, in a topic that was made anew since."""
    decided_by: Code
    """The operator."""
    because: Annotated[str, StringConstraints(max_length=500)] | None = Field(default=None, repr=False)
    """In the operator's words."""

    @property
    def key(self) -> str:
        """All decisions about one dead letter lie in one partition, in order: the last one holds."""
        return f"{self.topic}:{self.partition}:{self.offset}"
