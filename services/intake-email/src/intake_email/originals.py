"""What we keep of the mails that submissions came from, when it has to go."""

from collections.abc import Sequence
from uuid import UUID

from intake_email.store.raw_mails import RawMails
from shared.attachments import AttachmentStore


class KeptOriginals:
    """``Originals``: raw mails lie under their submission's id, files in the attachment store."""

    def __init__(self, raw_mails: RawMails, attachments: AttachmentStore) -> None:
        self._raw_mails = raw_mails
        self._attachments = attachments

    async def forget(self, submission_ids: Sequence[UUID], file_ids: Sequence[str]) -> None:
        """As ``Originals.forget``."""
        await self._raw_mails.delete(str(submission_id) for submission_id in submission_ids)
        await self._attachments.delete(file_ids)
