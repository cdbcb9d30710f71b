"""A second chance for what was put aside: posts that this version can read become submissions by themselves.

They are looked up again, because what was kept is the post without its photos and its place, and because one that is gone meanwhile
must not come back. What is still not to be read, or not there, stays where it is.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from intake_social.ports import LookUp
from intake_social.posts import Net, Page
from intake_social.settling import Settling
from intake_social.store.ledger import Quarantined

AT_ONCE: Final = 100


class Quarantine(Protocol):
    """``store.ledger.Ledger``."""

    async def quarantined(self, after: UUID | None, limit: int) -> list[Quarantined]: ...  # noqa: D102 - the ledger's own
    async def release(self, ids: Sequence[UUID]) -> None: ...  # noqa: D102 - as above


@dataclass(frozen=True, slots=True)
class Requeued:
    """What came of it."""

    read: int
    left: int


async def requeue(quarantine: Quarantine, look_up: LookUp, settling: Settling, own_accounts: Collection[str]) -> Requeued:
    """Settle what can be read now, beside a running service too. Interrupted, it begins anew, and nothing becomes two submissions.

    Raises:
        TransientError, SourceStoppedError: Kafka, MongoDB or the network does not let us; what was settled until then stays so.
    """
    read, left, after = 0, 0, None
    while items := await quarantine.quarantined(after, AT_ONCE):
        after = items[-1].submission_id
        found = await look_up([item.key for item in items if item.is_known_by_id])
        mentioning = [post for post in found.values() if not post.mentions.isdisjoint(own_accounts)]
        await settling.settle(Net.MENTIONS, Page(tuple(mentioning)))
        await settling.settle(Net.TAGS, Page(tuple(post for post in found.values() if post not in mentioning)))
        await quarantine.release([item.submission_id for item in items if item.key in found])
        read += len(found)
        left += len(items) - len(found)
    return Requeued(read, left)
