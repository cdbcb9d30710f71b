"""Start and stop: signals are heard, closers all run, and a process that cannot end is ended."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest

from shared.lifecycle import Closers, run_until_stopped


class Closing:
    """Closers of every temper, and the order in which they ran."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.never = asyncio.Event()

    def closer(self, name: str, then: Callable[[], Awaitable[None]] | None = None) -> tuple[str, Callable[[], Awaitable[None]]]:
        async def close() -> None:
            self.ran.append(name)
            if then is not None:
                await then()

        return name, close


async def fail() -> None:
    raise RuntimeError("planted@example.org")


async def be_cancelled() -> None:
    raise asyncio.CancelledError


async def test_closers_run_last_opened_first() -> None:
    """What was opened on top of something is closed before it."""
    closing = Closing()
    async with Closers() as closers:
        for name in ("mongodb", "producer", "consumer"):
            closers.add(*closing.closer(name))
    assert closing.ran == ["consumer", "producer", "mongodb"]


async def test_no_closer_keeps_the_others_from_running() -> None:
    """One fails, one is cancelled from within as aiokafka's are, one hangs: the next ones run all the same."""
    closing = Closing()

    async def hang() -> None:
        await closing.never.wait()

    async def ignore_cancellation() -> None:
        while not closing.never.is_set():
            try:
                await closing.never.wait()
            except asyncio.CancelledError:
                continue

    closers = Closers(seconds_each=0.01)
    for name, then in [("last", None), ("hangs", hang), ("stubborn", ignore_cancellation), ("cancelled", be_cancelled), ("fails", fail)]:
        closers.add(*closing.closer(name, then))
    await closers.close()
    closing.never.set()
    assert closing.ran == ["fails", "cancelled", "stubborn", "hangs", "last"]


async def test_the_error_of_the_work_survives_its_closers() -> None:
    """A closer that fails as well does not hide why the work ended."""
    closing = Closing()

    async def work() -> None:
        async with Closers() as closers:
            closers.add(*closing.closer("fails", fail))
            raise KeyError

    with pytest.raises(KeyError):
        await work()
    assert closing.ran == ["fails"]


async def test_a_cancelled_stop_still_closes_everything() -> None:
    """Cancelled while it closes, it finishes closing, then lets the cancellation through."""
    closing = Closing()
    started, may_end = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        started.set()
        await may_end.wait()

    closers = Closers()
    for name, then in [("last", None), ("slow", slow)]:
        closers.add(*closing.closer(name, then))
    stopping = asyncio.ensure_future(closers.close())
    await started.wait()
    stopping.cancel()
    await asyncio.sleep(0)
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    assert closing.ran == ["slow", "last"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_is_a_request_to_stop(number: signal.Signals) -> None:
    """The work hears of it and ends in its own order."""
    finished = []

    async def main(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), number)
        await stop.wait()
        finished.append(number)

    await run_until_stopped(main)
    assert finished == [number]


async def test_a_second_signal_hurries() -> None:
    """Who asks twice does not want to wait; what must be closed is closed all the same."""
    closing = Closing()

    async def main(stop: asyncio.Event) -> None:
        async with Closers() as closers:
            closers.add(*closing.closer("producer"))
            os.kill(os.getpid(), signal.SIGTERM)
            await stop.wait()
            os.kill(os.getpid(), signal.SIGTERM)
            await closing.never.wait()

    await run_until_stopped(main)
    assert closing.ran == ["producer"]


async def test_work_that_does_not_end_in_time_is_cancelled() -> None:
    """After its grace the work is cancelled, and its closers run."""
    closing = Closing()

    async def main(_stop: asyncio.Event) -> None:
        async with Closers() as closers:
            closers.add(*closing.closer("producer"))
            os.kill(os.getpid(), signal.SIGTERM)
            await closing.never.wait()

    await run_until_stopped(main, shutdown_seconds=0.01)
    assert closing.ran == ["producer"]


async def test_a_failure_of_the_work_is_the_callers() -> None:
    """Nothing swallows it."""

    async def main(_stop: asyncio.Event) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        await run_until_stopped(main)


PROGRAM = """
import asyncio, sys, threading, time
from shared.errors import ConfigurationError
from shared import lifecycle

async def stops(stop):
    print("ready", flush=True)
    await stop.wait()

async def fails(stop):
    raise ValueError("planted@example.org")

async def loses_a_task(stop):
    task = asyncio.create_task(fails(stop))
    await asyncio.wait([task])
    del task

async def is_misconfigured(stop):
    raise ConfigurationError("TOWN_TIMEZONE: must be an IANA time zone")

async def hangs(stop):
    threading.Thread(target=time.sleep, args=(600,)).start()
    print("ready", flush=True)
    await stop.wait()

lifecycle.HARD_STOP_SECONDS = 0.0
sys.exit(lifecycle.run_process("probe", globals()[sys.argv[1]]))
"""


def run_program(main: str, *, stop: bool = False, **environment: str) -> tuple[int, list[dict[str, object]], str]:
    """Exit code, the log as objects, and everything that was printed."""
    surroundings = os.environ | {"LOG_FORMAT": "json", "SHUTDOWN_SECONDS": "0.5"} | environment
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, main], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=surroundings, text=True
    )
    with program:
        assert program.stdout is not None
        if stop:
            assert program.stdout.readline() == "ready\n"
            program.terminate()
        out, err = program.communicate(timeout=30)
    return program.returncode, [json.loads(line) for line in out.splitlines()], out + err


def test_a_process_that_is_asked_to_stop_exits_with_0() -> None:
    """SIGTERM, its grace, exit code 0."""
    code, log, _ = run_program("stops", stop=True)
    assert (code, log[0]["event"], log[0]["signal"]) == (0, "stop_requested", "SIGTERM")


def test_a_process_that_fails_says_where_but_not_what() -> None:
    """Exit code 1, class and frames in the log, no message and no stack trace anywhere."""
    code, log, printed = run_program("fails")
    assert (code, log[-1]["event"]) == (1, "service_failed")
    assert "planted" not in printed
    assert "Traceback" not in printed


def test_a_lost_task_is_logged_without_its_words() -> None:
    """An exception that nobody awaited is logged by class; asyncio's own handler would have quoted it."""
    code, log, printed = run_program("loses_a_task")
    assert (code, log[-1]["event"]) == (0, "task_failed_unnoticed")
    assert "planted" not in printed


def test_a_wrong_setting_is_a_sentence_and_exit_code_2() -> None:
    """Supervisors can tell what a restart would heal from what it would not."""
    code, log, _ = run_program("is_misconfigured")
    assert (code, log[-1]["sentence"]) == (2, "TOWN_TIMEZONE: must be an IANA time zone")
    code, _, printed = run_program("stops", LOG_LEVEL="LOUD")
    assert code == 2
    assert "probe: wrong settings: LOG_LEVEL" in printed


def test_a_process_that_cannot_end_is_ended() -> None:
    """A driver's thread waits for a frozen server: the process goes all the same, before an orchestrator has to kill it."""
    code, log, _ = run_program("hangs", stop=True)
    assert (code, log[-1]["event"]) == (3, "process_did_not_end_by_itself")
