"""Residents who write on X: what they post becomes a request, the number comes back below it, and what they delete goes here too."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from pydantic import SecretBytes, SecretStr

from intake_social.app import IntakeSocial
from intake_social.settings import IntakeSocialSettings
from intake_social.store.connection import Connection
from shared.contracts import Channel
from shared.identity import submission_id
from shared.tracking_number import display, tracking_number
from support.servers import unique
from support.system import System, until
from support.x_posts import TOWN, post, post_id
from support.x_scripted import KEY_NAMES, KEYS, TOKEN, ScriptedX, scripted_x

SERIAL = count()


class Town:
    """The network, and the service that works between it and the system."""

    def __init__(self, system: System, server: ScriptedX, settings: IntakeSocialSettings) -> None:
        self.system = system
        self.server = server
        self.settings = settings

    def write(self, text: str, **fields: Any) -> tuple[str, str]:  # noqa: ANN401 - JSON
        """A post of this moment; its id and the number that it will have."""
        moment = datetime.now(UTC)
        native_id = post_id(moment, next(SERIAL))
        written = {"created_at": moment.strftime("%Y-%m-%dT%H:%M:%S.000Z"), **fields}
        self.server.posts.append(post(native_id, f"{text} #311Cary", **written))
        secret = self.settings.tracking_number_secret.get_secret_value()
        return native_id, tracking_number(secret, submission_id(Channel.X, native_id))

    async def staff_sees(self, number: str, attention: str) -> dict[str, Any]:
        """The request as staff read it, as soon as this reason to look is among its reasons."""

        async def seen() -> dict[str, Any]:
            answer = await self.system.look_up(number, is_staff=True)
            return answer.json() if answer.is_success and attention in answer.json()["staff"]["attention"] else {}

        return await until(seen, f"{number} with {attention}")

    async def listed(self, attention: str) -> dict[str, dict[str, Any]]:
        """What staff find under this reason, by number."""
        query = {"attention": attention, "limit": "200"}
        found = await self.system.client.get(f"{self.system.tracker}/api/v1/requests", params=query, headers=self.system.staff)
        return {item["service_request_id"]: item for item in found.json()["items"]}


@pytest.fixture
async def town(system: System) -> AsyncIterator[Town]:
    environment = system.stack.environment
    async with scripted_x() as server:
        settings = IntakeSocialSettings(
            mongodb_uri=system.mongo_settings.mongodb_uri,
            attachments_database=system.mongo_settings.attachments_database,
            intake_social_database=unique("social"),
            tracking_number_secret=SecretBytes(environment["TRACKING_NUMBER_SECRET"].encode()),
            **system.kafka_settings.model_dump(),
            **{name: SecretStr(key) for name, key in zip(KEY_NAMES, KEYS, strict=True)},
            x_bearer_token=SecretStr(TOKEN),
            x_api_base=server.base,
            x_account_ids=(TOWN,),
            social_poll_seconds=0.5,
            social_first_start="all",
            social_recheck_seconds=6.0,
            health_port=0,
        )
        service, stop = IntakeSocial(settings), asyncio.Event()
        task = asyncio.create_task(service.run(stop))
        await until(lambda: is_ready(service), "intake-social ready")
        yield Town(system, server, settings)
        stop.set()
        await asyncio.wait_for(task, 30)
        connection = Connection.open(settings, settings.intake_social_database)
        await connection._client.drop_database(settings.intake_social_database)
        await connection.close()


async def is_ready(service: IntakeSocial) -> bool:
    return service.facts().get("replies_waiting") is not None and service._complaint_about_replies() is None


async def test_the_number_comes_back_below_the_post(town: Town) -> None:
    """With the question for the place where there is none, once; the history has what became of it."""
    native_id, number = town.write("There is a deep pothole")
    await town.system.visible(number)
    await until(lambda: written_below(town.server, native_id), "a reply")
    (text,) = await written_below(town.server, native_id)
    assert display(number) in text
    assert "where it is" in text
    history = f"{town.system.tracker}/api/v1/requests/{number}/history"

    async def delivered() -> list[dict[str, Any]]:
        entries = (await town.system.client.get(history, headers=town.system.staff)).json()["items"]
        return [entry["staff"]["delivery"] for entry in entries if entry["kind"] == "DeliveryRecorded"]

    (delivery,) = await until(delivered, "a delivery")
    assert (delivery["channel"], delivery["outcome"]) == ("x", "sent")


async def written_below(server: ScriptedX, native_id: str) -> list[str]:
    return [written["text"] for written in server.written if written["reply"]["in_reply_to_tweet_id"] == native_id]


async def test_where_x_forbids_a_reply_an_advocate_finds_the_post(town: Town) -> None:
    """In the list of those without a reply, with the link and the clock of one business day still running."""
    town.server.refuses_replies = True
    native_id, number = town.write("A street light is out at 300 N Academy St")
    await town.staff_sees(number, "no_reply_possible")
    item = (await town.listed("no_reply_possible"))[number]
    assert item["staff"]["report"]["source"]["url"] == f"https://x.com/i/web/status/{native_id}"
    assert datetime.fromisoformat(item["answer_due_datetime"]) > datetime.now(UTC)
    assert town.server.written == []


async def test_what_is_deleted_goes_here_too(town: Town) -> None:
    """The text and its author, everywhere; but not while a legal hold stands."""
    native_id, number = town.write("A tree fell on the greenway near 12 Invented Way")
    held_id, held = town.write("Graffiti on the invented bridge")
    for one in (number, held):
        await town.system.visible(one)
    await town.system.change(held, has_legal_hold=True)
    town.server.gone |= {native_id: "resource-not-found", held_id: "not-authorized-for-resource"}
    town.server.posts.clear()
    for one in (number, held):
        await town.staff_sees(one, "source_withdrawn")

    async def redacted() -> bool:
        return "Invented Way" not in (await town.system.look_up(number, is_staff=True)).text

    await until(redacted, f"{number} redacted")
    seen = (await town.system.look_up(number, is_staff=True)).json()
    assert not {"reporter", "source", "place"} & seen["staff"]["report"].keys()
    assert "description" not in (await town.system.look_up(number)).json()
    assert "Graffiti" in (await town.system.look_up(held, is_staff=True)).text
    connection = Connection.open(town.settings, town.settings.intake_social_database)

    async def only_the_held_one() -> bool:
        kept = [document["_id"] async for document in connection.collection("raw_posts").find({}, {"_id": 1})]
        return kept == [str(submission_id(Channel.X, held_id))]

    try:
        await until(only_the_held_one, "the raw post deleted")
    finally:
        await connection.close()
