"""The stand-in as a process: what it keeps over a kill, and what it says when it cannot start."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from intake_social.posts import Conversation, Net, Refusal, Replied, Window
from intake_social.x.settings import XSettings
from intake_social.x.source import XSource
from local_stack.processes import StackError, free_ports
from local_stack.x.app import Options, StandIn
from local_stack.x_process import ACCOUNT_ID, USERNAME, LocalX, new_keys
from shared.contracts import WithdrawalReason
from support.x_stand_in import KEYS, TOWN, TOWN_ACCESS, photo, plain_client

ENVIRONMENT = {
    "X_BEARER_TOKEN": KEYS.bearer_token,
    "X_CONSUMER_KEY": KEYS.consumer_key,
    "X_CONSUMER_SECRET": KEYS.consumer_secret,
    "X_ACCESS_TOKEN": TOWN_ACCESS.access_token,
    "X_ACCESS_TOKEN_SECRET": TOWN_ACCESS.access_token_secret,
}
APP = {"Authorization": f"Bearer {KEYS.bearer_token}"}


async def test_everything_outlives_a_kill(tmp_path: Path) -> None:
    """Posts, edits, deletions, photos: killed -9 and started again on the same port, it answers the same."""
    async with LocalX(tmp_path / "x", free_ports(1)[0], ENVIRONMENT) as x, plain_client(x.url, headers=APP) as client:
        made = [await client.post("/stand-in/posts", json={"username": "pat_example", "text": f"{number} #a"}) for number in range(3)]
        first, second, gone = (answer.json()["id"] for answer in made)
        await client.put(f"/stand-in/posts/{second}", json={"text": "edited #a"})
        assert (await client.delete(f"/stand-in/posts/{gone}")).status_code == 204
        page = await client.post("/", data={"username": "sam", "text": "@cary311 a hole"}, files={"photo": photo()})
        assert page.status_code == 303
        ask = "/2/tweets?tweet.fields=author_id,created_at,attachments&expansions=author_id,attachments.media_keys&media.fields=url&ids="
        ask += ",".join([first, second, gone, page.headers["location"].removeprefix("/#p")])
        before = await client.get(ask)
        x.kill()
        await x.start()
        after = await client.get(ask)
        assert after.json() == before.json()
        assert [post["text"] for post in after.json()["data"]][:2] == ["0 #a", "1 #a"]
        url = after.json()["includes"]["media"][0]["url"]
        assert url.startswith(x.url)
        assert (await client.get(url)).content == photo()
        mentions = await client.get(f"/2/users/{ACCOUNT_ID}/mentions")
        assert mentions.json()["meta"]["result_count"] == 1


async def test_intake_social_reaches_it_by_the_settings_that_it_gives(tmp_path: Path) -> None:
    """Fresh keys in the environment of both: a tagged post is found, and answered in its conversation."""
    keys = new_keys()
    async with LocalX(tmp_path / "x", free_ports(1)[0], keys) as x, plain_client(x.url) as client:
        given = {name.lower(): json.loads(value) if value.startswith("[") else value for name, value in (keys | x.settings()).items()}
        assert given.pop("social_photo_origins") == [x.url]
        source = XSource.open(XSettings(**given), ("311Cary",))
        at = datetime.now(UTC) - timedelta(minutes=1)
        body = {"username": "pat_example", "text": f"@{USERNAME} a hole #311Cary", "at": at.isoformat()}
        written = (await client.post("/stand-in/posts", json=body)).json()["id"]
        try:
            page = await source.sweep(Net.TAGS, Window(at - timedelta(minutes=1), datetime.now(UTC)))
            assert [post.id for post in page.posts] == [written]
            reply = await source.reply(written, "Your number is 7KQ4-M2XD-9RTB")
        finally:
            await source.close()
        assert isinstance(reply, Replied)
        shown = (await client.get("/")).text
        assert shown.index(f"id=p{written}") < shown.index(f"id=p{reply.post_id}") < shown.index("7KQ4-M2XD-9RTB")


async def test_intake_social_goes_the_way_out_there(tmp_path: Path) -> None:
    """A reply is refused below a post that names nobody, and found below one that does; no text comes twice; what is gone is told."""
    keys = new_keys()
    async with LocalX(tmp_path / "x", free_ports(1)[0], keys) as x, plain_client(x.url) as client:
        given = {name.lower(): json.loads(value) if value.startswith("[") else value for name, value in (keys | x.settings()).items()}
        del given["social_photo_origins"]
        source = XSource.open(XSettings(**given), ("311Cary",))

        async def write(text: str, **fields: str) -> dict[str, str]:
            at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
            answer = await client.post("/stand-in/posts", json={"username": "pat_example", "text": text, "at": at, **fields})
            return dict(answer.json())

        try:
            named, unnamed = await write(f"@{USERNAME} a hole #311Cary"), await write("another hole #311Cary")
            assert await source.reply(unnamed["id"], "Your number is 7KQ4-M2XD-9RTB") is Refusal.NOT_PERMITTED
            replied = await source.reply(named["id"], "Your number is 8KQ4-M2XD-9RTB")
            assert isinstance(replied, Replied)
            assert await source.reply(named["id"], "Your number is 8KQ4-M2XD-9RTB") is Refusal.NOT_PERMITTED
            below = await write("still there", reply_to=named["id"])
            conversations = [Conversation(named["id"], named["author_id"]), Conversation(unnamed["id"], unnamed["author_id"])]
            window = Window(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC))
            page = await source.sweep(Net.CONVERSATIONS, window, None, conversations)
            assert [post.id for post in page.posts] == [below["id"]]
            await client.delete(f"/stand-in/posts/{unnamed['id']}")
            await client.put(f"/stand-in/posts/{below['id']}/withheld", json={"country_codes": ["US"]})
            gone = await source.gone([named["id"], unnamed["id"], below["id"]])
            assert gone == {unnamed["id"]: WithdrawalReason.DELETED, below["id"]: WithdrawalReason.WITHHELD}
            async with asyncio.timeout(60):
                while (await source.find_reply(named["id"], named["id"])).post_id != replied.post_id:  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.2)
        finally:
            await source.close()


def started(data: Path, port: int, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What it says as a program of its own."""
    found_by = {"PYTHONPATH": str(Path(__file__).parents[4] / "deploy" / "local")} | environment
    command = [sys.executable, "-m", "local_stack.x", "--port", str(port), "--data", str(data)]
    return subprocess.run(command, env=found_by, capture_output=True, text=True, timeout=60, check=False)


async def test_why_it_does_not_start_is_said_in_a_sentence(tmp_path: Path) -> None:
    """A missing key, a taken port, data of another one, a damaged file: one line, exit code 1."""
    (damaged := tmp_path / "damaged").mkdir()
    (damaged / "log.jsonl").write_text('{"kind":"deleted","first_id":"1"}\n{"kind":"other"}\n')
    port, other = free_ports(2)
    async with LocalX(tmp_path / "x", port, ENVIRONMENT):
        said = {
            "X_BEARER_TOKEN": started(tmp_path / "a", other, {}),
            f"port {port}": started(tmp_path / "b", port, ENVIRONMENT),
            "another stand-in": started(tmp_path / "x", other, ENVIRONMENT),
            "line 2": started(damaged, other, ENVIRONMENT),
        }
        with pytest.raises(StackError, match=f"port {port}"):
            await LocalX(tmp_path / "y", port, ENVIRONMENT).start()
    for what, ended in said.items():
        assert ended.returncode == 1, ended.stderr
        assert what in ended.stderr
        assert len(ended.stderr.strip().splitlines()) == 1
        assert KEYS.bearer_token not in ended.stderr


def test_a_line_without_its_end_was_never_told(tmp_path: Path) -> None:
    """Cut off at the next start, and what comes is behind what was whole."""
    options = Options(data=tmp_path, keys=KEYS, town=TOWN)
    first = StandIn(options)
    first.close()
    whole = first.log.path.read_bytes()
    with first.log.path.open("ab") as file:
        file.write(b'{"kind":"post","id":"1"')
    second = StandIn(options)
    assert second.network.posts == {}
    second.close()
    assert second.log.path.read_bytes() == whole
