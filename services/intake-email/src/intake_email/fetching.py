"""Mails from the server in batches, with care: what fails together is taken apart, and nothing that fails bars the others' way."""

from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from intake_email.batching import Batch, BatchLimits, Fetched, How, batches, looked_at_together
from intake_email.caution import Caution, Trust
from intake_email.mailbox.facts import ConnectionLostError, Facts, RefusedError
from intake_email.mailbox.thread import Mailbox
from shared.observability.logs import logger

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Fetching:
    """Fetches from one mailbox."""

    mailbox: Mailbox
    caution: Caution
    limits: BatchLimits
    oversize_text_bytes: int

    async def fetched(self, uids: Sequence[int], uid_validity: int) -> AsyncGenerator[list[Fetched], None]:
        """The mails in batches, those that failed left out: they come again, with fewer others.

        Raises:
            ConnectionLostError: the rest cannot be had now.
        """
        for group in looked_at_together(uids, self.caution):
            for batch in batches(await self._facts(group), self.caution, self.limits):
                if fetched := await self._fetch(batch, uid_validity):
                    yield fetched

    async def _facts(self, uids: Sequence[int]) -> list[Facts]:
        if self.caution.trust(uids[0]) is not Trust.WHOLE:
            return [Facts(uid, 0, None) for uid in uids]  # alone: its size was asked for too often
        found: list[Facts] = []
        with self._careful(uids):
            found = await self.mailbox.facts(uids)
            self._missing(uids, [fact.uid for fact in found])
        return found

    async def _fetch(self, batch: Batch, uid_validity: int) -> list[Fetched]:
        fetched: dict[int, bytes] = {}
        with self._careful(batch.uids):
            fetched = await self._raw(batch)
            self._missing(batch.uids, fetched)
        return [Fetched(uid, raw, batch.how, uid_validity) for uid, raw in fetched.items()]

    async def _raw(self, batch: Batch) -> dict[int, bytes]:
        match batch.how:
            case How.WHOLE:
                return await self.mailbox.fetch(batch.uids)
            case How.TEXT_ONLY:
                return {uid: await self.mailbox.fetch_text(uid, self.oversize_text_bytes) for uid in batch.uids}
            case How.STAND_IN:
                has_header = self.caution.trust(batch.uids[0]) is Trust.HEADER
                return {uid: await self.mailbox.fetch_header(uid) if has_header else b"" for uid in batch.uids}

    @contextmanager
    def _careful(self, uids: Sequence[int]) -> Iterator[None]:
        try:
            yield
        except RefusedError as error:
            self.caution.failed(uids)
            _log.warning("fetch_refused", mails=len(uids), failure=error)
        except ConnectionLostError:
            self.caution.failed(uids)  # one of them may be what ended it
            raise

    def _missing(self, uids: Sequence[int], found: Collection[int]) -> None:
        """What the server does not give has gone meanwhile, and the next search does not find it; else it cannot be had."""
        for uid in uids:
            if uid not in found:
                self.caution.failed((uid,))
