"""``make replay FILE=x.jsonl``: post real texts through the intake and follow each until anybody can look it up."""

import asyncio
import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pymongo import MongoClient
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from local_stack.processes import StackError
from local_stack.rows import BadRow, Row, Tally, percentile, read_rows

ATTEMPTS = 8
LONGEST_WAIT_SECONDS = 30.0
VISIBLE_WITHIN_SECONDS = 120.0
"""Without a new number for so long the rest counts as lost."""
SHOWN_PROBLEMS = 10
WATCHERS = 16


@dataclass(frozen=True, slots=True)
class Options:
    """How to replay."""

    file: Path
    salt: str = ""
    concurrency: int = 32
    limit: int | None = None


class Replay:
    """One replay against a running stack."""

    def __init__(self, stack: Mapping[str, Any], options: Options, client: httpx.AsyncClient, progress: Progress) -> None:
        self._submissions = f"{stack['portal_url']}/api/v1/submissions"
        self._requests = f"{stack['tracker_url']}/api/v1/requests"
        self._options = options
        self._client = client
        self._progress = progress
        self._awaited: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
        self._last_seen = time.monotonic()
        self.tally = Tally()

    async def run(self, rows: list[Row]) -> None:
        """Post all, then wait until all that was accepted is visible or nothing new has been for too long."""
        posted = self._progress.add_task("accepted", total=len(rows))
        visible = self._progress.add_task("visible ", total=len(rows))
        queue = iter(rows)
        watchers = [asyncio.create_task(self._watch(visible)) for _ in range(WATCHERS)]
        try:
            await asyncio.gather(*(self._post_from(queue, posted) for _ in range(self._options.concurrency)))
            self._progress.update(visible, total=len(set(self.tally.numbers.values())))
            self._last_seen = time.monotonic()
            while self.tally.lost and time.monotonic() - self._last_seen < VISIBLE_WITHIN_SECONDS:  # noqa: ASYNC110 - watchers move both
                await asyncio.sleep(0.05)
        finally:
            for watcher in watchers:
                watcher.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)

    async def _post_from(self, rows: Iterator[Row], task: TaskID) -> None:
        for row in rows:
            await self._post(row)
            self._progress.advance(task)

    async def _post(self, row: Row) -> None:
        why = ""
        for attempt in range(ATTEMPTS):
            try:
                answer = await self._client.post(self._submissions, json=dict(row.body), headers={"Idempotency-Key": row.key})
            except httpx.HTTPError as error:
                why, wait = type(error).__name__, 0.5 * 2**attempt
            else:
                if answer.is_success:
                    self._accepted(row, answer)
                    return
                why, wait = f"HTTP {answer.status_code}", _retry_after(answer)
                if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                    self.tally.refused.append((row.line, _reason(answer)))
                    return
            await asyncio.sleep(min(wait, LONGEST_WAIT_SECONDS))
        self.tally.failed.append((row.line, why))

    def _accepted(self, row: Row, answer: httpx.Response) -> None:
        number = str(answer.json()["service_request_id"])
        self.tally.accept(row.key, number, is_spooled=answer.status_code == httpx.codes.ACCEPTED)
        self._awaited.put_nowait((number, time.monotonic()))

    async def _watch(self, task: TaskID) -> None:
        while True:
            number, since = await self._awaited.get()
            is_visible = await self._is_visible(number)
            now = time.monotonic()
            if not is_visible:
                await asyncio.sleep(0.005)
                self._awaited.put_nowait((number, since))
            elif number not in self.tally.visible_after:
                self.tally.visible_after[number] = now - since
                self._last_seen = now
                self._progress.advance(task)

    async def _is_visible(self, number: str) -> bool:
        try:
            return (await self._client.get(f"{self._requests}/{number}")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


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


def stored_numbers(mongodb_uri: str) -> set[str]:
    """Every number in the store's present generation: what the API shows one by one, all at once."""
    with MongoClient[dict[str, Any]](mongodb_uri, serverSelectionTimeoutMS=5_000) as client:
        database = client["tracker"]
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
    before = await asyncio.to_thread(stored_numbers, stack["mongodb_uri"])
    limits = httpx.Limits(max_connections=options.concurrency + WATCHERS)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    started = time.monotonic()
    async with httpx.AsyncClient(timeout=30.0, limits=limits, trust_env=False) as client:
        with Progress(*columns, console=console) as progress:
            replay = Replay(stack, options, client, progress)
            await replay.run(rows)
    tally = replay.tally
    tally.rows, tally.bad = len(read), [row for row in read if isinstance(row, BadRow)]
    after = await asyncio.to_thread(stored_numbers, stack["mongodb_uri"])
    _report(console, tally, before, after, time.monotonic() - started)
    return int(bool(tally.lost or tally.doubled(before, after) or tally.failed))


def _report(console: Console, tally: Tally, before: set[str], after: set[str], seconds: float) -> None:
    latencies = list(tally.visible_after.values())
    known = len(before & set(tally.numbers.values()))
    table = Table(title=f"{tally.rows} lines in {seconds:.1f} s", title_justify="left", show_header=False)
    for name, value in (
        ("accepted", f"{tally.accepted}" + (f" ({tally.spooled} of them over the spool)" if tally.spooled else "")),
        ("stored", f"{tally.stored}" + (f" ({known} of them were there before)" if known else "")),
        ("lost", str(tally.lost)),
        ("doubled", str(tally.doubled(before, after))),
        ("refused", str(len(tally.refused))),
        ("not posted", str(len(tally.failed))),
        ("bad lines", str(len(tally.bad))),
        ("accepted to visible, p50", f"{percentile(latencies, 50) * 1000:.0f} ms"),
        ("accepted to visible, p99", f"{percentile(latencies, 99) * 1000:.0f} ms"),
    ):
        table.add_row(name, value)
    console.print(table)
    problems = [(bad.line, bad.why) for bad in tally.bad] + tally.refused + tally.failed
    for line, why in problems[:SHOWN_PROBLEMS]:
        console.print(f"line {line}: {why}", markup=False)
    if len(problems) > SHOWN_PROBLEMS:
        console.print(f"... and {len(problems) - SHOWN_PROBLEMS} more lines")
