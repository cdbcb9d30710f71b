"""The whole system as its processes, started once for all tests that need it, and spoken to as residents, integrators and staff do.

Kafka is always our own: the topics have fixed names, and the tests kill it. ``MONGODB_URI`` is taken from the environment where it
names a server, under databases of this run alone; tests that kill or freeze MongoDB are then skipped.
"""

import asyncio
import io
import os
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

import httpx
import pytest
from PIL import Image
from pydantic import SecretStr

from local_stack.credentials import new_credentials
from local_stack.processes import StackError
from local_stack.services import MAIL_VARIABLES, kind_of, some_ports
from local_stack.stack import Given, Stack
from local_stack.x_channel import X_VARIABLES
from shared.kafka.broker import KafkaGroup, KafkaLog
from shared.kafka.records import Record
from shared.kafka.topics import TOPICS, Topic
from shared.settings import KafkaSettings, MongoSettings
from support.pages import PageForm
from support.servers import local_kafka_settings, unique

COPIES: Final = {"normalizer": 2, "tracker-project": 2}
PATIENCE_SECONDS: Final = 60.0
"""Waiting ends when the condition holds; this is only how long a busy machine may take."""
POLL_SECONDS: Final = 0.05
RECHECK_SECONDS: Final = "6"
"""How soon it is seen that a post is gone."""
LOOKED_FOR_SECONDS: Final = 4.0
"""Older than the time trap: what a person needs to fill in the form."""

T = TypeVar("T")


async def until(ask: Callable[[], Awaitable[T]], what: str, within_seconds: float = PATIENCE_SECONDS) -> T:
    """What ``ask`` gives once it is true.

    Raises:
        AssertionError: it was not in time; names ``what`` was waited for.
    """
    deadline = time.monotonic() + within_seconds
    while not (answer := await ask()):
        assert time.monotonic() < deadline, f"{what}: not within {within_seconds:.0f} s"
        await asyncio.sleep(POLL_SECONDS)
    return answer


def a_photo(seed: str) -> bytes:
    """A small JPEG that no other seed gives."""
    content = io.BytesIO()
    Image.frombytes("RGB", (32, 24), Random(seed).randbytes(32 * 24 * 3)).save(content, "JPEG")
    return content.getvalue()


class System:
    """A running stack and a client of it."""

    def __init__(self, stack: Stack, client: httpx.AsyncClient) -> None:
        self.stack = stack
        self.client = client
        self.portal = stack.portal_url
        self.tracker = stack.tracker_url
        self.staff = {"Authorization": f"Bearer {stack.given.credentials.staff_key}"}
        environment = stack.environment
        self.kafka_settings: KafkaSettings = local_kafka_settings(environment["KAFKA_BOOTSTRAP_SERVERS"])
        self.mongo_settings = MongoSettings(
            mongodb_uri=SecretStr(environment["MONGODB_URI"]), attachments_database=environment["ATTACHMENTS_DATABASE"]
        )
        self.tracker_database = environment["TRACKER_DATABASE"]

    async def report(
        self,
        description: str,
        *,
        key: str | None = None,
        photo: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **fields: str,
    ) -> httpx.Response:
        """``POST /api/v1/submissions``, as JSON or, with a photo, as a form."""
        sent = {"description": description, **fields}
        named = {"Idempotency-Key": key or uuid.uuid4().hex, **(headers or {})}
        url = f"{self.portal}/api/v1/submissions"
        if photo is None:
            return await self.client.post(url, json=sent, headers=named)
        return await self.client.post(url, data=sent, files={"photo": ("photo.jpg", photo, "image/jpeg")}, headers=named)

    async def reported(self, description: str, **fields: Any) -> str:  # noqa: ANN401 - as above
        """The number of a new report that Kafka has acknowledged."""
        answer = await self.report(description, **fields)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return str(answer.json()["service_request_id"])

    async def form(self, *, photo: bytes | None = None, language: str = "en", **answers: str) -> httpx.Response:
        """The portal's form, fetched, filled in and posted as a browser without JavaScript does."""
        page = PageForm((await self.client.get(f"{self.portal}/report", params={"lang": language})).text)
        issued_at = str(time.time() - LOOKED_FOR_SECONDS)
        filled = page.filled(action="send", issued_at=issued_at, **answers)
        attached = ("photo.jpg", photo, "image/jpeg") if photo else ("", b"", "application/octet-stream")
        return await self.client.post(f"{self.portal}/report", data=filled, files={"photos": attached})

    async def georeport(self, *, form: str = "json", api_key: str | None = None, **fields: str) -> httpx.Response:
        """``POST /open311/v2/requests``, with the integrator's key unless another is given."""
        key = self.stack.given.credentials.open311_key if api_key is None else api_key
        return await self.client.post(f"{self.portal}/open311/v2/requests.{form}", data={"api_key": key, **fields})

    async def look_up(self, number: str, *, is_staff: bool = False) -> httpx.Response:
        """``GET /api/v1/requests/{number}`` of the tracker."""
        return await self.client.get(f"{self.tracker}/api/v1/requests/{number}", headers=self.staff if is_staff else {})

    async def visible(self, number: str, within_seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """What the public reads about the request, as soon as the tracker knows it."""

        async def seen() -> dict[str, Any]:
            answer = await self.look_up(number)
            return answer.json() if answer.status_code == httpx.codes.OK else {}

        return await until(seen, f"{number} visible", within_seconds)

    async def change(self, number: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - members of the JSON API
        """``PATCH``, as staff, whatever version there is; what staff then read."""
        address = f"{self.tracker}/api/v1/requests/{number}"
        answer = await self.client.patch(address, json=changes, headers={**self.staff, "If-Match": "*"})
        assert answer.status_code in {httpx.codes.OK, httpx.codes.ACCEPTED}, answer.text
        if answer.status_code == httpx.codes.ACCEPTED:  # a busy machine: it is on its way
            return await until(lambda: self._changed(number, changes), f"{number} changed")
        return dict(answer.json())

    async def _changed(self, number: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        read = (await self.look_up(number, is_staff=True)).json()
        return read if read["version"] > 1 and read["detailed_status"] == changes.get("detailed_status", read["detailed_status"]) else {}

    async def comment(self, number: str, text: str, *, is_public: bool) -> httpx.Response:
        """``POST …/comments``, as staff."""
        body = {"text": text, "is_public": is_public}
        return await self.client.post(f"{self.tracker}/api/v1/requests/{number}/comments", json=body, headers=self.staff)

    async def records(self, topic: str, from_offsets: Mapping[int, int] | None = None) -> list[Record]:
        """Everything in a topic, from there on."""
        async with KafkaLog(self.kafka_settings, topic) as log:
            return [record async for batch in log.read(from_offsets) for record in batch]

    async def ends(self, topic: str) -> dict[int, int]:
        """Where a topic ends at present."""
        async with KafkaLog(self.kafka_settings, topic) as log:
            return await log.end_offsets()

    async def quiet(self, within_seconds: float = PATIENCE_SECONDS) -> None:
        """Returns when everything that was let in has gone the whole way: the spool is empty, every group is at the end."""
        await until(self._is_spool_empty, "the spool empty", within_seconds)
        for topic in TOPICS:  # they stand there in the order of the road
            for group in self.groups(topic):
                await self.settled(group, topic.name, within_seconds)

    def groups(self, topic: Topic) -> list[str]:
        """The topic's consumer groups that run here; each is called like its processes."""
        return [group for group in topic.consumers if self.processes(group)]

    async def settled(self, group: str, topic: str, within_seconds: float = PATIENCE_SECONDS) -> None:
        """Returns when a group has committed everything in its topic."""
        async with KafkaGroup(self.kafka_settings, group, topic) as watched, KafkaLog(self.kafka_settings, topic) as log:

            async def is_at_end() -> bool:
                committed = await watched.committed()  # first: what is appended meanwhile is then not overlooked
                return all(committed.get(partition, 0) >= end for partition, end in (await log.end_offsets()).items())

            await until(is_at_end, f"{group} at the end of {topic}", within_seconds)

    async def _is_spool_empty(self) -> bool:
        lines = (await self.metrics("intake-web")).splitlines()
        return "cary311_spool_entries 0.0" in lines

    async def metrics(self, name: str) -> str:
        """What Prometheus would read from a process."""
        return (await self.client.get(self.stack.services[name].metrics_url)).text

    def live_url(self, name: str) -> str:
        """``/livez`` of a process."""
        return self.stack.services[name].ready_url.replace("readyz", "livez")

    async def readiness(self, name: str) -> httpx.Response:
        """``/readyz`` of a process."""
        return await self.client.get(self.stack.services[name].ready_url)

    def logs(self) -> dict[str, str]:
        """Everything that every process has written, servers included, by name."""
        folder = self.stack.given.logs
        return {path.stem: path.read_text("utf-8", "replace") for path in sorted(folder.glob("*.log"))}

    def processes(self, kind: str) -> list[str]:
        """The names of all processes of a kind: ``normalizer`` and ``normalizer-2``."""
        return [name for name in self.stack.services if kind_of(name) == kind]

    async def stop(self, *names: str) -> list[int | None]:
        """SIGTERM; the exit codes."""
        await asyncio.gather(*(self.stack.programs[name].stop() for name in names))
        return [self.stack.programs[name].return_code for name in names]

    async def start(self, *names: str) -> None:
        """Start them and wait until they are ready."""
        await asyncio.gather(*(self.stack.start_service(name) for name in names))

    async def restore(self) -> None:
        """Whatever a test has killed or frozen runs again, so that the next one finds a whole system."""
        for program in self.stack.programs.values():
            program.resume()
        ended = [name for name, program in self.stack.programs.items() if not program.is_running]
        for name in ended:
            if name not in self.stack.services:
                await self.stack.start_engine(name)
        await self.start(*(name for name in ended if name in self.stack.services))
        await asyncio.gather(*(self.stack.ready(name) for name in self.stack.services))


@asynccontextmanager
async def running_system(folder: Path) -> AsyncIterator[System]:
    """A system of its own, with two normalizers and two projections, on free ports; nothing of it is left at the end."""
    not_inherited = {"KAFKA_BOOTSTRAP_SERVERS", *MAIL_VARIABLES, *X_VARIABLES}
    environ = {name: value for name, value in os.environ.items() if name not in not_inherited}
    databases = {"TRACKER": "tracker", "ATTACHMENTS": "attachments", "INTAKE_EMAIL": "mail", "INTAKE_SOCIAL": "social"}
    named = {f"{owner}_DATABASE": unique(name) for owner, name in databases.items()}
    told = {"LOG_FORMAT": "json", "ACCESS_LOG": "true", "SOCIAL_RECHECK_SECONDS": RECHECK_SECONDS}
    stack = Stack(Given(folder / "data", folder / "logs", some_ports(), new_credentials(), {**environ, **told, **named}, COPIES))
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    try:
        await stack.start()
    except StackError as error:
        pytest.fail(f"the system did not start: {error}", pytrace=False)
    async with httpx.AsyncClient(timeout=30.0, limits=limits, trust_env=False) as client:
        try:
            yield System(stack, client)
        finally:
            for program in stack.programs.values():
                program.resume()
            await stack.stop()
