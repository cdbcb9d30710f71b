"""The whole service: X in, Kafka out, MongoDB between, and what its health page says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from shared.attachments import AttachmentStore
from shared.contracts import DeliveryOutcome, DeliveryRecorded, ServiceRequestUpdated, decode_event, decode_submission
from shared.kafka.records import Outgoing
from shared.kafka.topics import REQUEST_EVENTS, REQUEST_UPDATED, SUBMISSION_RECEIVED
from shared.settings import MongoSettings
from shared.tracking_number import display
from support.intake_web import picture
from support.social_announced import created
from support.social_service import World, service_settings, social_world
from support.x_posts import TOWN, post, post_id
from support.x_scripted import KEY_NAMES, KEYS, Fault, ScriptedX


def recent(minutes_ago: float = 5.0, serial: int = 0, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A post of just now: the service has a real clock."""
    moment = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return post(post_id(moment, serial), **{"created_at": moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")} | fields)


async def test_posts_become_submissions_once(server: ScriptedX, mongo_settings: MongoSettings) -> None:
    """By tag, by mention, and both; a restart takes nothing twice; a broken one is shown to an advocate."""
    tagged, both = recent(6, text="Streetlight out on Kildaire #311cary"), recent(5, text="@town a leak #Cary311")
    mention, own = recent(4, text="@town the park gate is stuck"), recent(3, author_id=TOWN)
    broken = {**recent(2), "author_id": None}
    server.posts, server.mentions = [tagged, both, own, broken, recent(1, text="#311Caryville")], [both, mention]
    async with social_world(mongo_settings, server) as world:
        await world.until(lambda: len(world.kafka.records) >= 4)
        await world.until(lambda: sum(request.path.endswith("/mentions") for request in server.requests) > 2)
        status, page = await world.readiness()
        await world.stop()
        world.start()
        count = len(server.requests)
        await world.until(lambda: len(server.requests) > count + 4)
    ids = {submission.source.native_id for submission in world.kafka.submissions if submission.source}
    assert ids == {tagged["id"], both["id"], mention["id"], f"stand-in:{broken['id']}"}
    assert len(world.kafka.records) == 4
    assert status == 200
    assert page["facts"]["mode"] == "read_only"
    assert page["facts"]["spend_dollars"] > 0


def announce(world: World, item: dict[str, Any]) -> ServiceRequestUpdated:
    """The tracker made a request of a post."""
    told = created(item["id"], datetime.now(UTC))
    world.announced.append(Outgoing(REQUEST_UPDATED.name, told.key.encode(), told.encode()))
    return told


def deliveries(world: World) -> list[DeliveryRecorded]:
    events = [decode_event(record.value) for record in world.kafka.records if record.topic == REQUEST_EVENTS.name]
    return [event for event in events if isinstance(event, DeliveryRecorded)]


async def test_with_the_accounts_keys_it_replies(server: ScriptedX, mongo_settings: MongoSettings) -> None:
    """In public, below the post, with the number; a restart replies to nothing twice; the health page tells what waits and what it cost."""
    keys = {name: SecretStr(key) for name, key in zip(KEY_NAMES, KEYS, strict=True)}
    async with social_world(mongo_settings, server, **keys) as world:
        await world.until_on()
        item = recent(0)
        told = announce(world, item)
        await world.until(lambda: deliveries(world))
        await world.stop()
        world.start()
        await world.until_on()
        announce(world, item)
        status, page = await world.readiness()
    ((reply, text),) = [(written["reply"]["in_reply_to_tweet_id"], written["text"]) for written in server.written]
    assert (reply, display(told.service_request_id) in text) == (item["id"], True)
    assert [delivery.outcome for delivery in deliveries(world)] == [DeliveryOutcome.SENT]
    assert (status, page["facts"]["mode"]) == (200, "on")
    assert {"replies_waiting", "oldest_unanswered_seconds", "seconds_since_reply", "spend_dollars", "over_budget"} <= page["facts"].keys()


async def test_what_the_author_writes_on_without_a_tag(server: ScriptedX, mongo_settings: MongoSettings) -> None:
    """It follows up on their request, and a stranger's words in the same conversation do not."""
    item = recent(2)
    server.posts = [item]
    async with social_world(mongo_settings, server, social_conversation_seconds=0.2) as world:
        await world.until_on()
        await world.until(lambda: world.kafka.records)
        told = announce(world, item)
        later = {"conversation_id": item["id"], "referenced_tweets": [{"type": "replied_to", "id": item["id"]}], "text": "Still there"}
        server.untagged = [recent(1, 1, **later), recent(1, 2, **later, author_id="1002")]
        await world.until(lambda: sum(record.topic == SUBMISSION_RECEIVED.name for record in world.kafka.records) == 2)
        status, _ = await world.readiness()
    (_, follow_up) = [decode_submission(record.value) for record in world.kafka.records if record.topic == SUBMISSION_RECEIVED.name]
    assert follow_up.claim is not None
    assert (follow_up.text, follow_up.claim.service_request_id) == ("Still there", told.service_request_id)
    assert status == 200


async def test_without_keys_an_advocate_finds_every_post(server: ScriptedX, mongo_settings: MongoSettings) -> None:
    """Read only is a state like another: nothing is written, and the request says that nobody was answered."""
    async with social_world(mongo_settings, server) as world:
        await world.until_on()
        announce(world, recent(0))
        await world.until(lambda: deliveries(world))
    (delivery,) = deliveries(world)
    assert (delivery.outcome, delivery.detail) == (DeliveryOutcome.NOT_PERMITTED, "read_only")
    assert server.written == []


def test_keys_without_the_account_they_belong_to(server: ScriptedX, mongo_settings: MongoSettings) -> None:
    """It would take its own replies for reports: the start stops with a sentence."""
    keys = {name: SecretStr(key) for name, key in zip(KEY_NAMES, KEYS, strict=True)}
    with pytest.raises(ValidationError, match="X_ACCOUNT_IDS"):
        service_settings(mongo_settings, server, x_account_ids=(), **keys)


def test_a_lease_that_ends_while_a_reply_is_written(server: ScriptedX, mongo_settings: MongoSettings) -> None:
    """Another instance would look for it too early: the start stops with a sentence."""
    with pytest.raises(ValidationError, match="SOCIAL_REPLY_LEASE_SECONDS"):
        service_settings(mongo_settings, server, social_reply_lease_seconds=30.0)


async def test_switched_off(server: ScriptedX, mongo_settings: MongoSettings) -> None:
    """Without a token the service is ready, says so, and asks nobody anything."""
    async with social_world(mongo_settings, server, x_bearer_token=None) as world:
        status, page = await world.readiness()
    assert (status, page["facts"], page["complaints"]) == (200, {"mode": "switched_off"}, {})
    assert server.requests == []


@pytest.mark.parametrize(("status", "reason"), [(401, "unauthorized"), (402, "credits_spent")])
async def test_a_person_is_called(server: ScriptedX, mongo_settings: MongoSettings, status: int, reason: str) -> None:
    """Not ready, with a sentence; and X is left alone."""
    server.fault_for_ever = Fault(status)
    async with social_world(mongo_settings, server) as world:
        await world.until(lambda: len(server.requests) == 2)
        code, page = 200, {}
        while code == 200:
            code, page = await world.readiness()
        assert f"the network stopped us ({reason}); a person must act" in page["complaints"]["posts"]
        assert len(server.requests) == 2


async def test_kafka_away(server: ScriptedX, mongo_settings: MongoSettings) -> None:
    """Nothing is lost: it comes when Kafka is back."""
    server.posts = [recent()]
    async with social_world(mongo_settings, server) as world:
        world.kafka.is_down = True
        await world.until(lambda: len(server.requests) >= 3)
        world.kafka.is_down = False
        await world.until(lambda: world.kafka.records)
        assert len(world.kafka.records) == 1


def with_photos(server: ScriptedX, *addresses: str) -> dict[str, Any]:
    keys = [f"3_{number}" for number in range(len(addresses))]
    media = zip(keys, addresses, strict=True)
    server.includes = {"media": [{"media_key": key, "type": "photo", "url": url, "alt_text": "A hole"} for key, url in media]}
    return recent(attachments={"media_keys": keys})


async def test_a_photo_is_kept_with_its_description(server: ScriptedX, mongo_settings: MongoSettings) -> None:
    """Encoded anew, with the author's words for those who cannot see it."""
    server.photos["/media/a.jpg"] = picture()
    server.posts = [with_photos(server, f"{server.base}/media/a.jpg")]
    async with social_world(mongo_settings, server) as world:
        await world.until(lambda: world.kafka.records)
        (submission,) = world.kafka.submissions
        (attachment,) = submission.attachments
        assert (attachment.alt_text, attachment.width_pixels, attachment.height_pixels) == ("A hole", 64, 48)
        store = await AttachmentStore.connect(world.settings)
        stored = await store.get(attachment.file_id)
        await store.close()
        assert stored is not None
        assert stored[1].startswith(b"\xff\xd8\xff")
        assert submission.source is not None
        assert not submission.source.decoded_with_losses


async def test_photos_that_cannot_be_had_never_block(server: ScriptedX, mongo_settings: MongoSettings) -> None:
    """From elsewhere, gone, too large, no picture, another scheme, with a password in the address: the post goes on and is marked."""
    server.photos |= {
        "/media/html": b"<html>" * 100,
        "/media/large": b"\xff\xd8\xff" + bytes(70_000),
        "/media/broken": b"\xff\xd8\xff" + bytes(99),
    }
    bad = [f"{server.base}/media/{name}" for name in ("gone", "html", "large", "broken")]
    bad += ["http://127.0.0.1:1/a.jpg", "file:///etc/passwd", "http://[", f"http://user:secret@127.0.0.1:{server.port}/media/html", "x"]
    server.posts = [with_photos(server, *bad)]
    async with social_world(mongo_settings, server, social_photo_max_bytes=65_536) as world:
        await world.until(lambda: world.kafka.records)
        (submission,) = world.kafka.submissions
    assert submission.attachments == ()
    assert submission.source is not None
    assert submission.source.decoded_with_losses
    asked = {request.path for request in server.requests if not request.path.startswith("/2/")}
    assert asked == {"/media/gone", "/media/html", "/media/large", "/media/broken"}
