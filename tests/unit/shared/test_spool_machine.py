"""Any order of adding, draining, deferring, restarting and losing the process: the spool and a list in memory agree."""

import asyncio
import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from prometheus_client import CollectorRegistry

from shared.observability.metrics import Metrics
from shared.spool import Spool
from support.spooled import START, ids, number_of, photo, submission

names = st.integers(0, 15).map(str)
METRICS = Metrics(CollectorRegistry())


def request_of(name: str) -> str:
    """Sixteen messages about four requests."""
    return "ABCD"[int(name) % 4]


class SpoolMachine(RuleBasedStateMachine):
    """The model is what a patient clerk would write on paper: names in order, and until when each was put off."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.loop = asyncio.new_event_loop()
        self.now = START
        self.waiting: list[str] = []
        self.deferred: dict[str, datetime] = {}
        self.generation = 0

    @initialize()
    def start(self) -> None:
        self._open(self.folder / "0" / "spool.sqlite")

    def _open(self, path: Path) -> None:
        self.path = path
        self.spool = Spool(path, max_bytes=10**9, max_age_seconds=10**9, now=lambda: self.now, metrics=METRICS)
        self.loop.run_until_complete(self.spool.open())

    def teardown(self) -> None:
        self.loop.run_until_complete(self.spool.close())
        self.loop.close()
        shutil.rmtree(self.folder)

    @rule(chosen=st.lists(names, min_size=1, max_size=6))
    def add_at_once(self, chosen: list[str]) -> None:
        async def add_all() -> None:
            await asyncio.gather(*(self.spool.add(submission(name, request_of(name)), [photo(name.encode())]) for name in chosen))

        self.loop.run_until_complete(add_all())
        self.waiting += [name for name in dict.fromkeys(chosen) if name not in self.waiting]

    @rule(chosen=st.lists(names, max_size=6))
    def remove(self, chosen: list[str]) -> None:
        self.loop.run_until_complete(self.spool.remove(ids(*chosen)))
        self.waiting = [name for name in self.waiting if name not in chosen]
        self.deferred = {name: until for name, until in self.deferred.items() if name in self.waiting}

    @rule(chosen=st.lists(names, max_size=4), seconds=st.integers(0, 20))
    def defer(self, chosen: list[str], seconds: int) -> None:
        until = self.now + timedelta(seconds=seconds)
        self.loop.run_until_complete(self.spool.defer(ids(*chosen), until))
        self.deferred |= {name: until for name in chosen if name in self.waiting}

    @rule(seconds=st.integers(1, 15))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def restart(self) -> None:
        self.loop.run_until_complete(self.spool.close())
        self._open(self.path)
        self.deferred = {}

    @rule()
    def crash(self) -> None:
        """What a killed process leaves is what lies on disk at this moment, its write-ahead log included."""
        self.generation += 1
        copy = self.folder / str(self.generation)
        shutil.copytree(self.path.parent, copy)
        self.loop.run_until_complete(self.spool.close())
        self._open(copy / "spool.sqlite")
        self.deferred = {}

    @invariant()
    def holds_all_and_gives_each_request_in_order(self) -> None:
        """Nothing lost, nothing doubled; in front is the oldest of each request, unless it was put off."""
        if not hasattr(self, "spool"):
            return
        entries = self.loop.run_until_complete(self.spool.next_batch(100))
        fronts = {request: next((name for name in self.waiting if request_of(name) == request), None) for request in "ABCD"}
        ready = [name for name in self.waiting if name in fronts.values() and self.deferred.get(name, self.now) <= self.now]
        assert [entry.submission_id for entry in entries] == ids(*ready)
        assert [entry.submission.key for entry in entries] == [number_of(request_of(name)) for name in ready]
        assert [entry.photos for entry in entries] == [(photo(name.encode()),) for name in ready]
        assert self.spool.count() == len(self.waiting)
        assert (self.spool.bytes_used() > 0) == bool(self.waiting)


TestSpoolMachine = SpoolMachine.TestCase
TestSpoolMachine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
