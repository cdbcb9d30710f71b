"""The ledger: what we know of every mail that we took, and which request each Message-ID, theirs and ours, belongs to.

An entry is stored before its submission is published, with the claim and the moment of receipt: whatever happens then, a repeat
carries the same. First wins. Everything is inserted and nothing changed: that Kafka has a mail is a document of its own. Message-IDs
are looked up by their digest, so that no key of ours holds what somebody chose.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from pymongo import ASCENDING, IndexModel

from intake_email.parsed import Trouble
from intake_email.store.connection import Connection
from shared.contracts import ClaimProof, ThreadClaim
from shared.identity import derived_event_id
from shared.mongodb import Document, Indexes

MESSAGES: Final = "messages"
PUBLISHED: Final = "published"
_EXPIRY: Final = IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)
INDEXES: Final[Indexes] = {
    MESSAGES: (_EXPIRY, IndexModel([("identifiers", ASCENDING), ("received_at", ASCENDING)], name="identifier_received")),
    PUBLISHED: (_EXPIRY,),
}


class EntryState(StrEnum):
    """How far a mail is."""

    STORED = "stored"
    """Kept, with its claim; Kafka has not acknowledged it yet."""
    PUBLISHED = "published"
    """Kafka has it."""
    SPAM = "spam"
    """Our mail server called it spam. Seen again in the inbox, a person has put it back there: then it is none."""


@dataclass(frozen=True, slots=True)
class Bounced:
    """What a report of a failed delivery says."""

    recipients: tuple[str, ...] = field(repr=False)
    message_id: str = field(repr=False)
    """Of our mail that did not arrive; empty where it is not told."""
    status: str
    is_delay: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A mail in the ledger."""

    submission_id: UUID
    service_request_id: str
    """Its own number."""
    message_id: str = field(repr=False)
    """With its angle brackets; empty where it has none."""
    mailbox: str
    """The name in our settings of the mailbox where it was first seen."""
    received_at: datetime
    claim: ThreadClaim | None
    is_automatic: bool
    state: EntryState
    troubles: tuple[str, ...] = ()
    """What could not be read (``parsed.Trouble``)."""
    bounced: Bounced | None = None
    is_stand_in: bool = False
    """The mail could not be read at all: what was published stands in for it."""

    @property
    def raw_id(self) -> str:
        """Under which the raw mail is kept."""
        return str(self.submission_id)

    @property
    def belongs_to(self) -> str:
        """The request that answers to this mail are about."""
        return self.claim.service_request_id if self.claim else self.service_request_id


def digest(message_id: str) -> str:
    """The key of a Message-ID."""
    return sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()


class Ledger:
    """The collections ``messages`` and ``published``. Every method raises ``TransientError`` while MongoDB is away."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, ids: Iterable[UUID]) -> dict[UUID, Entry]:
        """Those that are known."""
        wanted = [str(identity) for identity in ids]
        async with self._connection.limited(calls=2):
            found = [document async for document in self._connection.collection(MESSAGES).find({"_id": {"$in": wanted}})]
            published = await self._published([document["_id"] for document in found])
        entries = (_entry(document, is_published=document["_id"] in published) for document in found)
        return {entry.submission_id: entry for entry in entries}

    async def _published(self, ids: Collection[str]) -> Collection[str]:
        if not ids:
            return ()  # nearly always: nearly every mail is new
        return [document["_id"] async for document in self._connection.collection(PUBLISHED).find({"_id": {"$in": list(ids)}}, {"_id": 1})]

    async def requests_of(self, message_ids: Collection[str]) -> dict[str, str]:
        """Which requests these Message-IDs belong to, as far as they are known; of one that was used again, the first mail's."""
        if not message_ids:
            return {}
        by_digest = {digest(message_id): message_id for message_id in message_ids}
        wanted, shown = {"identifiers": {"$in": list(by_digest)}}, {"identifiers": 1, "belongs_to": 1}
        found: dict[str, str] = {}
        async with self._connection.limited():
            async for document in self._connection.collection(MESSAGES).find(wanted, shown).sort("received_at", ASCENDING):
                for known in document["identifiers"]:
                    if known in by_digest:
                        found.setdefault(by_digest[known], document["belongs_to"])
        return found

    async def store(self, entries: Sequence[Entry], expires_at: datetime) -> dict[UUID, Entry]:
        """Keep these; what is stored under their ids afterwards, which another instance may have stored first."""
        stored = {entry.submission_id: entry for entry in entries}
        there = await self._connection.insert_new(MESSAGES, [_document(entry, expires_at) for entry in entries])
        if there:
            stored |= await self.find(map(UUID, there))
        for entry in entries:
            if entry.state is not EntryState.SPAM and stored[entry.submission_id].state is EntryState.SPAM:
                await self._is_no_spam(entry)
        return stored

    async def _is_no_spam(self, entry: Entry) -> None:
        """A person has put it back: from now on its Message-ID leads to its request, as that of any mail."""
        async with self._connection.limited():
            await self._connection.collection(MESSAGES).update_one(
                {"_id": str(entry.submission_id)}, {"$set": {"identifiers": _identifiers(entry)}}
            )

    async def note_published(self, ids: Collection[UUID], expires_at: datetime) -> None:
        """Note that Kafka has these."""
        await self._connection.insert_new(PUBLISHED, [{"_id": str(identity), "expires_at": expires_at} for identity in ids])


def stand_in_key(message_id: str) -> str:
    """What to look up for the request of the stand-in that was published for a mail, now that the mail itself can be read."""
    return f"stand-in:{message_id}"


def encrypted_key(event_id: UUID) -> str:
    """What to look up for whether the mail behind a ``ServiceRequestCreated`` or ``FollowUpReceived`` was encrypted."""
    return f"encrypted:{event_id}"


def _identifiers(entry: Entry) -> list[str]:
    """What it is found by. A machine's mail opens no request; only with a claim does it belong to one."""
    if entry.state is EntryState.SPAM or (entry.claim is None and entry.is_automatic):
        return []
    known = [entry.message_id] if entry.message_id else []
    if entry.message_id and entry.is_stand_in:
        known.append(stand_in_key(entry.message_id))
    if Trouble.ENCRYPTED in entry.troubles:
        # What it becomes only the projection decides: a claim may be nobody's.
        known += [encrypted_key(derived_event_id(entry.submission_id, kind)) for kind in ("ServiceRequestCreated", "FollowUpReceived")]
    return [digest(identifier) for identifier in known]


def _document(entry: Entry, expires_at: datetime) -> Document:
    bounced = entry.bounced
    return {
        "_id": str(entry.submission_id),
        "service_request_id": entry.service_request_id,
        "message_id": entry.message_id,
        "identifiers": _identifiers(entry),
        "belongs_to": entry.belongs_to,
        "mailbox": entry.mailbox,
        "received_at": entry.received_at,
        "claim": {"service_request_id": entry.claim.service_request_id, "proof": entry.claim.proof.value} if entry.claim else None,
        "is_automatic": entry.is_automatic,
        "state": entry.state.value,
        "troubles": list(entry.troubles),
        "bounced": {
            "recipients": list(bounced.recipients),
            "message_id": bounced.message_id,
            "status": bounced.status,
            "is_delay": bounced.is_delay,
        }
        if bounced
        else None,
        "is_stand_in": entry.is_stand_in,
        "expires_at": expires_at,
    }


def _entry(document: Mapping[str, Any], *, is_published: bool) -> Entry:
    claim, bounced = document["claim"], document["bounced"]
    return Entry(
        submission_id=UUID(document["_id"]),
        service_request_id=document["service_request_id"],
        message_id=document["message_id"],
        mailbox=document["mailbox"],
        received_at=document["received_at"],
        claim=ThreadClaim(service_request_id=claim["service_request_id"], proof=ClaimProof(claim["proof"])) if claim else None,
        is_automatic=document["is_automatic"],
        state=EntryState.PUBLISHED if is_published else EntryState(document["state"]),
        troubles=tuple(document["troubles"]),
        bounced=Bounced(tuple(bounced["recipients"]), bounced["message_id"], bounced["status"], bounced["is_delay"]) if bounced else None,
        is_stand_in=document["is_stand_in"],
    )
