"""What a mailbox is to us: its address, whom it belongs to, and what its mails get that say nothing else."""

from dataclasses import dataclass, field

from intake_email.reading.replies import REPLY_MARKERS
from shared.contracts import Language


@dataclass(frozen=True, slots=True)
class MailboxProfile:
    """A mailbox as the parser knows it. Addresses and server names are in lower case."""

    own_addresses: frozenset[str]
    """Our addresses, and domains of which every address is ours, as ``@311.example.org``: mail from them is our own."""
    token_secret: bytes = field(repr=False)
    """Signs the addresses and Message-IDs of our mails (``intake_email.tokens``)."""
    authserv_ids: frozenset[str] = frozenset()
    """The names under which our mail server writes Authentication-Results."""
    language: Language = Language.EN
    """In which we answer where a mail is too short to tell its own."""
    service_code: str | None = None
    """Of every mail to this mailbox (``watersewer@``); None: it is found from the text."""
    reply_markers: tuple[str, ...] = REPLY_MARKERS
    """What our mails say above their text, in lower case."""
