"""Starting and stopping a process: signals become an event, closers run in order, each guarded and bounded in time."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Final, Self

from shared.errors import ConfigurationError
from shared.observability.logs import configure, logger
from shared.settings import OperationsSettings, load

_log = logger(__name__)

CLOSER_SECONDS: Final = 5.0
LAST_WARNING_SECONDS: Final = 1.0
"""How long a closer that took too long has to react to its cancellation."""
HARD_STOP_SECONDS: Final = 5.0
"""What a process gets beyond its graceful stop before it ends itself: threads of a driver may wait for a frozen server."""
EXIT_OK, EXIT_FAILED, EXIT_CONFIGURATION, EXIT_HUNG = 0, 1, 2, 3

Main = Callable[[asyncio.Event], Awaitable[None]]
Close = Callable[[], Awaitable[object]]


class Closers:
    """What must be closed at the end, last opened first. One that fails, hangs or is cancelled never keeps the others from running.

    aiokafka's consumer raises ``CancelledError`` out of ``stop()`` when its broker is away, and its idempotent producer never
    returns from it; therefore each closer runs in a task of its own with its own limit of time.
    """

    def __init__(self, *, seconds_each: float = CLOSER_SECONDS) -> None:
        self._seconds_each = seconds_each
        self._closers: list[tuple[str, Close, float]] = []

    def add(self, name: str, close: Close, *, seconds: float | None = None) -> None:
        """Close this too: ``name`` is for the log, ``seconds`` is its limit where the usual one does not fit."""
        self._closers.append((name, close, self._seconds_each if seconds is None else seconds))

    async def close(self) -> None:
        """Run them all. Cancelled meanwhile, it still runs them all, then lets the cancellation through."""
        cancelled = False
        while self._closers:
            name, close, seconds = self._closers.pop()
            task = asyncio.ensure_future(_guarded(name, close, seconds))
            while not task.done():
                try:
                    await asyncio.shield(task)
                except asyncio.CancelledError:
                    cancelled = True
        if cancelled:
            raise asyncio.CancelledError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        await self.close()


async def _guarded(name: str, close: Close, seconds: float) -> None:
    closing = asyncio.ensure_future(_awaited(close))
    done, _ = await asyncio.wait({closing}, timeout=seconds)
    if not done:
        _log.error("close_took_too_long", closer=name, limit_seconds=seconds)
        closing.cancel()
        done, _ = await asyncio.wait({closing}, timeout=LAST_WARNING_SECONDS)
        if not done:
            closing.add_done_callback(lambda task: task.cancelled() or task.exception())  # retrieved, so that nothing complains later
        return
    if closing.cancelled():
        _log.warning("close_was_cancelled", closer=name)
    elif (error := closing.exception()) is not None:
        _log.warning("close_failed", closer=name, failure=error)


async def _awaited(close: Close) -> None:
    await close()


async def run_until_stopped(main: Main, *, shutdown_seconds: float = 20.0) -> None:
    """Run ``main`` until it returns. SIGTERM and SIGINT set its stop event; a second one, or ``shutdown_seconds`` after the
    first, cancels it.

    Raises:
        Whatever ``main`` raises.
    """
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_log_loop_error)
    stop, hurry = asyncio.Event(), asyncio.Event()

    def on_signal(number: int) -> None:
        _log.info("stop_requested", signal=signal.Signals(number).name, again=stop.is_set())
        (hurry if stop.is_set() else stop).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    work = asyncio.ensure_future(_work(main, stop))
    guard = asyncio.ensure_future(_cancel_when_late(work, stop, hurry, shutdown_seconds))
    try:
        await work
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
        _log.warning("stopped_before_all_was_finished")
    finally:
        guard.cancel()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _work(main: Main, stop: asyncio.Event) -> None:
    await main(stop)


async def _cancel_when_late(work: asyncio.Task[None], stop: asyncio.Event, hurry: asyncio.Event, shutdown_seconds: float) -> None:
    await stop.wait()
    try:
        await asyncio.wait_for(hurry.wait(), shutdown_seconds)
    except TimeoutError:
        _log.error("stop_took_too_long", limit_seconds=shutdown_seconds)
    work.cancel()


def run_process(service: str, main: Main, *, loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None) -> int:
    """The whole life of a service process, for ``__main__``: logging, signals, graceful stop; the result is its exit code.

    0: stopped as asked. 1: failed, and the log says where. 2: a wrong setting, said in a sentence. 3: it could not end by itself.
    """
    try:
        operations = load(OperationsSettings)
    except ConfigurationError as error:
        sys.stderr.write(f"{service}: {error}\n")
        return EXIT_CONFIGURATION
    configure(operations, service)
    _log_uncaught_errors()
    hard_stop = HardStop(operations.shutdown_seconds + HARD_STOP_SECONDS)

    async def watched(stop: asyncio.Event) -> None:
        watch = asyncio.ensure_future(_arm(hard_stop, stop))
        try:
            await main(stop)
        finally:
            watch.cancel()
            hard_stop.arm()

    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(run_until_stopped(watched, shutdown_seconds=operations.shutdown_seconds))
    except ConfigurationError as error:
        _log.critical("wrong_configuration", sentence=str(error))
        return EXIT_CONFIGURATION
    except (Exception, asyncio.CancelledError):  # noqa: BLE001 - the last place that can log it without its message
        _log.critical("service_failed", exc_info=True)
        return EXIT_FAILED
    return EXIT_OK


class HardStop:
    """Ends the process when it does not end by itself: a driver's thread that waits for a frozen server cannot be cancelled."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._is_armed = False

    def arm(self) -> None:
        """Start the clock, once."""
        if not self._is_armed:
            self._is_armed = True
            self._timer.start()

    @staticmethod
    def _end() -> None:
        _log.critical("process_did_not_end_by_itself", threads=threading.active_count())
        os._exit(EXIT_HUNG)


async def _arm(hard_stop: HardStop, stop: asyncio.Event) -> None:
    await stop.wait()
    hard_stop.arm()


def _log_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The default handler would write the message of the exception and the repr of its task, and both may quote data."""
    _log.error("task_failed_unnoticed", about=str(context.get("message", ""))[:200], failure=context.get("exception"))


def _log_uncaught_errors() -> None:
    def uncaught(_kind: type[BaseException], error: BaseException, _tb: TracebackType | None) -> None:
        _log.critical("uncaught_error", failure=error)

    def uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
        _log.error("uncaught_error_in_thread", failure=args.exc_value)

    def unraisable(args: Any) -> None:  # noqa: ANN401 - sys.UnraisableHookArgs exists for the type checker only
        _log.error("unraisable_error", failure=args.exc_value)

    sys.excepthook = uncaught
    threading.excepthook = uncaught_in_thread
    sys.unraisablehook = unraisable
