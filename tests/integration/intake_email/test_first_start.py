"""A first start on a full mailbox: whether what was there before is taken."""

from datetime import UTC, datetime

from shared.settings import MongoSettings
from support.dovecot import Dovecot
from support.imap_service import World, email_world, subjects
from support.imap_user import mail

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def is_idle(world: World) -> None:
    async def has_begun() -> bool:
        return world.parts is not None and await world.collection("beginnings").count_documents({}) == 1

    await world.until(has_begun, "the mailbox has begun")


async def test_a_first_start_takes_nothing_older_than_itself(mail_server: Dovecot, mongo_settings: MongoSettings) -> None:
    """What was there before stays, then and at later starts; what arrives or is moved in, however old, is taken."""
    async with email_world(mail_server.port, mongo_settings, starts=False, mailbox={"first_start": "new"}) as world:
        await world.user.put(mail(subject="before"), mail(subject="read before"))
        await world.user.put(mail(subject="archived"), folder="Archive", arrived_at=LONG_AGO)
        world.start()
        await is_idle(world)
        await world.user.put(mail(subject="after"))
        await world.published(1)
        await world.user.move_all("Archive", "INBOX")
        await world.published(2)
        await world.stop()
        world.start()
        await world.user.put(mail(subject="later"))
        await world.published(3)

        await world.moved(3)
        assert subjects(world.kafka.submissions) == ["after", "archived", "later"]
        assert await world.user.count("INBOX") == 2


async def test_a_first_start_takes_everything_when_told(mail_server: Dovecot, mongo_settings: MongoSettings) -> None:
    """``first_start: all``"""
    async with email_world(mail_server.port, mongo_settings, starts=False, mailbox={"first_start": "all"}) as world:
        await world.user.put(mail(), arrived_at=LONG_AGO)
        world.start()
        await world.drained()
        assert len(world.kafka.records) == 1


async def test_a_first_start_is_remembered_when_uids_mean_other_mails(own_server: Dovecot, mongo_settings: MongoSettings) -> None:
    """After a change of UIDVALIDITY the server's dates tell what was there before; nothing that came since is lost."""
    async with email_world(own_server.port, mongo_settings, starts=False, mailbox={"first_start": "new"}) as world:
        await world.user.put(mail(subject="before"), arrived_at=LONG_AGO)
        world.start()
        await is_idle(world)
        await world.stop()
        await world.user.put(mail(subject="meanwhile"))
        await own_server.forget_uids(world.user.name)
        world.start()
        await world.published(1)
        await world.user.put(mail(subject="after"))
        await world.published(2)

        await world.moved(2)
        assert subjects(world.kafka.submissions) == ["meanwhile", "after"]
        assert await world.user.count("INBOX") == 1
