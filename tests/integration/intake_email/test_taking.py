"""Mails become submissions: each exactly one, kept before it is published, moved after it."""

import asyncio
import time
from pathlib import Path

import pytest

from intake_email.app import IntakeEmail
from intake_email.store.ledger import EntryState
from shared.contracts import Channel
from shared.errors import ConfigurationError
from shared.identity import submission_id
from shared.settings import MongoSettings
from shared.tracking_number import tracking_number
from support.dovecot import Dovecot, dovecot, throwaway_authority
from support.examples import SECRET
from support.imap_service import World, email_world, mailbox_settings, service_settings, subjects
from support.imap_user import ImapUser, mail


async def test_a_mail_becomes_a_submission_within_a_second_of_the_notice(world: World) -> None:
    """While the service idles, an arriving mail is published, kept and moved, within a second."""
    await world.user.put(mail("first"))
    await world.drained()

    started = time.monotonic()
    await world.user.put(mail("The lamp is dark.", message_id="<one@example.org>", date="Tue, 03 Mar 2026 09:00:00 -0500"))
    submission = (await world.published(2))[1]
    seconds = time.monotonic() - started
    await world.drained()

    identity = submission_id(Channel.EMAIL, "<one@example.org>\nana@example.org\nTue, 03 Mar 2026 09:00:00 -0500")
    assert (submission.submission_id, submission.service_request_id) == (identity, tracking_number(SECRET, identity))
    assert (submission.channel, submission.subject, submission.text) == (Channel.EMAIL, "Dark street light", "The lamp is dark.")
    person = submission.reporter
    assert person is not None
    assert (person.first_name, person.last_name, person.email) == ("Ana", "Resident", "ana@example.org")
    assert seconds < 1.5, seconds
    assert await world.user.counts() == {"Processed": 2}
    assert await world.collection("raw_mails").count_documents({"_id": str(identity)}) == 1
    assert world.parts is not None
    assert (await world.parts.ledger.find([identity]))[identity].state is EntryState.PUBLISHED


async def test_a_backlog_is_taken_in_its_order(mail_server: Dovecot, mongo_settings: MongoSettings) -> None:
    """Batch after batch, oldest first, whether somebody has read a mail or not; no flag is changed by us."""
    async with email_world(mail_server.port, mongo_settings, starts=False, mail_batch_messages=7) as world:
        await world.user.put(*(mail(subject=f"mail {number:02}") for number in range(40)))
        await world.user.does(lambda client: (client.select_folder("INBOX"), client.add_flags([3], [b"\\Seen"])))
        world.start()
        await world.drained()

        assert subjects(world.kafka.submissions) == [f"mail {number:02}" for number in range(40)]
        flags = await world.user.flags("Processed")
    assert [b"\\Seen" in of_mail for of_mail in flags] == [number == 2 for number in range(40)]


async def test_the_same_mail_is_one_submission(world: World) -> None:
    """Delivered twice along different ways, and moved back by hand: nothing is published again, and it leaves the inbox again."""
    raw = mail(message_id="<same@example.org>")
    await world.user.put(b"Received: from one by two\r\n" + raw, b"Received: from three by four\r\n" + raw)
    await world.drained()
    await world.user.move_all("Processed", "INBOX")
    await world.drained()

    assert len(world.kafka.records) == 1
    assert await world.user.counts() == {"Processed": 2}


async def test_without_message_id_the_content_is_the_identity(world: World) -> None:
    """One mail in five has none: the same twice is one, another text is another."""
    raw = mail("The lamp is dark.", message_id=None)
    await world.user.put(b"Received: from one by two\r\n" + raw, raw, mail("The lamp is broken.", message_id=None))
    await world.drained()

    assert sorted(submission.text for submission in world.kafka.submissions) == ["The lamp is broken.", "The lamp is dark."]


async def test_a_message_id_that_is_used_again_is_another_mail(world: World) -> None:
    """Some programs give every mail the same."""
    await world.user.put(
        mail(message_id="<always@device>", sender="a@example.org", subject="one"),
        mail(message_id="<always@device>", sender="b@example.org", subject="two"),
        mail(message_id="<always@device>", sender="a@example.org", subject="three", date="Wed, 04 Mar 2026 09:00:00 -0500"),
    )
    await world.drained()

    assert subjects(world.kafka.submissions) == ["one", "two", "three"]
    assert [submission.claim for submission in world.kafka.submissions] == [None, None, None]


async def test_a_mail_to_two_mailboxes_is_one_submission(mail_server: Dovecot, mongo_settings: MongoSettings) -> None:
    """Each mailbox has its own defaults; whichever takes the mail first, and were it at the same moment, it is the same submission."""
    async with email_world(mail_server.port, mongo_settings, starts=False) as world:
        water = ImapUser(mail_server.port, f"{world.user.name}-water")
        second = mailbox_settings(
            mail_server.port, water.name, name="water", own_addresses=("water@town.example",), service_code="WATER-LEAK", language="es"
        )
        world.settings = world.settings.model_copy(update={"mailboxes": (*world.settings.mailboxes, second)})
        both = mail(to="311@town.example, water@town.example", message_id="<both@example.org>")
        await world.user.put(both)
        await water.put(both, mail(subject="Leak", sender="Luz Vecina <luz@example.org>"))
        world.start()
        await world.drained()

        async def is_empty() -> bool:
            return await water.count("INBOX") == 0

        await world.until(is_empty, "the second mailbox is empty")
        submissions = {submission.subject: submission for submission in world.kafka.submissions}
        identities = {(submission.submission_id, submission.received_at) for submission in world.kafka.submissions}

    assert len(identities) == len(submissions) == 2
    assert submissions["Leak"].service_code == "WATER-LEAK"
    assert submissions["Leak"].reply_addresses[0].language == "es"


async def test_while_kafka_is_away_mails_stay_where_they_are(world: World) -> None:
    """Then they are published once, as they were first received."""
    world.kafka.is_down = True
    await world.user.put(mail(message_id="<waits@example.org>"))

    async def is_stored() -> bool:
        return world.parts is not None and await world.collection("messages").count_documents({}) == 1

    await world.until(is_stored, "the mail is stored")
    assert await world.user.count("INBOX") == 1
    stored = await world.collection("messages").find_one({})
    world.kafka.is_down = False
    await world.drained()

    [submission] = world.kafka.submissions
    assert submission.received_at == stored["received_at"]
    assert await world.collection("published").count_documents({"_id": str(submission.submission_id)}) == 1


async def test_what_our_server_calls_spam_is_kept_apart_until_a_person_puts_it_back(
    mail_server: Dovecot, mongo_settings: MongoSettings
) -> None:
    """Only by the field that the operator named; put back into the inbox it is none."""
    async with email_world(mail_server.port, mongo_settings, mailbox={"spam_header": "X-Spam-Flag: YES"}) as world:
        await world.user.put(mail(subject="spam", X_Spam_Flag="Yes"), mail(subject="ham", X_Spam_Flag="No"))
        await world.drained()
        assert subjects(world.kafka.submissions) == ["ham"]
        assert await world.user.counts() == {"Processed": 1, "Spam": 1}

        await world.user.move_all("Spam", "INBOX")
        await world.drained()
        assert subjects(world.kafka.submissions) == ["ham", "spam"]
        assert await world.user.counts() == {"Processed": 2}


async def test_a_second_instance_stands_by_and_takes_over(mail_server: Dovecot, mongo_settings: MongoSettings) -> None:
    """One takes, the other waits without complaint; when the first stops, the second goes on."""
    async with email_world(mail_server.port, mongo_settings) as first:
        await first.user.put(mail(subject="one"))
        await first.drained()
        second = World(first.settings, first.user, first.kafka)
        second.start()
        try:
            await asyncio.sleep(0.5)
            assert second.service._complaint() in {None, "it waits for MongoDB or Kafka"}
            await first.stop()
            await first.user.put(mail(subject="two"))
            await second.drained()
        finally:
            await second.stop()
        assert subjects(first.kafka.submissions) == ["one", "two"]


async def test_the_server_dies_in_idle_and_comes_back(own_server: Dovecot, mongo_settings: MongoSettings) -> None:
    """Killing Dovecot costs time, never a mail; readiness tells when it takes long."""
    async with email_world(own_server.port, mongo_settings, mail_search_age_limit_seconds=0.5) as world:
        await world.user.put(mail(subject="one"))
        await world.drained()
        await own_server.kill()
        await asyncio.sleep(1)
        assert "ago" in (world.service._complaint() or "")
        await own_server.start()
        await world.user.put(mail(subject="two"))
        await world.drained()

        assert subjects(world.kafka.submissions) == ["one", "two"]


async def test_an_inbox_that_is_deleted_is_waited_for(mail_server: Dovecot, mongo_settings: MongoSettings) -> None:
    """A folder as the queue, removed while we run: the service goes on when it is there again."""
    async with email_world(
        mail_server.port, mongo_settings, starts=False, mailbox={"folders": {"inbox": "311"}}, mail_resync_seconds=0.3
    ) as world:
        await world.user.put(mail(subject="one"), folder="311")
        world.start()
        await world.drained("311")
        await world.user.does(lambda client: client.delete_folder("311"))
        await asyncio.sleep(0.6)
        await world.user.put(mail(subject="two"), folder="311")
        await world.drained("311")

        assert subjects(world.kafka.submissions) == ["one", "two"]


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_tls_is_verified(tmp_path: Path, mongo_settings: MongoSettings, tls: str) -> None:
    """With the authority's certificate mails are taken; without it, or under another name, nothing is said to the server."""
    authority, certificate, key = throwaway_authority(tmp_path / "tls")
    async with dovecot(certificate=(certificate, key)) as server:
        port = server.tls_port if tls == "tls" else server.port
        trusted = {"host": "localhost", "port": port, "tls": tls, "ca_file": authority}
        async with email_world(server.port, mongo_settings, starts=False, mailbox=trusted) as world:
            await world.user.put(mail())
            world.start()
            await world.drained()
        for changes in ({"ca_file": None}, {"host": "127.0.0.1"}):
            wrong = {**trusted, **changes}
            async with email_world(server.port, mongo_settings, starts=False, mailbox=wrong, mail_search_age_limit_seconds=0.1) as world:
                await world.user.put(mail())
                world.start()

                async def is_told(world: World = world) -> bool:
                    return "ago" in (world.service._complaint() or "")

                await world.until(is_told, "the complaint")
                assert await world.user.count("INBOX") == 1


async def test_settings_of_a_service_without_mailboxes_are_refused(mongo_settings: MongoSettings) -> None:
    """A service that does nothing is a mistake."""
    with pytest.raises(ConfigurationError, match="MAILBOXES"):
        IntakeEmail(service_settings(mongo_settings, []))
