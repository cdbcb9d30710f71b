"""``cary311 intake-web …``: what an operator may ask of the spool, beside a running service or without one.

It shows ids, sizes and ages, never what residents wrote.
"""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from intake_web.settings import SpoolSettings
from shared.errors import TransientError
from shared.settings import load
from shared.spool.look import Contents, Listed, look, retry
from shared.tracking_number import display

app = typer.Typer(help="The residents' portal and the intake API.", no_args_is_help=True)
spool = typer.Typer(help="Reports that wait on local disk while Kafka or MongoDB is away.", no_args_is_help=True)
app.add_typer(spool, name="spool")

_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_FILE: Final = typer.Option("--file", help="The spool's file; without: SPOOL_PATH, as the service reads it.")
_LOOK_SECONDS: Final = 0.5
_JSON: Final = typer.Option("--json", help="One JSON object, for programs.")


@app.callback()
@spool.callback()
def _group() -> None:
    """A group stays one where it has a single command."""


@spool.command("list")
def spool_list(file: Annotated[Path | None, _FILE] = None, *, as_json: Annotated[bool, _JSON] = False) -> None:
    """Show what waits and what was set aside: how much, since when, under which ids."""
    contents, now = look(_path(file)), datetime.now(UTC)
    if as_json:
        typer.echo(json.dumps(_document(contents, now), indent=2))
        return
    for line in _lines(contents, now):
        typer.echo(line)


@spool.command("retry")
def spool_retry(file: Annotated[Path | None, _FILE] = None, *, as_json: Annotated[bool, _JSON] = False) -> None:
    """Let go again what was set aside, at once beside a running service, else at its next start."""
    again = retry(_path(file))
    if as_json:
        typer.echo(json.dumps({"going_again": again}))
    elif again:
        typer.echo(f"To be tried again: {_counted(again)}; at once where the service runs, else at its next start.")
    else:
        typer.echo("Nothing was set aside.")


@spool.command("await-empty")
def spool_await_empty(
    file: Annotated[Path | None, _FILE] = None,
    first_seconds: Annotated[float, typer.Option(min=0, help="Wait for so long first: what is under way may still come in.")] = 0.0,
    at_most_seconds: Annotated[float, typer.Option(min=0, help="Then give up after so long.")] = 60.0,
) -> None:
    """Wait until the running service has emptied its spool, before it is stopped. Exit code 1: something is left, and stays on the disk.

    What was set aside does not count: it waits for a person, and waiting longer would not help.
    """
    time.sleep(first_seconds)
    path, ends_at = _path(file), time.monotonic() + at_most_seconds
    while (waiting := _waiting(path)) != 0:
        if time.monotonic() >= ends_at:
            left = "it is busy" if waiting is None else _counted(waiting)
            typer.echo(f"Left in the spool: {left}. The disk keeps what waits; whoever opens it next sends it.")
            raise typer.Exit(1)
        time.sleep(_LOOK_SECONDS)
    typer.echo("Nothing waits in the spool.")


def _waiting(path: Path) -> int | None:
    """None: the file is busy at this moment, which says nothing."""
    try:
        return len(look(path).waiting)
    except TransientError:
        return None


def _path(file: Path | None) -> Path:
    return file or load(SpoolSettings).spool_path


def _document(contents: Contents, now: datetime) -> dict[str, Any]:
    return {
        "waiting": len(contents.waiting),
        "set_aside": len(contents.aside),
        "size_bytes": contents.size_bytes,
        "oldest_age_seconds": _oldest_age_seconds(contents, now),
        "entries": [
            {
                "submission_id": str(entry.submission_id),
                "service_request_id": entry.service_request_id,
                "added_at": entry.added_at.isoformat(timespec="seconds"),
                "size_bytes": entry.size_bytes,
                "photos": entry.photos,
                "set_aside_because": entry.aside_reason,
            }
            for entry in contents.entries
        ],
        "damaged_files": list(contents.damaged_files),
    }


def _lines(contents: Contents, now: datetime) -> list[str]:
    oldest = f", the oldest for {_duration(_oldest_age_seconds(contents, now))}" if contents.waiting else ""
    lines = [f"{_counted(len(contents.waiting))} waiting{oldest}; {len(contents.aside)} set aside; {contents.size_bytes:,} bytes in all"]
    lines += [_line(entry, now) for entry in contents.entries]
    if contents.aside:
        lines.append("What was set aside can never go as it is. After an update of the service: cary311 intake-web spool retry")
    lines += [f"put aside, damaged, for a person to look at: {name}" for name in contents.damaged_files]
    return lines


def _line(entry: Listed, now: datetime) -> str:
    age = _duration((now - entry.added_at).total_seconds())
    state = f"set aside: {entry.aside_reason}" if entry.aside_reason else "waits"
    photos = f"  photos: {entry.photos}" if entry.photos else ""
    return f"{entry.submission_id}  {display(entry.service_request_id)}  {age:>8}  {entry.size_bytes:>12,} bytes  {state}{photos}"


def _oldest_age_seconds(contents: Contents, now: datetime) -> float:
    ages = [(now - entry.added_at).total_seconds() for entry in contents.waiting]
    return round(max([0.0, *ages]), 1)


def _counted(number: int) -> str:
    return f"{number} {'entry' if number == 1 else 'entries'}"


def _duration(seconds: float) -> str:
    unit, length = next(((unit, length) for unit, length in _UNITS if seconds >= length), _UNITS[-1])
    return f"{max(seconds, 0.0) / length:.0f} {unit}"
