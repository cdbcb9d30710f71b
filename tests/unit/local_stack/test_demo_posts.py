"""The posts of ``make demo``: written on the stand-in alone, and told as what became of them."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local_stack.demo_posts import NAMED, TAG_ALONE, write_posts
from local_stack.x.records import Post
from local_stack.x.serving import listening
from support.x_stand_in import TOWN, RunningX, photo, x_stand_in

RUN: dict[str, Any] = {"is_x_ours": True, "x_username": TOWN.username, "staff_key": "invented"}


class Town:
    """Replies as 311 does, and keeps for advocates what it may not reply to."""

    def __init__(self, x: RunningX) -> None:
        self.x = x
        self.replies = len(NAMED)
        self.left: list[Post] = []

    async def works(self) -> None:
        answered: set[str] = set()
        while True:
            for post in list(self.x.app.network.newest_first()):
                if post.id in answered or post.parent_id or post.author_id == TOWN.id:
                    continue
                answered.add(post.id)
                if TOWN.username not in post.text:
                    self.left.append(post)
                elif self.replies:
                    self.replies -= 1
                    self.x.writes("Your number is 7KQ4-M2XD-9RTB", TOWN, parent_id=post.id)
            await asyncio.sleep(0.01)

    async def list(self, request: Request) -> Response:
        assert request.headers["Authorization"] == "Bearer invented"
        assert request.query_params["attention"] == "no_reply_possible"
        reports: list[dict[str, Any]] = [{}, *({"source": {"url": f"https://x.com/i/web/status/{post.id}"}} for post in self.left)]
        return JSONResponse({"items": [{"tracking_number": "8KQ4-M2XD-9RTB", "staff": {"report": report}} for report in reports]})


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[tuple[Town, dict[str, Any]]]:
    async with x_stand_in(tmp_path / "x") as x:
        made = Town(x)
        work = asyncio.create_task(made.works())
        async with listening(Starlette(routes=[Route("/api/v1/requests", made.list)])) as port:
            yield made, RUN | {"x_url": x.base, "tracker_url": f"http://127.0.0.1:{port}"}
        work.cancel()


async def test_every_post_is_told_with_what_came_of_it(town: tuple[Town, dict[str, Any]]) -> None:
    """The reply with the number, the author's words below it, and the number of the one that an advocate has to answer."""
    server, run = town
    shown = io.StringIO()
    assert await write_posts(run, photo(), Console(file=shown, width=200))
    assert "3 of 3 invented posts are replied to" in shown.getvalue()
    assert shown.getvalue().count("7KQ4-M2XD-9RTB") == len(NAMED)
    assert shown.getvalue().count("8KQ4-M2XD-9RTB") == 1
    assert run["x_url"] in shown.getvalue()
    network = server.x.app.network
    written = [post for post in network.posts.values() if post.author_id != TOWN.id]
    assert {post.text for post in written if TAG_ALONE.text == post.text} == {TAG_ALONE.text}
    assert sorted(post.lang for post in written) == ["en", "en", "en", "en", "es"]
    assert [network.photos[key].alt_text for post in written for key in post.photo_keys] == [NAMED[0].photo_shows]
    (below,) = (post for post in written if post.parent_id)
    assert network.posts[below.parent_id or ""].author_id == TOWN.id
    assert below.text.endswith(NAMED[2].then)


async def test_a_post_without_a_reply_is_told(town: tuple[Town, dict[str, Any]]) -> None:
    """After a while, and the others are told, too."""
    server, run = town
    server.replies = 1
    shown = io.StringIO()
    assert not await write_posts(run, photo(), Console(file=shown, width=200), seconds=1.0)
    assert "1 of 3 invented posts are replied to" in shown.getvalue()
    assert shown.getvalue().count("no reply yet") == len(NAMED) - 1


async def test_where_x_is_real_nothing_is_written() -> None:
    """Nobody reads our examples in public."""
    shown = io.StringIO()
    assert await write_posts(RUN | {"is_x_ours": False, "x_url": None}, b"jpeg", Console(file=shown))
    assert "No posts are written" in shown.getvalue()
