"""``make replay FILE=x.jsonl``: post real texts through the intake and follow each until anybody can look it up."""

import asyncio
import itertools
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pymongo import MongoClient
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from local_stack.clients import local_client, unanswered
from local_stack.following import Following
from local_stack.processes import StackError
from local_stack.rows import BadRow, Row, Tally, percentile, read_rows

ATTEMPTS = 8
POST_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 30.0
VISIBLE_WITHIN_SECONDS = 120.0
"""Without a new number for so long the rest counts as lost."""
SHOWN_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class Options:
    """How to replay."""

    file: Path
    salt: str = ""
    concurrency: int = 32
    limit: int | None = None
    per_second: float | None = None
    """Posts to begin in a second; None: as fast as it goes, and then what is visible waits in a queue of our making."""


class Replay:
    """One replay against a running stack."""

    def __init__(self, stack: Mapping[str, Any], options: Options, progress: Progress) -> None:
        self._stack = stack
        self._options = options
        self._progress = progress
        self._last_seen = time.monotonic()
        self._next_post = time.monotonic()
        self.tally = Tally()

    async def run(self, rows: list[Row]) -> None:
        """Post all, then wait until all that was accepted is visible or nothing new has been for too long."""
        posted = self._progress.add_task("accepted", total=len(rows))
        visible = self._progress.add_task("visible ", total=len(rows))

        def seen(number: str, seconds: float) -> None:
            self.tally.visible_after.setdefault(number, seconds)
            self._last_seen = time.monotonic()
            self._progress.advance(visible)

        queue = iter(rows)
        async with local_client(POST_SECONDS) as client:
            following = Following(self._stack["tracker_url"], client, seen)
            self.tally.gaps = following.gaps
            looking = asyncio.create_task(following.run())
            try:
                await asyncio.gather(*(self._post_from(queue, posted, following) for _ in range(self._options.concurrency)))
                self._progress.update(visible, total=len(set(self.tally.numbers.values())))
                self._last_seen = time.monotonic()
                while self.tally.lost and time.monotonic() - self._last_seen < VISIBLE_WITHIN_SECONDS:  # noqa: ASYNC110 - ``seen`` moves both
                    await asyncio.sleep(0.05)
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)

    async def _post_from(self, rows: Iterator[Row], task: TaskID, following: Following) -> None:
        async with local_client(
            POST_SECONDS
        ) as client:  # of its own: waiting for a connection of a shared pool would be measured as the system's
            for row in rows:
                await self._turn()
                await self._post(row, client, following)
                self._progress.advance(task)

    async def _turn(self) -> None:
        """Wait until the next post may begin."""
        if self._options.per_second:
            begins = max(self._next_post, time.monotonic())
            self._next_post = begins + 1 / self._options.per_second
            await asyncio.sleep(begins - time.monotonic())

    async def _post(self, row: Row, client: httpx.AsyncClient, following: Following) -> None:
        url, headers = f"{self._stack['portal_url']}/api/v1/submissions", {"Idempotency-Key": row.key}
        why = ""
        for attempt in range(ATTEMPTS):
            began = time.monotonic()
            try:
                answer = await client.post(url, json=unanswered(row.body, self._stack), headers=headers)
            except httpx.HTTPError as error:
                why, wait = type(error).__name__, 0.5 * 2**attempt
            else:
                if answer.is_success:
                    at = time.monotonic()
                    following.accepted(self._accepted(row, answer, at - began), at)
                    return
                why, wait = f"HTTP {answer.status_code}", _retry_after(answer)
                if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                    self.tally.refused.append((row.line, _reason(answer)))
                    return
            await asyncio.sleep(min(wait, LONGEST_WAIT_SECONDS))
        self.tally.failed.append((row.line, why))

    def _accepted(self, row: Row, answer: httpx.Response, seconds: float) -> str:
        number = str(answer.json()["service_request_id"])
        self.tally.accept(row.key, number, seconds, is_spooled=answer.status_code == httpx.codes.ACCEPTED)
        return number


def _retry_after(answer: httpx.Response) -> float:
    text = answer.headers.get("Retry-After", "1")
    return float(text) if text.isdigit() else 1.0


def _reason(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        errors = ", ".join(f"{error.get('field')}: {error.get('code')}" for error in problem.get("errors") or ())
        return f"HTTP {answer.status_code} {errors or problem.get('title', '')}".strip()
    except (ValueError, AttributeError):
        return f"HTTP {answer.status_code}"


def stored_numbers(stack: Mapping[str, Any]) -> set[str]:
    """Every number in the store's present generation: what the API shows one by one, all at once."""
    with MongoClient[dict[str, Any]](stack["mongodb_uri"], serverSelectionTimeoutMS=5_000) as client:
        database = client[stack["tracker_database"]]
        generation = (database["meta"].find_one({"_id": "generation"}) or {}).get("current", 1)
        return {str(document["_id"]) for document in database[f"requests_g{generation}"].find({}, {"_id": 1})}


def read_file(options: Options) -> list[Row | BadRow]:
    """The file's rows.

    Raises:
        StackError: it cannot be read.
    """
    try:
        with options.file.open(encoding="utf-8", errors="replace") as lines:
            return list(itertools.islice(read_rows(lines, options.salt), options.limit))
    except OSError as error:
        raise StackError(f"{options.file} cannot be read: {error.strerror}") from error


async def run(stack: Mapping[str, Any], options: Options) -> int:
    """Replay and report; the exit code is 1 when anything was lost or doubled, or could not be posted."""
    console = Console(highlight=False)
    read = read_file(options)
    rows = [row for row in read if isinstance(row, Row)]
    before = await asyncio.to_thread(stored_numbers, stack)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    started = time.monotonic()
    with Progress(*columns, console=console) as progress:
        replay = Replay(stack, options, progress)
        await replay.run(rows)
    seconds = time.monotonic() - started
    tally = replay.tally
    tally.rows, tally.bad = len(read), [row for row in read if isinstance(row, BadRow)]
    after = await asyncio.to_thread(stored_numbers, stack)
    _report(console, tally, before, after, seconds)
    if not options.per_second:
        console.print('As fast as it goes, reports wait for each other; ARGS="--per-second 20" shows what one takes.')
    return int(bool(tally.lost or tally.doubled(before, after) or tally.failed))


def _report(console: Console, tally: Tally, before: set[str], after: set[str], seconds: float) -> None:
    latencies = [waited for number, waited in tally.visible_after.items() if number not in before]
    known = len(before & set(tally.numbers.values()))
    title = f"{tally.rows} lines in {seconds:.1f} s ({tally.rows / seconds:.0f} a second)"
    table = Table(title=title, title_justify="left", show_header=False)
    for name, value in (
        ("accepted", f"{tally.accepted}" + (f" ({tally.spooled} of them over the spool)" if tally.spooled else "")),
        ("stored", f"{tally.stored}" + (f" ({known} of them were there before)" if known else "")),
        ("lost", str(tally.lost)),
        ("doubled", str(tally.doubled(before, after))),
        ("refused", str(len(tally.refused))),
        ("not posted", str(len(tally.failed))),
        ("bad lines", str(len(tally.bad))),
        ("posted to accepted", _percentiles(tally.accepted_after)),
        ("accepted to visible", _percentiles(latencies)),
        ("looked for every", _milliseconds(percentile(tally.gaps, 50))),
    ):
        table.add_row(name, value)
    console.print(table)
    problems = [(bad.line, bad.why) for bad in tally.bad] + tally.refused + tally.failed
    for line, why in problems[:SHOWN_PROBLEMS]:
        console.print(f"line {line}: {why}", markup=False)
    if len(problems) > SHOWN_PROBLEMS:
        console.print(f"... and {len(problems) - SHOWN_PROBLEMS} more lines")


def _percentiles(seconds: Sequence[float]) -> str:
    return f"p50 {_milliseconds(percentile(seconds, 50))}, p99 {_milliseconds(percentile(seconds, 99))}"


def _milliseconds(seconds: float) -> str:
    return "-" if math.isnan(seconds) else f"{seconds * 1000:.0f} ms"
