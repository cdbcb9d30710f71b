"""The processes that read mails. A mail that ends its process costs itself only: the next one goes to a new process."""

import asyncio
import os
import pickle  # from processes of our own
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from intake_email.parsing_worker import LENGTH, Circle, Reading, Task, Unreadable, framed
from shared.observability.logs import logger
from shared.observability.metrics import METRICS

MAX_FRAME_BYTES: Final = 512 * 1024 * 1024
"""No answer is longer: a process that says so has lost its mind."""
END_SECONDS: Final = 2.0
TRIES: Final = 2
"""A mail whose process ended is given to a fresh one once: something else may have ended it."""
_PROGRAM: Final = "from intake_email.parsing_worker import main; main()"
"""Not with ``-m``: there the module would have another name, and so would what it sends."""
_PASSED_ON: Final = ("PATH", "PYTHONPATH", "PYTHONHOME", "LANG", "LC_ALL", "TMPDIR")
"""Of our environment. The rest holds secrets, which a process that reads strangers' mails need not have."""
_log = logger(__name__)


class ParsingPool:
    """Reads mails in ``processes`` processes. ``seconds``: how long one mail may take by the clock on the wall."""

    def __init__(self, circle: Circle, *, processes: int, seconds: float) -> None:
        self._readers = [_Reader(circle, seconds) for _ in range(processes)]

    async def start(self) -> None:
        """Start the processes ahead of the first mail."""
        await asyncio.gather(*(reader.start() for reader in self._readers))

    async def read(self, tasks: Sequence[Task]) -> list[Reading]:
        """What these mails say, in their order."""
        share = -(-len(tasks) // len(self._readers))
        parts = [tasks[start : start + share] for start in range(0, len(tasks), max(share, 1))]
        read = await asyncio.gather(*(reader.read(part) for reader, part in zip(self._readers, parts, strict=False)))
        return [reading for part in read for reading in part]

    async def close(self) -> None:
        """End the processes."""
        await asyncio.gather(*(reader.close() for reader in self._readers))


class _EndedError(Exception):
    """The process ended, or had to be ended, while it read. ``reason`` as in ``Unreadable``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Reader:
    """One process after the other."""

    def __init__(self, circle: Circle, seconds: float) -> None:
        self._greeting = framed(circle)
        self._seconds = seconds
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        async with self._lock:
            await self._started()

    async def read(self, tasks: Sequence[Task]) -> list[Reading]:
        async with self._lock:
            readings: list[Reading] = []
            failures = 0
            while len(readings) < len(tasks):
                read, error = await self._read_until_it_ends(tasks[len(readings) :])
                failures = 0 if read else failures
                readings += read
                if error is None:
                    continue
                failures += 1
                if failures >= TRIES:  # what it read when it ended, twice
                    METRICS.mail_parse_failures.labels(reason=error.reason).inc()
                    _log.warning("mail_ended_its_process", reason=error.reason, mail_bytes=len(tasks[len(readings)].raw))
                    readings.append(Unreadable(error.reason))
                    failures = 0
            return readings

    async def close(self) -> None:
        async with self._lock:
            await self._end()

    async def _read_until_it_ends(self, tasks: Sequence[Task]) -> tuple[list[Reading], _EndedError | None]:
        """What was read, and why it ended before all was."""
        process = await self._started()
        readings: list[Reading] = []
        sending = asyncio.ensure_future(_send(process, tasks))
        try:
            for _ in tasks:
                readings.append(await self._answer(process))  # noqa: PERF401 - what was read before it ends counts
        except _EndedError as error:
            await self._end()
            return readings, error
        except BaseException:  # cancelled: what is under way would be taken for the answer to the next mail
            await self._end()
            raise
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        return readings, None

    async def _answer(self, process: asyncio.subprocess.Process) -> Reading:
        assert process.stdout is not None
        try:
            async with asyncio.timeout(self._seconds):
                length = _length(await process.stdout.readexactly(LENGTH.size))
                reading: Reading = pickle.loads(await process.stdout.readexactly(length))  # noqa: S301 - from a process of our own
        except TimeoutError:
            raise _EndedError("late") from None
        except Exception:  # noqa: BLE001 - the pipe ended, or what came out of it is no frame
            raise _EndedError("ended") from None
        return reading

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                _PROGRAM,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                start_new_session=True,  # Ctrl-C is for us; when we end, so does the pipe, and with it the process
                limit=1024 * 1024,
            )
            await _write(self._process, self._greeting)
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await process.wait()


def _length(head: bytes) -> int:
    (length,) = LENGTH.unpack(head)
    if length > MAX_FRAME_BYTES:
        raise ValueError
    return int(length)


async def _send(process: asyncio.subprocess.Process, tasks: Sequence[Task]) -> None:
    for task in tasks:
        await _write(process, framed(task))


async def _write(process: asyncio.subprocess.Process, data: bytes) -> None:
    assert process.stdin is not None
    with suppress(OSError):  # a process that has ended is noticed by whoever waits for its answer
        process.stdin.write(data)
        await process.stdin.drain()
