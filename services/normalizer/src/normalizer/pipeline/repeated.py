"""Is it about the same as an earlier report? Whoever reports may say so; an advocate looks at the two, and nobody else merges them."""

from typing import NamedTuple

from normalizer.pipeline.decisions import decision
from shared.contracts import Attention, Decision


class Repeated(NamedTuple):
    """The earlier request that was named, and that a person should look."""

    mentions: str | None = None
    attention: tuple[Attention, ...] = ()
    decisions: tuple[Decision, ...] = ()


def as_said(same_as: str | None) -> Repeated:
    """What the author said. Whether there is such a request, and whether it is the same, only somebody who sees both can tell."""
    if same_as is None:
        return Repeated()
    why = "whoever reported it says that it was reported before"
    return Repeated(same_as, (Attention.POSSIBLE_DUPLICATE,), (decision("duplicate", "possible", why),))
