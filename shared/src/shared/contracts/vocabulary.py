"""The words of the domain as enumerations: channels, states, reasons."""

from enum import StrEnum


class Channel(StrEnum):
    """Where somebody wrote, or is answered."""

    WEB = "web"
    API = "api"
    PHONE = "phone"
    EMAIL = "email"
    X = "x"
    MASTODON = "mastodon"
    BLUESKY = "bluesky"


class Language(StrEnum):
    """Languages we answer in. Other languages are recognised and marked by their code in ``detected_language``."""

    EN = "en"
    ES = "es"


class Status(StrEnum):
    """Open311's two states."""

    OPEN = "open"
    CLOSED = "closed"


class DetailedStatus(StrEnum):
    """The state as advocates and residents speak of it; each belongs to one ``Status`` (the tracker's status table)."""

    RECEIVED = "received"
    TRIAGED = "triaged"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    RESOLVED = "resolved"
    ANSWERED = "answered"
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"
    NO_ACTION = "no_action"

    @property
    def status(self) -> Status:
        """Open311's state for this one."""
        return Status.CLOSED if self in _CLOSED else Status.OPEN


_CLOSED = frozenset(
    {DetailedStatus.RESOLVED, DetailedStatus.ANSWERED, DetailedStatus.DUPLICATE, DetailedStatus.NOT_OURS, DetailedStatus.NO_ACTION}
)


class Nature(StrEnum):
    """What a message wants."""

    INQUIRY = "inquiry"
    """A question: an advocate answers it, and there is no work."""
    SERVICE_REQUEST = "service_request"
    """Work that a department does."""
    NEITHER = "neither"
    """Thanks, praise, advertising, "no need to come any more": nothing is owed."""


class Emergency(StrEnum):
    """Why somebody should phone at once."""

    LIFE_SAFETY = "life_safety"
    """Dial 911."""
    WATER_SEWER = "water_sewer"
    """Dial 311, outside the town the ten-digit number, at any hour."""


class Attention(StrEnum):
    """Why a person should look at a request."""

    EMERGENCY = "emergency"
    UNSURE_SERVICE = "unsure_service"
    SERVICE_MISMATCH = "service_mismatch"
    NO_PLACE = "no_place"
    UNSURE_PLACE = "unsure_place"
    """The place was found in the text; nobody pointed there."""
    OUTSIDE_TOWN = "outside_town"
    POSSIBLE_DUPLICATE = "possible_duplicate"
    THIRD_PARTY = "third_party"
    FOLLOW_UP = "follow_up"
    SENDER_UNVERIFIED = "sender_unverified"
    UNREADABLE = "unreadable"
    OTHER_LANGUAGE = "other_language"
    """Written in a language that we have no words in; ``detected_language`` says which."""
    FAILED_DELIVERY = "failed_delivery"
    UNKNOWN_DELIVERY = "unknown_delivery"
    NO_REPLY_POSSIBLE = "no_reply_possible"
    SOURCE_WITHDRAWN = "source_withdrawn"
    DEAD_LETTER = "dead_letter"


class DeadLetterDecision(StrEnum):
    """What an operator made of a dead letter."""

    REPLAYED = "replayed"
    """It was put back into its topic."""
    PARKED = "parked"
    """It is known and waits, for a repair say."""
    DISCARDED = "discarded"
    """Nothing will be done with it."""


class PersonalKind(StrEnum):
    """Kinds of personal data that are masked in everything public."""

    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"
    SSN = "ssn"
    NAME = "name"
    BANK = "bank"
    DOCUMENT = "document"
    BIRTH_DATE = "birth_date"
    IP = "ip"
    OTHER = "other"


class ClaimProof(StrEnum):
    """How a message shows which request it belongs to."""

    TOKEN = "token"  # noqa: S105 - a kind of proof, not a secret
    """A signed address or link that only somebody whom we wrote to can know."""
    THREAD = "thread"
    """It answers a message of ours, or continues the author's own conversation."""
    TAG = "tag"
    """It names the number, which anybody could."""


class RejectionReason(StrEnum):
    """Why a submission became no request. An outcome, not a failure."""

    AUTOMATIC = "automatic"
    EMPTY = "empty"
    SPAM = "spam"
    NOT_ADDRESSED_TO_US = "not_addressed_to_us"


class DeliveryOutcome(StrEnum):
    """What became of an answer that we tried to send."""

    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    NOT_PERMITTED = "not_permitted"
    AUTHOR_RESTRICTED = "author_restricted"
    GONE = "gone"
    DUPLICATE_FOUND = "duplicate_found"
    UNKNOWN = "unknown"
    NEEDS_STAFF = "needs_staff"


class WithdrawalReason(StrEnum):
    """Why a post is no longer there for everybody."""

    DELETED = "deleted"
    WITHHELD = "withheld"
    PROTECTED = "protected"


class ActorKind(StrEnum):
    """Who caused an event."""

    RESIDENT = "resident"
    STAFF = "staff"
    INTEGRATOR = "integrator"
    SYSTEM = "system"
