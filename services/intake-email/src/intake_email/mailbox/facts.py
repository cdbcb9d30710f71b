"""What is known of a mailbox, and what may go wrong with it: the words that the rest of the service uses."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from shared.errors import TransientError

DEPENDENCY: Final = "imap"


class ConnectionLostError(TransientError):
    """The connection is of no use any more: connect again."""


class RefusedError(TransientError):
    """The server refused a command; the connection goes on."""


@dataclass(frozen=True, slots=True)
class Selected:
    """The inbox as it was when it was opened."""

    uid_validity: int
    uid_next: int
    """UIDs of mails that come later are not smaller."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a mail before it is fetched."""

    uid: int
    size_bytes: int
    arrived_at: datetime | None
    """When it came into a folder of this server; moving it changes nothing."""


def in_utc(moment: object) -> datetime | None:
    """A date of the server's; None where it gave none."""
    return moment.astimezone(UTC) if isinstance(moment, datetime) else None
