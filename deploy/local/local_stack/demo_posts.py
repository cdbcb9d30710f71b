"""The posts of ``make demo``: written on the stand-in for X, replied to there, and one whose author says the place that was asked for."""

import asyncio
import base64
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from rich.console import Console

from local_stack.clients import local_client

ANSWERED_WITHIN_SECONDS = 60.0
LOOK_SECONDS = 0.25
POST_SECONDS = 30.0
BEGINNING = 42
"""Characters of a post in a line."""


@dataclass(frozen=True, slots=True)
class DemoPost:
    """One invented post."""

    text: str
    language: str = "en"
    photo_shows: str = ""
    then: str = ""
    """What its author writes below our reply."""


NAMED = (
    DemoPost("Deep pothole at 120 Invented Oak Drive, see the photo {town} #311Cary", photo_shows="A deep pothole in the right lane"),
    DemoPost("{town} La farola frente a la Calle Inventada 14 parpadea toda la noche #Cary311", language="es"),
    DemoPost("{town} the swing in the playground is broken #311Cary", then="On the playground of the invented park, by Fable Lane 33"),
)
"""They name the town's account: whoever does may be replied to by an app."""
TAG_ALONE = DemoPost("Our recycling on Imaginary Court was skipped again #311Cary")
"""An app may not reply to it: an advocate does."""


async def write_posts(stack: Mapping[str, Any], photo: bytes, console: Console, seconds: float = ANSWERED_WITHIN_SECONDS) -> bool:
    """Write them, wait ``seconds`` for what comes of them; whether that was so in time."""
    if not stack["is_x_ours"]:
        console.print("No posts are written: X is your own.")
        return True
    async with local_client(POST_SECONDS) as client:
        desk = _Desk(stack, client)
        ids = [await desk.write(post, photo) for post in (*NAMED, TAG_ALONE)]
        *named, alone = ids
        deadline = time.monotonic() + seconds
        with console.status(f"{len(ids)} posts are written, waiting for what comes of them"):
            while True:
                is_over = time.monotonic() > deadline
                replies = [await desk.reply_to(native_id) for native_id in named]
                number = await desk.number_left_to_staff(alone)
                if is_over or (all(replies) and number):
                    break
                await asyncio.sleep(LOOK_SECONDS)
        for post, reply in zip(NAMED, replies, strict=True):
            if post.then and reply:
                await desk.write(DemoPost(post.then), photo, reply_to=reply["id"])
    replied = [reply["text"] if reply else "no reply yet" for reply in replies]
    console.print(f"{len(list(filter(None, replies)))} of {len(NAMED)} invented posts are replied to:")
    for post, text in zip(NAMED, replied, strict=True):
        console.print(f"  {_beginning(post)}: {text}", markup=False)
    if any(post.then and reply for post, reply in zip(NAMED, replies, strict=True)):
        console.print("  and an author who was asked where it is has written it below")
    console.print(f"One that X lets no app reply to is {'left to an advocate' if number else 'not with an advocate yet'}:")
    console.print(f"  {_beginning(TAG_ALONE)}: {number or 'no number yet'}", markup=False)
    console.print(f"Read them:        {stack['x_url']}")
    return all(replies) and bool(number)


def _beginning(post: DemoPost) -> str:
    text = post.text.replace("{town} ", "")
    return text if len(text) <= BEGINNING else f"{text[: BEGINNING - 1]}…"


class _Desk:
    """The other side of the network, and the advocates' list."""

    def __init__(self, stack: Mapping[str, Any], client: httpx.AsyncClient) -> None:
        self._stack = stack
        self._client = client
        self._author = f"demo_{uuid.uuid4().hex[:8]}"

    async def write(self, post: DemoPost, photo: bytes, reply_to: str | None = None) -> str:
        """Write a post; its id."""
        photos = [{"base64": base64.b64encode(photo).decode(), "alt_text": post.photo_shows}] if post.photo_shows else []
        text = post.text.format(town=f"@{self._stack['x_username']}")
        given = {"username": self._author, "text": text, "lang": post.language, "photos": photos, "reply_to": reply_to}
        answer = await self._client.post(f"{self._stack['x_url']}/stand-in/posts", json=given)
        return str(answer.raise_for_status().json()["id"])

    async def reply_to(self, native_id: str) -> dict[str, str] | None:
        """The town's reply below a post."""
        answer = await self._client.get(f"{self._stack['x_url']}/stand-in/posts/{native_id}/replies")
        below = answer.raise_for_status().json()
        return next((dict(reply) for reply in below if reply["username"] == self._stack["x_username"]), None)

    async def number_left_to_staff(self, native_id: str) -> str | None:
        """The number of the post's request, where advocates find it among those without a possible reply."""
        query = {"attention": "no_reply_possible", "limit": "200"}
        headers = {"Authorization": f"Bearer {self._stack['staff_key']}"}
        answer = await self._client.get(f"{self._stack['tracker_url']}/api/v1/requests", params=query, headers=headers)
        for item in answer.raise_for_status().json()["items"]:
            if str(item["staff"]["report"].get("source", {}).get("url", "")).endswith(f"/{native_id}"):
                return str(item["tracking_number"])
        return None
