"""Servers that refuse, forget, fail and fill up: no mail is lost or doubled, none bars another's way, and an advocate sees each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from shared.contracts import ClaimProof, SubmissionReceived
from shared.kafka.records import Outgoing
from shared.settings import MongoSettings
from support.imap_scripted import Scripted, scripted_server
from support.imap_service import World, email_world
from support.imap_user import mail


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted_server() as account:
        yield account


def serving(server: Scripted, mongo_settings: MongoSettings, **changes: Any) -> AbstractAsyncContextManager[World]:  # noqa: ANN401 - settings by name
    """A service on the scripted server; started by the test."""
    return email_world(server.port, mongo_settings, starts=False, mail_resync_seconds=0.3, **changes)


async def emptied(server: Scripted, world: World) -> None:
    async def is_empty() -> bool:
        return not server.folders["INBOX"]

    await world.until(is_empty, "the inbox is empty")


def subjects(submissions: list[SubmissionReceived]) -> list[str]:
    return sorted(submission.subject or "" for submission in submissions)


def fetches(uid: int, command: str, words: list[str]) -> bool:
    """Whether the command asks for this mail's content."""
    return command == "UID FETCH" and str(uid) in words[0].split(",") and "BODY" in " ".join(words)


@pytest.mark.parametrize("how", ["ends the connection", "is refused", "is left out", "is NIL", "is no answer"])
async def test_one_mail_that_cannot_be_fetched_bars_no_other(server: Scripted, mongo_settings: MongoSettings, how: str) -> None:
    """Ten mails, the fourth kills the FETCH: nine are taken, and a stand-in from its header reaches an advocate; it is put aside."""
    uids = [server.put(mail(f"Lamp {number} is dark.", subject=f"lamp {number}")) for number in range(10)]
    answers = {
        "ends the connection": b"",
        "is refused": b"{tag} NO [SERVERBUG] cannot\r\n",
        "is left out": b"{tag} OK done\r\n",
        "is NIL": b"* 4 FETCH (UID 4 BODY[] NIL)\r\n{tag} OK done\r\n",
        "is no answer": b"* 4 FETCH (((((\r\n{tag} OK done\r\n",
    }
    server.says = lambda command, words: answers[how] if fetches(uids[3], command, words) and "HEADER" not in " ".join(words) else None
    async with serving(server, mongo_settings) as world:
        world.start()
        await emptied(server, world)
        submissions = world.kafka.submissions

    assert subjects(submissions) == [f"lamp {number}" for number in range(10)]
    stand_in = next(submission for submission in submissions if submission.subject == "lamp 3")
    assert "could not be read" in stand_in.text
    assert stand_in.source is not None
    assert stand_in.source.decoded_with_losses
    assert stand_in.reporter is not None
    assert stand_in.reply_addresses
    assert (len(server.folders["Processed"]), list(server.folders["Quarantine"])) == (9, [uids[3]])


async def test_not_even_the_header(server: Scripted, mongo_settings: MongoSettings) -> None:
    """A stand-in made of nothing still reaches an advocate, one for each such mail."""
    uids = [server.put(mail(subject=name)) for name in ("lost", "other", "lost too")]
    lost = [uids[0], uids[2]]
    server.says = lambda command, words: b"" if any(fetches(uid, command, words) for uid in lost) else None
    async with serving(server, mongo_settings) as world:
        world.start()
        await emptied(server, world)
        submissions = world.kafka.submissions

    assert subjects(submissions) == ["", "", "other"]
    assert len({submission.submission_id for submission in submissions}) == 3
    assert [submission.reporter for submission in submissions if not submission.subject] == [None, None]
    assert list(server.folders["Quarantine"]) == lost


async def test_what_could_not_be_fetched_follows_up_once_it_can(server: Scripted, mongo_settings: MongoSettings) -> None:
    """Moved back from quarantine, the mail joins the request of its stand-in, with its own words."""
    raw = mail("The lamp is dark.", subject="lamp")
    uid = server.put(raw)
    server.says = lambda command, words: b"" if fetches(uid, command, words) and "HEADER" not in " ".join(words) else None
    async with serving(server, mongo_settings) as world:
        world.start()
        await emptied(server, world)
        server.put(raw)
        await emptied(server, world)
        stand_in, submission = world.kafka.submissions

    assert submission.text == "The lamp is dark."
    assert submission.claim is not None
    assert (submission.claim.service_request_id, submission.claim.proof) == (stand_in.service_request_id, ClaimProof.THREAD)


async def test_a_full_mailbox_publishes_nothing_twice(server: Scripted, mongo_settings: MongoSettings) -> None:
    """The server moves nothing: what is settled is known and left alone, what comes is taken; once there is room, all is moved."""
    server.put(mail(subject="one"))
    server.says = lambda command, _: b"{tag} NO [OVERQUOTA] full\r\n" if command == "UID MOVE" else None
    async with serving(server, mongo_settings) as world:
        world.start()
        await world.published(1)
        server.arrive(mail(subject="two"))
        await world.published(2)
        await asyncio.sleep(1)
        fetched = server.commands.count("UID FETCH")
        server.says = lambda _command, _words: None
        await emptied(server, world)

    assert subjects(world.kafka.submissions) == ["one", "two"]
    assert fetched <= 4, "what is settled is not fetched again"


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 IDLE UIDPLUS", "IMAP4rev1 IDLE"], ids=["uidplus", "neither"])
async def test_without_move_mails_are_copied_and_marked(server: Scripted, mongo_settings: MongoSettings, capabilities: str) -> None:
    """COPY, STORE, UID EXPUNGE; without UIDPLUS nothing is expunged: EXPUNGE would remove what others have marked."""
    server.capabilities = capabilities
    uid = server.put(mail())
    async with serving(server, mongo_settings) as world:
        world.start()
        await world.published(1)

        async def is_copied() -> bool:
            return uid in server.folders["Processed"] and "UID STORE" in server.commands

        await world.until(is_copied, "copied")
        await asyncio.sleep(0.2)

    assert ("UID EXPUNGE" in server.commands) is ("UIDPLUS" in capabilities)
    assert "EXPUNGE" not in server.commands
    assert len(world.kafka.records) == 1


async def test_moving_fails_where_the_folder_was_deleted_and_it_is_made_again(server: Scripted, mongo_settings: MongoSettings) -> None:
    """Somebody tidied up while we ran."""
    async with serving(server, mongo_settings) as world:
        world.start()
        server.put(mail(subject="one"))
        await emptied(server, world)
        del server.folders["Processed"]
        server.says = lambda command, _: (
            b"{tag} NO [TRYCREATE] none\r\n" if command == "UID MOVE" and "Processed" not in server.folders else None
        )
        server.arrive(mail(subject="two"))
        await emptied(server, world)

    assert subjects(world.kafka.submissions) == ["one", "two"]
    assert len(server.folders["Processed"]) == 1


async def test_a_bug_of_ours_costs_its_mail_only(server: Scripted, mongo_settings: MongoSettings) -> None:
    """What cannot be published is found by halving, and a stand-in takes its place."""

    def is_culprit(record: Outgoing) -> bool:
        return b"mail 2" in record.value and b"could not be read" not in record.value

    for number in range(6):
        server.put(mail(subject=f"mail {number}"))
    async with serving(server, mongo_settings) as world:
        world.kafka.fails_with = lambda records: (
            ZeroDivisionError()
            if any(b"mail 2" in record.value and b"could not be read" not in record.value for record in records)
            else None
        )
        world.start()
        await emptied(server, world)
        submissions = world.kafka.submissions

    assert subjects(submissions) == [f"mail {number}" for number in range(6)]
    assert len(server.folders["Quarantine"]) == 1


async def test_uids_that_mean_other_mails_move_nothing_by_mistake(server: Scripted, mongo_settings: MongoSettings) -> None:
    """A change of UIDVALIDITY while mails wait to be moved: what was known by UID is forgotten, identity absorbs the repeat."""
    server.put(mail(subject="one"))
    server.says = lambda command, _: b"{tag} NO full\r\n" if command == "UID MOVE" else None
    async with serving(server, mongo_settings) as world:
        world.start()
        await world.published(1)
        first = server.folders["INBOX"].pop(1)
        server.folders["INBOX"] = {1: mail(subject="two"), 2: first}
        server.uid_validity, server.next_uid = 8, 3
        server.says = lambda _command, _words: None
        server.cut()
        await emptied(server, world)

    assert subjects(world.kafka.submissions) == ["one", "two"]
    assert len(server.folders["Processed"]) == 2


async def test_a_refused_sign_in_is_told_and_not_tried_at_once(server: Scripted, mongo_settings: MongoSettings) -> None:
    """A wrong password: readiness says so, and the account is not hammered."""
    server.says = lambda command, _: b"{tag} NO [AUTHENTICATIONFAILED] no\r\n" if command == "LOGIN" else None
    async with serving(server, mongo_settings) as world:
        world.start()

        async def is_told() -> bool:
            return "refuses our sign-in" in (world.service._complaint() or "")

        await world.until(is_told, "the complaint")
        await asyncio.sleep(1.5)
        assert server.connections == 1


async def test_an_account_that_is_locked_for_now_is_no_refusal(server: Scripted, mongo_settings: MongoSettings) -> None:
    """[UNAVAILABLE] passes by itself: it is tried again soon."""
    server.says = lambda command, _: b"{tag} NO [UNAVAILABLE] later\r\n" if command == "LOGIN" and server.connections < 3 else None
    server.put(mail())
    async with serving(server, mongo_settings) as world:
        world.start()
        await emptied(server, world)

    assert server.connections >= 3
