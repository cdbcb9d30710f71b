"""What an operator may ask: what would be made of a page of posts, and a second chance for what was put aside."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from intake_social.cli import app
from intake_social.posts import Net, Page, UnreadablePost
from intake_social.settling import Settling, Stores
from intake_social.store import ledger as ledger_store
from intake_social.store.connection import Connection
from intake_social.store.conversations import Conversations
from intake_social.store.ledger import Ledger
from shared.cli import run
from shared.contracts import SubmissionReceived, decode_submission
from shared.kafka.broker import KafkaLog, ensure_topics
from shared.kafka.topics import SUBMISSION_RECEIVED
from shared.settings import KafkaSettings, MongoSettings
from support.dying import process_environment
from support.fake_kafka import FakeKafka, FakePublisher
from support.servers import unique
from support.social_source import Clock
from support.social_stores import RULES, Memory
from support.x_posts import TOWN, answer, post
from support.x_scripted import TOKEN, ScriptedX


@pytest.fixture
async def database(server: ScriptedX, mongo_settings: MongoSettings, kafka_settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch) -> str:
    """An environment that names servers of the test's own."""
    await ensure_topics(kafka_settings)
    name = unique("operator")
    own = {"X_BEARER_TOKEN": TOKEN, "X_API_BASE": server.base, "X_ACCOUNT_IDS": f'["{TOWN}"]', "INTAKE_SOCIAL_DATABASE": name}
    for variable, value in process_environment(mongo_settings, kafka_settings, **own).items():
        monkeypatch.setenv(variable, value)
    return name


async def command(*arguments: str) -> int:
    """As an operator calls it: in a loop of its own."""
    return await asyncio.to_thread(run, app, list(arguments))


async def test_a_dry_run_prints_the_submissions(
    database: str, server: ScriptedX, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As they would be published, the stand-in of a broken one too; nothing is kept or asked."""
    file = tmp_path / "page.json"
    file.write_text(json.dumps(answer(post(), {**post("2000000000000000002"), "author_id": None})))
    assert await command("dry-run", str(file)) == 0
    text = capsys.readouterr().out
    first, end = json.JSONDecoder().raw_decode(text)
    second = json.loads(text[end:])
    assert (first["text"], first["channel"]) == ("A pothole at 300 N Academy St #311Cary", "x")
    assert "https://x.com/i/web/status/2000000000000000002" in second["text"]
    assert server.requests == []


@pytest.mark.parametrize("content", [b"", b"<html>", b"[" * 100_000, b"[]", b"{}", b"\xff"], ids=lambda content: repr(content[:8]))
async def test_what_is_no_page_is_a_sentence(database: str, tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """No stack trace."""
    file = tmp_path / "page.json"
    file.write_bytes(content)
    assert await command("dry-run", str(file)) != 0
    shown = capsys.readouterr().err
    assert "page.json is no answer of X" in shown
    assert "Traceback" not in shown


@pytest.fixture
async def connection(mongo_settings: MongoSettings, database: str) -> AsyncIterator[Connection]:
    """To what the service keeps."""
    opened = Connection.open(mongo_settings, database)
    await opened.prepare(ledger_store.INDEXES)
    yield opened
    await opened._client.drop_database(database)
    await opened.close()


async def put_aside(connection: Connection, *keys: str) -> None:
    """An earlier version could not read these, and showed advocates their stand-ins."""
    stores = Stores(Ledger(connection), Conversations(connection), Memory(), FakePublisher(FakeKafka()))

    async def nobody(_ids: object) -> dict[str, Any]:
        return {}

    settling = Settling(RULES, stores, nobody, Clock())
    odd = [UnreadablePost(key, "text", b"{}", f"https://x.com/i/web/status/{key}" if key.isdigit() else "") for key in keys]
    await settling.settle(Net.TAGS, Page((), tuple(odd)))


async def published(kafka: KafkaSettings, *ids: str) -> list[SubmissionReceived]:
    async with KafkaLog(kafka, SUBMISSION_RECEIVED.name) as log:
        values = [record.value async for batch in log.read() for record in batch]
    found = [decode_submission(value) for value in values]
    return [submission for submission in found if submission.source and submission.source.native_id in ids]


async def test_requeue_takes_what_can_be_read_now(
    connection: Connection, server: ScriptedX, kafka_settings: KafkaSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under its own id, with all that the network knows of it; what is gone, still broken or without an id stays; twice is once."""
    tagged, mention, broken = (f"20000000000000000{number}" for number in (21, 22, 23))
    entities = {"mentions": [{"start": 0, "end": 5, "username": "town", "id": TOWN}]}
    server.posts = [post(tagged), post(mention, "@town a leak", entities=entities), {**post(broken), "author_id": None}]
    await put_aside(connection, tagged, mention, broken, "2000000000000000404", "a" * 64)
    for said in ("2 posts taken from the quarantine; 3 left there.", "0 posts taken from the quarantine; 3 left there."):
        assert await command("requeue") == 0
        assert said in capsys.readouterr().out
    submissions = await published(kafka_settings, tagged, mention, broken)
    assert sorted(submission.text for submission in submissions) == ["@town a leak", "A pothole at 300 N Academy St #311Cary"]
    assert {item.key for item in await Ledger(connection).quarantined(None, 9)} == {broken, "2000000000000000404", "a" * 64}


async def test_requeue_without_a_network(database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence says what is missing."""
    monkeypatch.delenv("X_BEARER_TOKEN")
    assert await command("requeue") == 2
    assert "X_BEARER_TOKEN is not set" in capsys.readouterr().err
