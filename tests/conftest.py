"""Fixtures of every suite: one Kafka and one MongoDB per session, started when the first test asks; chromium; the corpora."""

import os
import shutil
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from local_stack.processes import PORTS
from shared.settings import KafkaSettings, MongoSettings
from support.servers import KafkaServer, MongoServer, is_ci, kafka_server, mongo_server, unique
from support.system import System, running_system

CHROMIUM = Path("/usr/bin/chromium")

# How long an example takes says how busy the machine is; whether we are fast is measured in tests/bench.
settings.register_profile("cary311", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cary311")


def pytest_configure(config: pytest.Config) -> None:
    """Processes of tests that run side by side choose ports of their own."""
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        share = len(PORTS) // worker["workercount"]
        first = PORTS.start + int(worker["workerid"].removeprefix("gw")) * share
        os.environ["FREE_PORTS"] = f"{first}-{first + share - 1}"


SYSTEM = "system"


def _scope(nodeid: str) -> str:
    """Tests of the same scope stay in one process."""
    file = nodeid.partition("::")[0]
    return SYSTEM if file.startswith(("tests/chaos/", "tests/e2e/system/")) else file


class SharedServersScheduling(LoadScopeScheduling):
    """The tests of a file stay in one process, as do all that share the whole system: a session's servers are of a process."""

    def _split_scope(self, nodeid: str) -> str:
        return _scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Who gets which test, where tests run side by side."""
    return SharedServersScheduling(config, log)


@pytest.fixture(scope="session")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KafkaServer]:
    """The session's broker. Tests keep apart by topics and groups of their own (``support.servers.unique``)."""
    async with kafka_server(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture(scope="session")
def kafka_settings(kafka: KafkaServer) -> KafkaSettings:
    """How to reach the session's broker: 6 partitions, one replica."""
    return kafka.settings


@pytest.fixture(scope="session")
async def mongodb(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MongoServer]:
    """The session's MongoDB. Tests keep apart by databases of their own."""
    async with mongo_server(tmp_path_factory.mktemp("mongodb")) as server:
        yield server


@pytest.fixture(scope="session")
def mongo_settings(mongodb: MongoServer) -> MongoSettings:
    """How to reach the session's MongoDB."""
    return mongodb.settings


@pytest.fixture(scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """The whole system as its processes. Tests leave it as they found it: whole, and without work in hand."""
    async with running_system(tmp_path_factory.mktemp("system")) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """The whole system ends with the last test that needs it: its dozen processes at rest take a seventh of a core from all others."""
    yield
    if _scope(item.nodeid) == SYSTEM and (nextitem is None or _scope(nextitem.nodeid) != SYSTEM):
        for fixture in item.session._fixturemanager.getfixturedefs(SYSTEM, item) or ():
            fixture.finish(item._request)  # type: ignore[attr-defined] # every test function has one


@pytest.fixture
def topic_prefix() -> str:
    """Starts the names of one test's topics."""
    return unique("test")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Debian's chromium; the test is skipped where it is missing, and fails in CI."""
    if not CHROMIUM.exists():
        reason = "chromium is missing: apt-get install -y --no-install-recommends chromium"
        pytest.fail(reason) if is_ci() else pytest.skip(reason)
    return CHROMIUM


@pytest.fixture(scope="session")
def promtool() -> str:
    """Prometheus's own tool; the test is skipped where it is missing, and fails in CI."""
    found = shutil.which("promtool")
    if found is None:
        reason = "promtool is missing: apt-get install -y --no-install-recommends prometheus"
        pytest.fail(reason) if is_ci() else pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real-life samples that ``CARY311_CORPUS`` names; the test is skipped without one."""
    folder = os.environ.get("CARY311_CORPUS")
    if not folder:
        pytest.skip("CARY311_CORPUS names no folder of samples")
    path = Path(folder)
    if not path.is_dir():
        pytest.fail(f"CARY311_CORPUS names {path}, which is no folder")
    return path


@pytest.fixture(autouse=True)
def _what_the_marks_ask_for(request: pytest.FixtureRequest) -> None:
    """``chromium`` and ``real_broker`` tests are skipped with the reason where these are missing."""
    if request.node.get_closest_marker("chromium"):
        request.getfixturevalue("chromium")
    if request.node.get_closest_marker("real_broker"):
        server: KafkaServer = request.getfixturevalue("kafka")
        if not server.is_apache:
            pytest.skip("shows what only Apache Kafka can show; noida-db stands in for it")
