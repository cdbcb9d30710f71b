"""``make run``: one terminal for the whole system. Starts it, watches it, starts again what dies, stops it in order."""

import asyncio
import os
import signal
import time
from collections import defaultdict
from pathlib import Path

from local_stack import running
from local_stack.credentials import kept_credentials
from local_stack.places import Places
from local_stack.processes import Program, StackError
from local_stack.screen import Screen
from local_stack.services import ports_from
from local_stack.stack import KAFKA, MAIL_DESK, MAILBOX, MONGODB, Given, Stack, X
from shared.waiting import sleep_or_stop

WATCH_SECONDS = 0.2
FIRST_GAP_SECONDS = 0.5
LONGEST_GAP_SECONDS = 30.0
FORGIVEN_AFTER_SECONDS = 60.0
"""A process that ran for so long starts its gaps anew."""
MAX_LOG_BYTES = 20 * 1024 * 1024


ENGINE_PORTS = {
    "KAFKA_PORT": KAFKA,
    "MONGODB_PORT": MONGODB,
    "MAILBOX_PORT": MAILBOX,
    "MAIL_PORT": MAIL_DESK,
    "MAIL_DESK_PORT": MAIL_DESK,
    "X_PORT": X,
}


def gap_before_restart(deaths: int) -> float:
    """Seconds to wait before the start that follows the n-th death in a row: 0.5, 1, 2, 4 ... 30."""
    return min(FIRST_GAP_SECONDS * 2.0 ** min(deaths - 1, 10), LONGEST_GAP_SECONDS)


class Supervisor:
    """Runs one stack until it is told to stop."""

    def __init__(self, places: Places, screen: Screen) -> None:
        self._places = places
        self._screen = screen
        self._stop = asyncio.Event()
        self._stack: Stack | None = None
        self._deaths: dict[str, int] = defaultdict(int)
        self._restarts: set[asyncio.Task[None]] = set()
        self._reviving: set[str] = set()

    async def run(self) -> None:
        """Start, watch, stop.

        Raises:
            StackError: it cannot start; everything that was started is stopped again.
        """
        claim = await running.Claim.take(self._places)
        try:
            self._places.run_file.unlink(missing_ok=True)
            self._take_signals()
            self._prepare()
            claim.say("starting")
            await self._until_stopped(claim)
        finally:
            self._places.run_file.unlink(missing_ok=True)
            claim.release()

    def _take_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._told_to_stop)

    def _told_to_stop(self) -> None:
        if self._stop.is_set():
            self._screen.say("Killing everything.")
            if self._stack:
                self._stack.kill()
            return
        self._stop.set()

    def _prepare(self) -> None:
        left = running.end_left_behind(self._places.processes_file)
        if left:
            self._screen.say(f"A run before this one died; its processes are ended: {', '.join(left)}.")
        ports = ports_from(os.environ)
        given = Given(self._places.data, self._places.logs, ports, kept_credentials(self._places.secrets_file), os.environ)
        self._stack = Stack(given, report=self._screen.ready, progress=self._screen.fetched, tell=self._screen.say)
        running.keep_apart(self._places, running.MAIL, is_ours=self._stack.desk is not None)
        running.keep_apart(self._places, running.POSTS, is_ours=self._stack.x is not None)
        elsewhere = {variable for variable, engine in ENGINE_PORTS.items() if engine not in self._stack.programs}
        running.refuse_busy_ports({variable: port for variable, port in ports.variables.items() if variable not in elsewhere})
        for log in self._places.logs.glob("*.log"):
            _shorten(log)

    async def _until_stopped(self, claim: running.Claim) -> None:
        stack = self._stack
        assert stack is not None
        began = time.monotonic()
        self._screen.say(f"Cary 311 starts. Data and logs: {self._places.root}")
        starting = asyncio.create_task(stack.start())
        stopping = asyncio.create_task(self._stop.wait())
        remembering = asyncio.create_task(self._remember(stack))
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                running.announce(self._places, stack)
                claim.say("ready")
                self._screen.table(stack, time.monotonic() - began)
                await self._watch(stack)
        finally:
            claim.say("stopping")
            self._places.run_file.unlink(missing_ok=True)
            await self._end(stack, starting, stopping, remembering)

    async def _remember(self, stack: Stack) -> None:
        """Write down what runs, so that the next run finds it after a kill -9 of this one."""
        known: set[int] = set()
        while True:
            present = {program.pid for program in stack.programs.values() if program.is_running}
            if present != known:
                running.remember_processes(self._places.processes_file, stack.programs)
                known = present
            await asyncio.sleep(WATCH_SECONDS)

    async def _end(self, stack: Stack, *tasks: asyncio.Task[object]) -> None:
        self._screen.stopping()
        began = time.monotonic()
        everything = {*tasks, *self._restarts}
        for task in everything:
            task.cancel()
        await asyncio.gather(*everything, return_exceptions=True)
        await stack.stop()
        self._places.processes_file.unlink(missing_ok=True)
        self._screen.say(f"Stopped ({time.monotonic() - began:.1f} s). Data is kept; make clean-data empties it.")

    async def _watch(self, stack: Stack) -> None:
        while not self._stop.is_set():
            for name, program in stack.programs.items():
                if not program.is_running and name not in self._reviving:
                    self._reviving.add(name)
                    task = asyncio.create_task(self._revive(stack, name, program))
                    self._restarts.add(task)
                    task.add_done_callback(self._restarts.discard)
            await sleep_or_stop(self._stop, WATCH_SECONDS)

    async def _revive(self, stack: Stack, name: str, program: Program) -> None:
        """Say which process died and why, then start it again, and again."""
        while True:
            self._deaths[name] += 1
            gap = gap_before_restart(self._deaths[name])
            self._screen.died(program.death(), program.last_lines(), gap)
            await asyncio.sleep(gap)
            began = time.monotonic()
            try:
                await (stack.start_service(name) if name in stack.services else stack.start_engine(name))
            except StackError as error:
                if not program.is_running:
                    continue
                self._screen.say(str(error))
            running.announce(self._places, stack)
            self._reviving.discard(name)
            await program.ended(FORGIVEN_AFTER_SECONDS - (time.monotonic() - began))
            if program.is_running:
                self._deaths[name] = 0
            return


def _shorten(log: Path) -> None:
    """One generation of a long log is kept."""
    if log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
