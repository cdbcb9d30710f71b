"""Residents who write on X: what they post becomes a request, the number comes back below it, and what they delete goes here too.

X is the stand-in of ``make run``, which the whole system works with.
"""

import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from intake_social.store.connection import Connection
from shared.contracts import Channel
from shared.identity import submission_id
from shared.settings import MongoSettings
from shared.tracking_number import display, tracking_number
from support.system import System, a_photo, until

NUMBER = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


class Network:
    """The other side of X, and the advocates' side of the system."""

    def __init__(self, system: System) -> None:
        assert system.stack.x is not None
        self.system = system
        self.client = system.client
        self.posts = f"{system.stack.x.url}/stand-in/posts"

    async def write(self, text: str, **fields: Any) -> tuple[str, str]:  # noqa: ANN401 - JSON
        """A post of this moment; its id and the number that it has, or would have."""
        answer = await self.client.post(self.posts, json={"username": "pat_example", "text": text, **fields})
        native_id = str(answer.raise_for_status().json()["id"])
        secret = self.system.stack.environment["TRACKING_NUMBER_SECRET"].encode()
        return native_id, tracking_number(secret, submission_id(Channel.X, native_id))

    async def below(self, native_id: str) -> list[dict[str, str]]:
        """What the town wrote below a post."""
        return [reply for reply in (await self.client.get(f"{self.posts}/{native_id}/replies")).json() if reply["username"] == "cary311"]

    async def history(self, number: str, kind: str) -> list[dict[str, Any]]:
        """The entries of a kind, as staff read them."""
        url = f"{self.system.tracker}/api/v1/requests/{number}/history"
        entries = (await self.client.get(url, headers=self.system.staff)).json()["items"]
        return [entry for entry in entries if entry["kind"] == kind]

    async def staff_sees(self, number: str, attention: str) -> dict[str, Any]:
        """The request as staff read it, as soon as this reason to look is among its reasons."""

        async def seen() -> dict[str, Any]:
            answer = await self.system.look_up(number, is_staff=True)
            return answer.json() if answer.is_success and attention in answer.json()["staff"]["attention"] else {}

        return await until(seen, f"{number} with {attention}")

    async def listed(self, attention: str) -> dict[str, dict[str, Any]]:
        """What staff find under this reason, by number."""
        query = {"attention": attention, "limit": "200"}
        found = await self.client.get(f"{self.system.tracker}/api/v1/requests", params=query, headers=self.system.staff)
        return {item["service_request_id"]: item for item in found.json()["items"]}


@pytest.fixture
def x(system: System) -> Network:
    return Network(system)


async def test_a_post_comes_back_as_a_number_and_its_thread_stays_one_request(x: Network) -> None:
    """Post, number at the tracker, one public reply that asks for the place, the author's answer to it as a follow-up, and the status."""
    hole = {"base64": base64.b64encode(a_photo("hole on X")).decode(), "alt_text": "A hole"}
    native_id, number = await x.write("@cary311 There is a deep pothole #311Cary", photos=[hole])
    (reply,) = await until(lambda: x.below(native_id), "a reply")
    found = NUMBER.search(reply["text"])
    assert found
    assert found[0] == display(number)
    assert "where it is" in reply["text"]
    seen = await x.system.visible(number)
    assert (seen["channel"], seen["status"]) == ("x", "open")
    (delivery,) = await until(lambda: x.history(number, "DeliveryRecorded"), "a delivery")
    assert (delivery["staff"]["delivery"]["channel"], delivery["staff"]["delivery"]["outcome"]) == ("x", "sent")
    assert len((await x.system.look_up(number, is_staff=True)).json()["staff"]["report"]["attachments"]) == 1

    below, _ = await x.write("At 300 N Academy St, northbound", reply_to=reply["id"])
    (follow_up,) = await until(lambda: x.history(number, "FollowUpReceived"), "the follow-up")
    assert "300 N Academy St" in str(follow_up)
    assert not await x.below(below)

    await x.system.change(number, detailed_status="resolved")
    assert (await x.system.visible(number))["status"] == "closed"
    assert len(await x.below(native_id)) == 1


async def test_a_post_in_spanish_is_replied_to_in_spanish(x: Network) -> None:
    """By the post's own words, whatever language X says that it has."""
    native_id, number = await x.write("@cary311 La farola frente a la Calle Inventada 14 parpadea toda la noche #Cary311", lang="es")
    (reply,) = await until(lambda: x.below(native_id), "a reply")
    assert f"Su número de seguimiento es {display(number)}" in reply["text"]


async def test_where_x_forbids_a_reply_an_advocate_finds_the_post(x: Network) -> None:
    """A tag alone is no mention: in the list of those without a reply, with the link and the clock of one business day still running."""
    native_id, number = await x.write("A street light is out at 300 N Academy St #311Cary")
    await x.staff_sees(number, "no_reply_possible")
    item = (await x.listed("no_reply_possible"))[number]
    assert item["staff"]["report"]["source"]["url"] == f"https://x.com/i/web/status/{native_id}"
    assert datetime.fromisoformat(item["answer_due_datetime"]) > datetime.now(UTC)
    assert await x.below(native_id) == []


async def test_what_is_deleted_goes_here_too(x: Network) -> None:
    """The text and its author, everywhere; but not while a legal hold stands."""
    native_id, number = await x.write("A tree fell on the greenway near 12 Invented Way #311Cary")
    held_id, held = await x.write("Graffiti on the invented bridge #311Cary")
    for one in (number, held):
        await x.system.visible(one)
    await x.system.change(held, has_legal_hold=True)
    for gone in (native_id, held_id):
        await x.client.delete(f"{x.posts}/{gone}")
    for one in (number, held):
        await x.staff_sees(one, "source_withdrawn")

    async def redacted() -> bool:
        return "Invented Way" not in (await x.system.look_up(number, is_staff=True)).text

    await until(redacted, f"{number} redacted")
    seen = (await x.system.look_up(number, is_staff=True)).json()
    assert not {"reporter", "source", "place"} & seen["staff"]["report"].keys()
    assert "description" not in (await x.system.look_up(number)).json()
    assert "Graffiti" in (await x.system.look_up(held, is_staff=True)).text
    async with store_of(x.system) as connection:

        async def only_the_held_one() -> bool:
            wanted = {str(submission_id(Channel.X, post)): post for post in (native_id, held_id)}
            found = connection.collection("raw_posts").find({"_id": {"$in": list(wanted)}}, {"_id": 1})
            return [wanted[document["_id"]] async for document in found] == [held_id]

        await until(only_the_held_one, "the raw post deleted")


@asynccontextmanager
async def store_of(system: System) -> AsyncIterator[Connection]:
    """The service's own database."""
    settings = MongoSettings(mongodb_uri=SecretStr(system.stack.environment["MONGODB_URI"]))
    connection = Connection.open(settings, system.stack.environment["INTAKE_SOCIAL_DATABASE"])
    try:
        yield connection
    finally:
        await connection.close()
