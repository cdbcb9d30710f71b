"""The database of intake-email: first wins, nothing waits for ever, and one instance holds a lease."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from intake_email.app import INDEXES
from intake_email.store.connection import Connection
from intake_email.store.ledger import Bounced, Entry, EntryState, Ledger, stand_in_key
from intake_email.store.raw_mails import RawMails
from local_stack.processes import free_ports
from shared.contracts import Channel, ClaimProof, ThreadClaim
from shared.errors import TransientError
from shared.identity import submission_id
from shared.leases import Leases
from shared.settings import MongoSettings
from shared.tracking_number import tracking_number
from support.examples import SECRET
from support.servers import unique

NOW = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)
CLAIM = ThreadClaim(service_request_id="7KQ4M2XD9RTB", proof=ClaimProof.THREAD)


@pytest.fixture
async def connection(mongo_settings: MongoSettings) -> AsyncIterator[Connection]:
    database = unique("intake")
    opened = Connection.open(mongo_settings, database, patience=4)
    await opened.prepare(INDEXES)
    yield opened
    await opened._client.drop_database(database)
    await opened.close()


@pytest.fixture
def ledger(connection: Connection) -> Ledger:
    return Ledger(connection)


def entry(name: str, **changes: object) -> Entry:
    identity = submission_id(Channel.EMAIL, name)
    made = Entry(
        submission_id=identity,
        service_request_id=tracking_number(SECRET, identity),
        message_id=f"<{name}@example.org>",
        mailbox="town",
        received_at=NOW,
        claim=None,
        is_automatic=False,
        state=EntryState.STORED,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


async def test_an_entry_comes_back_as_it_was_stored(ledger: Ledger) -> None:
    """Claim, moment, bounce and troubles; whether Kafka has it is noted beside it."""
    full = entry(
        "full",
        claim=CLAIM,
        is_automatic=True,
        troubles=("encrypted",),
        bounced=Bounced(("ana@example.org",), "<ours@town.example>", "5.1.1", is_delay=False),
        is_stand_in=True,
    )
    await ledger.store([full, entry("plain")], LATER)
    await ledger.note_published([full.submission_id], LATER)
    await ledger.note_published([full.submission_id], LATER)

    found = await ledger.find([full.submission_id, entry("plain").submission_id, entry("unknown").submission_id])
    assert found == {
        full.submission_id: replace(full, state=EntryState.PUBLISHED),
        entry("plain").submission_id: entry("plain"),
    }


async def test_first_wins(ledger: Ledger) -> None:
    """Whoever comes second is given what the first one stored: claim and moment stay."""
    first, second = entry("one"), entry("one", claim=CLAIM, received_at=NOW + timedelta(hours=1), mailbox="other")
    other = entry("two")

    assert await ledger.store([first], LATER) == {first.submission_id: first}
    assert await ledger.store([second, other], LATER) == {first.submission_id: first, other.submission_id: other}


async def test_many_at_once_agree(ledger: Ledger) -> None:
    """Eight instances store the same mail with eight claims: one of them is everybody's."""
    rivals = [entry("one", received_at=NOW + timedelta(seconds=number)) for number in range(8)]
    stored = await asyncio.gather(*(ledger.store([rival], LATER) for rival in rivals))
    final = await ledger.find([rivals[0].submission_id])

    assert len(final) == 1
    winners = [rival for rival in rivals if rival == final[rivals[0].submission_id]]
    assert len(winners) == 1
    assert [found for found in stored if found == final] == list(stored)


async def test_message_ids_lead_to_requests(ledger: Ledger) -> None:
    """To the claimed request, else to the mail's own; a machine's leads nowhere, a stand-in's to the mail itself as well."""
    await ledger.store(
        [
            entry("plain"),
            entry("claims", claim=CLAIM),
            entry("machine", is_automatic=True),
            entry("bounce", is_automatic=True, claim=CLAIM),
            entry("lost", is_stand_in=True),
            entry("spam", state=EntryState.SPAM),
            entry("reused", message_id="<plain@example.org>", received_at=NOW + timedelta(days=1)),
        ],
        LATER,
    )
    names = ("plain", "claims", "machine", "bounce", "lost", "spam", "unknown")
    asked = [f"<{name}@example.org>" for name in names]
    found = await ledger.requests_of([*asked, stand_in_key("<lost@example.org>"), stand_in_key("<plain@example.org>")])

    lost = entry("lost").service_request_id
    assert found == {
        "<plain@example.org>": entry("plain").service_request_id,
        "<claims@example.org>": CLAIM.service_request_id,
        "<bounce@example.org>": CLAIM.service_request_id,
        "<lost@example.org>": lost,
        stand_in_key("<lost@example.org>"): lost,
    }


async def test_spam_that_was_put_back_leads_to_its_request(ledger: Ledger) -> None:
    """From then on it is a mail as any."""
    await ledger.store([entry("spam", state=EntryState.SPAM)], LATER)
    await ledger.store([entry("spam")], LATER)

    assert await ledger.requests_of(["<spam@example.org>"]) == {"<spam@example.org>": entry("spam").service_request_id}


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 35])
async def test_raw_mails_come_back_whole(connection: Connection, size: int) -> None:
    """In one document or in several; the first one stays; a missing part is no mail; redaction removes every part."""
    raw_mails = RawMails(connection, part_bytes=10)
    data = bytes(range(size))
    await raw_mails.put({"one": data, "other": b"x"}, LATER)
    await raw_mails.put({"one": b"another"}, LATER)

    assert await raw_mails.get("one") == data
    if size > 10:
        await connection.collection("raw_mails").delete_one({"_id": "one:1"})
        assert await raw_mails.get("one") is None
    await raw_mails.delete(["one"])
    assert await raw_mails.get("one") is None
    assert [document["_id"] async for document in connection.collection("raw_mails").find()] == ["other"]


async def test_everything_that_is_personal_expires(connection: Connection) -> None:
    """Each collection with mails has an index by which MongoDB removes what is over."""
    for name in ("messages", "published", "raw_mails"):
        indexes = await connection.collection(name).index_information()
        assert indexes["expiry"]["expireAfterSeconds"] == 0


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


async def test_one_holds_a_lease_until_it_is_silent(connection: Connection) -> None:
    """It prolongs its own; another gets it when it has run out, or at once when it is let go."""
    clock = Clock()
    one, two = Leases(connection, "one", clock), Leases(connection, "two", clock)

    assert [await one.claim("a", 30), await two.claim("a", 30), await two.claim("b", 30)] == [True, False, True]
    clock.now += timedelta(seconds=20)
    assert [await one.claim("a", 30), await two.claim("a", 30)] == [True, False]
    clock.now += timedelta(seconds=31)
    assert [await two.claim("a", 30), await one.claim("a", 30)] == [True, False]
    await one.release("a")
    assert not await one.claim("a", 30)
    await two.release("a")
    assert await one.claim("a", 30)


async def test_of_many_that_claim_at_once_one_holds(connection: Connection) -> None:
    """Also the first time."""
    holders = [Leases(connection, f"holder {number}", Clock()) for number in range(10)]

    assert sum(await asyncio.gather(*(holder.claim("a", 30) for holder in holders))) == 1


async def test_while_mongodb_is_away_every_call_says_so_in_time() -> None:
    """Never a hang: whoever needs it waits and tries again."""
    settings = MongoSettings(mongodb_uri=SecretStr(f"mongodb://127.0.0.1:{free_ports(1)[0]}/"), mongodb_timeout_seconds=0.2)
    connection = Connection.open(settings, "nowhere")
    ledger, raw_mails, leases = Ledger(connection), RawMails(connection), Leases(connection, "one", Clock())
    calls = [
        ledger.find([entry("one").submission_id]),
        ledger.store([entry("one")], LATER),
        ledger.requests_of(["<one@example.org>"]),
        ledger.note_published([entry("one").submission_id], LATER),
        raw_mails.put({"one": b"x"}, LATER),
        raw_mails.get("one"),
        leases.claim("a", 30),
        connection.prepare(INDEXES),
    ]
    async with asyncio.timeout(10):
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    await connection.close()

    assert [type(outcome) for outcome in outcomes] == [TransientError] * len(calls)
