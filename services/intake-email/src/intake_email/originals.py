"""What we keep of the mails that submissions came from, while it is kept, and when it has to go."""

from collections.abc import Collection, Sequence
from uuid import UUID

from intake_email.store.ledger import Ledger, encrypted_key
from intake_email.store.raw_mails import RawMails
from shared.attachments import AttachmentStore


class KeptOriginals:
    """``Originals``: raw mails lie under their submission's id, files in the attachment store."""

    def __init__(self, ledger: Ledger, raw_mails: RawMails, attachments: AttachmentStore) -> None:
        self._ledger = ledger
        self._raw_mails = raw_mails
        self._attachments = attachments

    async def encrypted(self, event_ids: Collection[UUID]) -> frozenset[UUID]:
        """As ``Originals.encrypted``: the ledger noted it before anybody heard of the mail."""
        found = await self._ledger.requests_of([encrypted_key(event_id) for event_id in event_ids])
        return frozenset(event_id for event_id in event_ids if encrypted_key(event_id) in found)

    async def forget(self, submission_ids: Sequence[UUID], file_ids: Sequence[str]) -> None:
        """As ``Originals.forget``."""
        await self._raw_mails.delete(str(submission_id) for submission_id in submission_ids)
        await self._attachments.delete(file_ids)
