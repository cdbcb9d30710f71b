"""A tiny server in X's place: the four calls that intake-social makes, from posts that a test gives it, with faults in a row."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from support.x_posts import TOWN, answer, reply

TOKEN = "an-invented-bearer-token"
KEYS = ("an-invented-consumer-key", "an-invented-consumer-secret", "an-invented-access-token", "an-invented-access-secret")
KEY_NAMES = ("x_consumer_key", "x_consumer_secret", "x_access_token", "x_access_token_secret")
"""The settings that they belong to, in the same order."""


@dataclass(frozen=True)
class Fault:
    """What is answered in the place of an answer."""

    status: int = 503
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    drops: bool = False
    """The connection ends before any answer."""
    cuts: bool = False
    """It ends in the middle of the body."""
    hangs: bool = False


@dataclass
class ScriptedX:
    """Posts newest first, by pages; every request is remembered."""

    port: int = 0
    posts: list[dict[str, Any]] = field(default_factory=list)
    mentions: list[dict[str, Any]] = field(default_factory=list)
    untagged: list[dict[str, Any]] = field(default_factory=list)
    """Found by their conversation and author alone."""
    includes: dict[str, Any] = field(default_factory=dict)
    photos: dict[str, bytes] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    fault_for_ever: Fault | None = None
    requests: list[web.Request] = field(default_factory=list)
    refuses_replies: bool = False
    """With 403, as X does below a post that names no account of ours."""
    written: list[dict[str, Any]] = field(default_factory=list)
    gone: dict[str, str] = field(default_factory=dict)
    """Posts that are not there any more, and the end of the type of X's problem."""

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        fault = self.faults.popleft() if self.faults else self.fault_for_ever
        if fault is not None:
            return await self._faulty(request, fault)
        if self.refuses_replies and request.method == "POST":
            return web.Response(status=403)
        return await self._right(request, request.path)

    async def _right(self, request: web.Request, path: str) -> web.StreamResponse:
        if path == "/2/tweets/search/recent":
            return self._page(request, self.posts, "next_token")
        if path.endswith("/mentions"):
            return self._page(request, self.mentions if path == f"/2/users/{TOWN}/mentions" else [], "pagination_token")
        if path == "/2/tweets" and request.method == "POST":
            self.written.append(await request.json())
            return web.json_response({"data": {"id": str(10**18 + len(self.written)), "text": ""}}, status=201)
        if path == "/2/tweets":
            wanted = request.query["ids"].split(",")
            found = [post for post in [*self.posts, *self.mentions] if post["id"] in wanted]
            problems = [
                {"resource_id": native_id, "title": "Not Found Error", "type": f"https://api.twitter.com/2/problems/{kind}"}
                for native_id, kind in self.gone.items()
                if native_id in wanted
            ]
            errors = {"errors": problems or [{"title": "Not Found Error"}]} if problems or not found else {}
            return web.json_response({**({"data": found} if found else {}), **errors})
        if path in self.photos:
            return web.Response(body=self.photos[path], content_type="image/jpeg")
        return web.Response(status=404)

    def _own_replies(self, conversation: str) -> web.Response:
        """What the town wrote below the post that began a conversation."""
        written = [(number, item["reply"]["in_reply_to_tweet_id"]) for number, item in enumerate(self.written, 1)]
        found = [reply(str(10**18 + number), parent, conversation, author_id=TOWN) for number, parent in written if parent == conversation]
        return web.json_response(answer(*found))

    def _page(self, request: web.Request, posts: list[dict[str, Any]], token_name: str) -> web.Response:
        if request.query.get("query", "").startswith("conversation_id:"):
            return self._own_replies(request.query["query"].split()[0].partition(":")[2])
        pairs = re.findall(r"conversation_id:(\d+) from:(\d+)", request.query.get("query", ""))
        if pairs:
            posts = [item for item in self.untagged if (item["conversation_id"], item["author_id"]) in pairs]
        since, until = request.query["start_time"][:19], request.query["end_time"][:19]  # whole seconds, without the zone
        found = [post for post in posts if not isinstance(post.get("created_at"), str) or since <= post["created_at"][:19] < until]
        found = sorted(found, key=lambda post: int(post["id"]), reverse=True)
        start, size = int(request.query.get(token_name, "0")), int(request.query["max_results"])
        rest = len(found) > start + size
        return web.json_response(answer(*found[start : start + size], next_token=str(start + size) if rest else None, **self.includes))

    async def _faulty(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        assert request.transport is not None
        if fault.hangs:
            await asyncio.sleep(30)
        if fault.drops:
            request.transport.abort()
            return web.Response()
        if fault.cuts:
            response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
            await response.prepare(request)
            await response.write(b'{"data": [')
            request.transport.close()
            return response
        return web.Response(status=fault.status, body=fault.body, content_type=fault.content_type, headers=fault.headers)


@asynccontextmanager
async def scripted_x() -> AsyncIterator[ScriptedX]:
    """A server of the test's own."""
    server = ScriptedX()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()
