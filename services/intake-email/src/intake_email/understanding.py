"""Mails as they were fetched become mails as they are published: read in other processes, and where nothing can be read, stood in for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from intake_email.adjusting import adjusted, header_of, stand_in, without_files
from intake_email.batching import Fetched, How
from intake_email.parse import parse
from intake_email.parsed import ParsedMail
from intake_email.parsing_worker import Reading, Task, Understood
from intake_email.ports import Reader
from intake_email.rules import Rules
from intake_email.submission import submission_id_of
from shared.observability.logs import logger

_log = logger(__name__)
_NOTHING: Final = b""


@dataclass(frozen=True, slots=True)
class Read:
    """A mail that was read, whatever came of it."""

    fetched: Fetched
    mail: ParsedMail = field(repr=False)
    is_marked_spam: bool = False
    is_stand_in: bool = False
    original: bytes | None = field(default=None, repr=False)
    """To be attached, because nothing else could be made of it."""
    submission_id: UUID = field(init=False)
    """The submission that it becomes."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "submission_id", submission_id_of(self.mail))  # asked for often


class Understanding:
    """Reads the mails of one mailbox."""

    def __init__(self, rules: Rules, reader: Reader) -> None:
        self._rules = rules
        self._reader = reader

    async def read(self, batch: Sequence[Fetched]) -> list[Read]:
        """What the mails say. One that cannot be read has a stand-in, made of its header or of nothing."""
        whole = [fetched for fetched in batch if fetched.how is not How.STAND_IN]
        read = {
            fetched.uid: self._understood(fetched, reading)
            for fetched, reading in zip(whole, await self._readings([fetched.raw for fetched in whole]), strict=True)
            if isinstance(reading, Understood)
        }
        lost = [fetched for fetched in batch if fetched.uid not in read]
        headers = await self._readings([header_of(fetched.raw, self._rules.limits.max_header_bytes) for fetched in lost])
        read |= {fetched.uid: self._stood_in_for(fetched, header) for fetched, header in zip(lost, headers, strict=True)}
        return [read[fetched.uid] for fetched in batch]

    async def _readings(self, raws: Sequence[bytes]) -> list[Reading]:
        return await self._reader.read([Task(self._rules.mailbox, raw) for raw in raws]) if raws else []

    def _understood(self, fetched: Fetched, reading: Understood) -> Read:
        mail = without_files(reading.mail) if fetched.how is How.TEXT_ONLY else reading.mail
        return Read(fetched, adjusted(mail, self._rules.staff), reading.is_marked_spam)

    def _stood_in_for(self, fetched: Fetched, header: Reading) -> Read:
        _log.warning("mail_not_readable", mailbox=self._rules.mailbox, mail_bytes=len(fetched.raw), how=fetched.how)
        says = header.mail if isinstance(header, Understood) else parse(_NOTHING, self._rules.profile, self._rules.limits)
        is_attached = fetched.how is not How.STAND_IN and len(fetched.raw) <= self._rules.limits.max_file_bytes
        place = f"{self._rules.mailbox}/{fetched.uid_validity}/{fetched.uid}"
        mail = stand_in(says, fetched.raw, place, is_attached=is_attached)
        return Read(fetched, mail, is_stand_in=True, original=fetched.raw if is_attached else None)
