"""Where the taking of a mailbox begins: a first start on a full mailbox takes nothing older than itself, unless told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from intake_email.mailbox.facts import Selected
from intake_email.mailbox.thread import Mailbox
from intake_email.store.beginnings import Beginning
from shared.observability.logs import logger

CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""At most, the server's and ours; its dates are whole seconds besides."""
_log = logger(__name__)


class BeginningStore(Protocol):
    """``store.beginnings.Beginnings``."""

    async def get(self, mailbox: str) -> Beginning | None: ...  # noqa: D102 - the store's own
    async def put(self, mailbox: str, beginning: Beginning) -> None: ...  # noqa: D102 - as above


@dataclass(frozen=True, slots=True)
class Starting:
    """Finds the first mail that is ours. By UID, because a mail that somebody moves into the inbox keeps its old date."""

    mailbox: Mailbox
    name: str
    beginnings: BeginningStore
    takes_everything: bool
    """Whether a first start takes what was there before."""
    clock: Callable[[], datetime]

    async def first_uid(self, selected: Selected) -> int:
        """The first UID that is ours, noted for all later starts."""
        known = await self.beginnings.get(self.name)
        if known is not None and known.uid_validity == selected.uid_validity:
            return known.first_uid
        started_at = known.started_at if known else self.clock()
        if self.takes_everything:
            first = 1
        elif known is None:
            first = await self._after_last(selected)
        else:
            first = await self._first_since(started_at, selected)
        await self.beginnings.put(self.name, Beginning(started_at, selected.uid_validity, first))
        _log.info("mailbox_begins", mailbox=self.name, first_uid=first, is_first_start=known is None)
        return first

    async def _after_last(self, selected: Selected) -> int:
        """The UID that the next mail will have; not every server tells it."""
        last = 0
        while found := await self.mailbox.search(last + 1, selected.uid_next):
            last = found[-1]
        return max(last + 1, selected.uid_next)

    async def _first_since(self, moment: datetime, selected: Selected) -> int:
        """The first mail that came after ``moment``: UIDs mean other mails now, and only the server's dates tell.

        What lies behind it is ours, too, whatever its date: rather once too often, which identity absorbs, than never.
        """
        first = 1
        while found := await self.mailbox.search(first, selected.uid_next):
            for fact in await self.mailbox.facts(found):
                if fact.arrived_at is None or fact.arrived_at >= moment - CLOCKS_DIFFER:
                    return fact.uid
            first = found[-1] + 1
        return max(first, selected.uid_next)
