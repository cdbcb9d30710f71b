"""``cary311 dead-letters``: list, show, replay, park, discard. Nothing that a resident wrote is ever printed."""

import asyncio
import getpass
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

import typer

from shared.contracts import DeadLetterDecision
from shared.dead_letters import DeadLetter, DeadLetterError, Desk, parse_name
from shared.kafka.topics import TOPICS
from shared.outline import outline
from shared.settings import KafkaSettings, load

dead_letters = typer.Typer(help="Records that could not be handled: look at them, and decide.", no_args_is_help=True)

SHOWN: Final = 50
GROUPS: Final = tuple(dict.fromkeys(group for topic in TOPICS for group in topic.consumers))
_NO_CODE: Final = re.compile(r"[^A-Za-z0-9_-]+")
T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Group = Annotated[str | None, typer.Option(help=f"Of one consumer group: {', '.join(GROUPS)}.")]
Names = Annotated[list[str], typer.Argument(help="topic/partition/offset, as the list shows them.")]
By = Annotated[str | None, typer.Option("--by", envvar="CARY311_OPERATOR", help="Who decides; without: the name of your account.")]
Because = Annotated[str, typer.Option("--because", help="Why, for the record. Write nothing personal.", min=1, max=500)]


@asynccontextmanager
async def _desk() -> AsyncIterator[Desk]:
    from shared.kafka.broker import KafkaLog, KafkaPublisher, ensure_topics  # noqa: PLC0415 - loaded for these commands only

    settings = load(KafkaSettings)
    await ensure_topics(settings)
    publisher = await KafkaPublisher.start(settings, client_id="cary311-dead-letters")
    try:
        yield Desk(lambda topic: KafkaLog(settings, topic), publisher, lambda: datetime.now(UTC))
    finally:
        await publisher.close()


def _at_desk(work: Callable[[Desk], Awaitable[T]]) -> T:
    async def run() -> T:
        async with _desk() as desk:
            return await work(desk)

    typer.echo("reading the dead letters", err=True)
    return asyncio.run(run())


@dead_letters.command("list")
def list_letters(
    *,
    group: Group = None,
    is_all: Annotated[bool, typer.Option("--all", help="Those that were decided on, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many to name.")] = SHOWN,
    as_json: AsJson = False,
) -> None:
    """List those that nobody has decided on yet, and count them by group and reason."""
    counts: Counter[tuple[str, str]] = Counter()
    rows: list[dict[str, Any]] = []

    async def look(desk: Desk) -> None:
        async for letter in desk.letters(_group(group)):
            if letter.is_open or is_all:
                counts[letter.group, letter.reason] += 1
                if len(rows) < limit:
                    rows.append(_row(letter))

    _at_desk(look)
    if as_json:
        typer.echo(json.dumps({"dead_letters": rows, "count": counts.total()}))
        return
    for row in rows:
        decided = f"  {row['decision']} by {row['decided_by']}" if row["decision"] else ""
        typer.echo(f"{row['name']}  {row['put_aside_at']}  {row['reason']}  {row['detail']}{decided}".rstrip())
    for (member, reason), count in sorted(counts.items()):
        typer.echo(f"{count} of {member}: {reason}")
    if not counts:
        typer.echo("There are none.")


@dead_letters.command("show")
def show(name: Annotated[str, typer.Argument(help="topic/partition/offset, as the list shows it.")], *, as_json: AsJson = False) -> None:
    """Show why one was put aside, and the shape of the record; of what it says only ids and kinds."""
    (letter,) = _at_desk(lambda desk: _named(desk, [name]))
    row = _row(letter) | {
        "original": f"{letter.source.name}/{letter.original_partition}/{letter.original_offset}",
        "attempts": letter.attempts,
        "size_bytes": len(letter.record.value or b""),
        "is_by_reference": letter.is_by_reference,
        "because": letter.decided.because if letter.decided else None,
        "shape": [] if letter.is_by_reference else outline(letter.record.value if letter.had_value else None, letter.source.name),
    }
    if as_json:
        typer.echo(json.dumps(row))
        return
    for key, value in row.items():
        typer.echo("\n  ".join(["shape:", *value]) if key == "shape" else f"{key}: {'' if value is None else value}".rstrip())


@dead_letters.command("replay")
def replay(
    names: Annotated[list[str] | None, typer.Argument(help="topic/partition/offset, as the list shows them.")] = None,
    *,
    group: Group = None,
    reason: Annotated[str | None, typer.Option(help="All open ones of --group that were put aside for this reason.")] = None,
    by: By = None,
) -> None:
    """Put records back into their topic, where the same handler meets them again. One that fails again is a new dead letter."""
    if bool(names) == (reason is not None) or (reason is not None and group is None):
        raise typer.BadParameter("name the dead letters, or --group and --reason for all that are open")

    async def work(desk: Desk) -> tuple[int, list[str]]:
        chosen = await _named(desk, names) if names else await _open(desk, group, reason)
        done, failed = 0, []
        with typer.progressbar(chosen, label="replaying", file=typer.get_text_stream("stderr")) as letters:
            for letter in letters:
                try:
                    await desk.replay(letter, _operator(by))
                    done += 1
                except DeadLetterError as error:
                    failed.append(str(error))
        return done, failed

    done, failed = _at_desk(work)
    for line in failed:
        typer.echo(line, err=True)
    typer.echo(f"{done} replayed")
    raise typer.Exit(1 if failed else 0)


@dead_letters.command("park")
def park(names: Names, *, because: Because, by: By = None) -> None:
    """Put aside what is known and waits. The record stays; replay takes it when its time has come."""
    _decide(names, DeadLetterDecision.PARKED, because, by)


@dead_letters.command("discard")
def discard(names: Names, *, because: Because, by: By = None) -> None:
    """Decide that nothing will be done. The record leaves by retention; who decided and why stays longer."""
    _decide(names, DeadLetterDecision.DISCARDED, because, by)


def _decide(names: list[str], decision: DeadLetterDecision, because: str, by: str | None) -> None:
    async def work(desk: Desk) -> None:
        await desk.decide(await _named(desk, names), decision, _operator(by), because)

    _at_desk(work)
    typer.echo(f"{len(names)} {decision.value}")


async def _named(desk: Desk, names: list[str]) -> list[DeadLetter]:
    wanted = {parse_name(name): None for name in names}
    found = {}
    async for letter in desk.letters():
        place = (letter.record.topic, letter.record.partition, letter.record.offset)
        if place in wanted:
            found[place] = letter
    missing = ["/".join(map(str, place)) for place in wanted if place not in found]
    if missing:
        raise DeadLetterError(f"there is no dead letter {', '.join(missing)}")
    return [found[place] for place in wanted]


async def _open(desk: Desk, group: str | None, reason: str | None) -> list[DeadLetter]:
    return [letter async for letter in desk.letters(_group(group)) if letter.is_open and letter.reason == reason]


def _group(group: str | None) -> str | None:
    if group is not None and group not in GROUPS:
        raise DeadLetterError(f"there is no consumer group {group!r}: {', '.join(GROUPS)}")
    return group


def _operator(by: str | None) -> str:
    return (_NO_CODE.sub("-", by or getpass.getuser()).strip("-") or "operator")[:64]


def _row(letter: DeadLetter) -> dict[str, Any]:
    decided = letter.decided
    return {
        "name": letter.name,
        "group": letter.group,
        "put_aside_at": letter.put_aside_at.isoformat(timespec="seconds"),
        "reason": letter.reason,
        "detail": letter.detail,
        "decision": decided.decision.value if decided else None,
        "decided_at": decided.decided_at.isoformat(timespec="seconds") if decided else None,
        "decided_by": decided.decided_by if decided else None,
    }
