"""``cary311 tracker``: rebuild the store, take a snapshot of it, reconcile it with what was accepted.

What a command is doing goes to stderr, line by line; what came of it to stdout, with ``--json`` as one JSON object. Exit codes: 0 all
is well, 1 something differs or is missing or could not be done, 2 a wrong option or setting.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Protocol

import typer

from shared.errors import Cary311Error
from shared.kafka.topics import REQUEST_EVENTS, REQUEST_UPDATED, SUBMISSION_RECEIVED, SUBMISSION_REJECTED
from shared.settings import KafkaSettings, MongoSettings, load
from tracker.corrections import labelled
from tracker.rebuild import GRACE_SECONDS, EventLog, Group, Rebuild, Rebuilt
from tracker.reconciling import MAX_NAMED, Named, Reconciler, Reconciliation
from tracker.settings import ProjectSettings, StoreSettings
from tracker.snapshot import SnapshotError, Taken, take, whole_file
from tracker.store.connection import Connection
from tracker.store.documents import from_document
from tracker.store.generations import each

PERIOD: Final = timedelta(hours=24)
PATIENCE: Final = 10.0
"""Nobody waits at a page: a slow server may take its time."""
EXIT_FAILED: Final = 1

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]


class ExportError(Cary311Error):
    """An export could not be made; the text says why."""


class Doors(Protocol):
    """Opens what the commands work with. ``Servers`` opens Kafka and MongoDB; tests open logs in memory."""

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """The tracker's database."""

    def log(self, topic: str) -> AbstractAsyncContextManager[EventLog]:
        """A topic from its beginning."""

    def group(self) -> AbstractAsyncContextManager[Group]:
        """The projection's group."""


class Servers:
    """The servers that the environment names."""

    def __init__(self) -> None:
        self._kafka, self._mongo = load(KafkaSettings), load(MongoSettings)
        self._store, self._project = load(StoreSettings), load(ProjectSettings)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """As ``Doors.connection``."""
        connection = Connection.open(self._mongo, self._store.tracker_database, patience=PATIENCE)
        try:
            await connection.ping()
            yield connection
        finally:
            await connection.close()

    def log(self, topic: str) -> AbstractAsyncContextManager[EventLog]:
        """As ``Doors.log``."""
        from shared.kafka.broker import KafkaLog  # noqa: PLC0415 - the Kafka client is loaded by who needs it

        return KafkaLog(self._kafka, topic)

    def group(self) -> AbstractAsyncContextManager[Group]:
        """As ``Doors.group``."""
        from shared.kafka.broker import KafkaGroup  # noqa: PLC0415 - likewise

        return KafkaGroup(self._kafka, self._project.tracker_project_group, REQUEST_EVENTS.name)


class Commands:
    """The commands, on whatever the doors open."""

    def __init__(self, open_doors: Callable[[], Doors], *, grace_seconds: float = GRACE_SECONDS) -> None:
        self._open_doors = open_doors
        self._grace_seconds = grace_seconds

    def rebuild(
        self,
        *,
        source: Annotated[
            Path | None, typer.Option("--from", exists=True, dir_okay=False, readable=True, help="A snapshot; without: the log alone.")
        ] = None,
        accept_differences: Annotated[bool, typer.Option("--accept-differences", help="Take the new store though it differs.")] = False,
        compare_only: Annotated[bool, typer.Option("--compare-only", help="Compare, and keep the present store.")] = False,
        as_json: AsJson = False,
    ) -> None:
        """Build the store anew from the log, or from a snapshot and the log since, compare it with the present one, and turn to it
        when both are equal. The projection rests meanwhile; nothing is announced again.
        """
        result = asyncio.run(self._rebuild(source, accept_differences=accept_differences, keep_present=compare_only))
        is_equal = result.comparison.is_equal
        _print({**asdict(result), "is_equal": is_equal}, [_of_rebuild(result, compare_only=compare_only)], as_json=as_json)
        raise typer.Exit(0 if is_equal or result.is_present else EXIT_FAILED)

    async def _rebuild(self, source: Path | None, *, accept_differences: bool, keep_present: bool) -> Rebuilt:
        doors = self._open_doors()
        async with doors.connection() as connection, doors.log(REQUEST_EVENTS.name) as log, doors.group() as group:
            rebuild = Rebuild(connection=connection, log=log, group=group, clock=_now, say=_say, grace_seconds=self._grace_seconds)
            return await rebuild.run(source, accept_differences=accept_differences, keep_present=keep_present)

    def snapshot(
        self,
        file: Annotated[Path | None, typer.Argument(help="Where to; without: tracker-<moment>.snapshot here.")] = None,
        *,
        as_json: AsJson = False,
    ) -> None:
        """Write what the store has and how far in the log that is to a file, which only you can read: it holds what residents wrote.
        The projection goes on meanwhile.
        """
        taken_at = _now()
        path = file or Path(f"tracker-{taken_at:%Y%m%dT%H%M%SZ}.snapshot")
        if path.exists():
            raise SnapshotError(f"{path} exists already: name another file")
        taken = asyncio.run(self._snapshot(path, taken_at))
        where = {"file": str(path), "taken_at": taken_at.isoformat(), "bytes": path.stat().st_size}
        line = f"{path}: {taken.documents} documents, {where['bytes']} bytes, SHA-256 {taken.sha256}"
        _print({**where, **asdict(taken)}, [line], as_json=as_json)

    async def _snapshot(self, path: Path, taken_at: datetime) -> Taken:
        async with self._open_doors().connection() as connection:
            _say(f"writing {path}")
            try:
                return await take(connection, path, taken_at)
            except OSError as error:
                raise SnapshotError(f"{path} cannot be written: {error.strerror or type(error).__name__}") from None

    def corrections(
        self,
        file: Annotated[Path, typer.Argument(help="Where to: one JSON object a line.")],
        *,
        as_json: AsJson = False,
    ) -> None:
        """Write the texts on whose service advocates have settled, for cary311 normalizer train. Only you can read the file: it holds what
        residents wrote, personal data masked as in public.
        """
        if file.exists():
            raise ExportError(f"{file} exists already: name another file")
        written, corrected = asyncio.run(self._corrections(file))
        line = f"{file}: {written} texts, of which advocates corrected {corrected}"
        _print({"file": str(file), "texts": written, "corrected": corrected}, [line], as_json=as_json)

    async def _corrections(self, path: Path) -> tuple[int, int]:
        written = corrected = 0
        try:
            async with self._open_doors().connection() as connection:
                names = await connection.names()
                with whole_file(path) as target:
                    async for document in each(connection, names.requests):
                        if row := labelled(from_document(document)):
                            target.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
                            written, corrected = written + 1, corrected + row["is_corrected"]
        except OSError as error:
            raise ExportError(f"{path} cannot be written: {error.strerror or type(error).__name__}") from None
        return written, corrected

    def reconcile(
        self,
        *,
        since: Annotated[str | None, typer.Option(help="From when on (RFC 3339; without a zone: UTC); without: 24 hours before.")] = None,
        until: Annotated[str | None, typer.Option(help="Until when; without: now.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Follow every submission that was accepted in a period into the store and to its announcement: none lost, none twice."""
        now = _now()
        end = _moment(until, "--until") if until else now
        start = _moment(since, "--since") if since else end - PERIOD
        if start >= end:
            raise typer.BadParameter("the period must begin before it ends", param_hint="--since")
        result = asyncio.run(self._reconcile(start, end, now))
        period = {"since": start.isoformat(), "until": end.isoformat()}
        _print({**period, **asdict(result), "is_whole": result.is_whole}, _of_reconciliation(result, start, end), as_json=as_json)
        raise typer.Exit(0 if result.is_whole else EXIT_FAILED)

    async def _reconcile(self, start: datetime, end: datetime, now: datetime) -> Reconciliation:
        doors = self._open_doors()
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(doors.connection())
            topics = (SUBMISSION_RECEIVED, SUBMISSION_REJECTED, REQUEST_UPDATED)
            submissions, rejections, updates = [await stack.enter_async_context(doors.log(topic.name)) for topic in topics]
            _say("reading the logs")
            return await Reconciler(connection, submissions, rejections, updates).run(start, end, now)


def build(commands: Commands) -> typer.Typer:
    """The group ``tracker`` of the ``cary311`` command."""
    group = typer.Typer(help="The tracker's store: rebuild, snapshot, reconcile, corrections.", no_args_is_help=True)
    group.command("rebuild")(commands.rebuild)
    group.command("snapshot")(commands.snapshot)
    group.command("reconcile")(commands.reconcile)
    group.command("corrections")(commands.corrections)
    return group


app = build(Commands(Servers))


def _now() -> datetime:
    return datetime.now(UTC)


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _print(result: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result, default=str))
    else:
        typer.echo("\n".join(lines))


def _moment(written: str, option: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise typer.BadParameter("a moment looks like 2026-03-02T14:30:00Z or 2026-03-02", param_hint=option) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _of_rebuild(result: Rebuilt, *, compare_only: bool) -> str:
    differences = result.comparison.differences
    if result.is_present:
        return f"The store is rebuilt: generation {result.generation}, of {result.events} events."
    if compare_only:
        return f"The present store stays; {'the rebuilt one is equal' if not differences else f'{differences} of its documents differ'}."
    return f"Nothing was changed: {differences} documents differ. --accept-differences takes the rebuilt store."


def _of_reconciliation(result: Reconciliation, start: datetime, end: datetime) -> list[str]:
    lines = [
        f"Received from {start:%Y-%m-%d %H:%M:%S} to {end:%Y-%m-%d %H:%M:%S} UTC:",
        f"  accepted   {result.accepted}  (and {result.repeated} repeats)",
        f"  rejected   {result.rejected}",
        f"  stored     {result.stored}",
        f"  announced  {result.announced}  (and {result.announced_again} repeats)",
        f"  under way  {result.under_way}",
        *_named("not stored", result.not_stored, "submission"),
        *_named("not announced", result.not_announced, "event"),
        *_named("stored twice", result.doubled, "submission"),
    ]
    return [*lines, "Nothing is lost, nothing is there twice." if result.is_whole else "Something is lost or there twice."]


def _named(what: str, named: Named, kind: str) -> list[str]:
    more = [f"    and {named.count - MAX_NAMED} more"] if named.count > MAX_NAMED else []
    return [f"  {what}: {named.count}", *(f"    {kind} {name}" for name in named.ids), *more] if named.count else []
