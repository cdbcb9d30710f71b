"""A match, before it becomes a ``Span``: as cheap as a tuple, because most are merged or thrown away."""

from typing import NamedTuple

from shared.contracts import PersonalKind


class Found(NamedTuple):
    """Code points ``start`` to ``end`` (exclusive) look like personal data of a kind."""

    start: int
    end: int
    kind: PersonalKind

    @property
    def length(self) -> int:
        """In code points."""
        return self.end - self.start
