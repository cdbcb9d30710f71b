"""``make bench``: ratios of CPU per item against the same work done bare, in the same run, on real Apache Kafka.

A ratio is what holds on a shared machine: the bare work runs right before and right after ours, and the median of the rounds counts.
The exit code is 0 whatever the verdicts say, and 1 where a measurement is invalid: a figure that lost a record is none.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.becoming_visible import becoming_visible
from bench.figures import InvalidMeasurementError, Row, Verdict
from bench.ingesting import ingesting
from bench.looking_up import looking_up
from bench.mailing import mailing
from bench.normalizing import normalizing
from bench.photo_forms import photo_forms
from bench.place import Place, Plan, a_place
from bench.posting import posting
from bench.posts_swept import posts_swept
from bench.understanding import understanding
from local_stack.processes import StackError

Benchmark = Callable[[Place], Awaitable[list[Row]]]
BENCHMARKS: Mapping[str, Benchmark] = {
    "visible": becoming_visible,  # first: its services read what the others leave in the topics
    "intake": posting,
    "photos": photo_forms,
    "normalizer": normalizing,
    "text": understanding,
    "tracker": ingesting,
    "lookup": looking_up,
    "mail": mailing,
    "posts": posts_swept,
}
MAX_SAID_CHARACTERS = 3_000
COLOURS = {Verdict.MET: "green", Verdict.MISSED: "yellow", Verdict.NO_TARGET: "dim"}


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """What the person asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description="Ratios of CPU per item against the same work done bare.")
    parser.add_argument("--only", action="append", choices=list(BENCHMARKS), help="this benchmark; may be given again")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each (3); 0 rehearses: everything runs once")
    parser.add_argument("--items", type=int, help="items of each run; without: what fits each benchmark")
    return parser.parse_args(given)


async def run(chosen: Sequence[str], plan: Plan, console: Console) -> list[Row]:
    """The benchmarks, one after the other, on one set of engines.

    Raises:
        InvalidMeasurementError: what was lost or failed.
    """
    rows: list[Row] = []
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:4.0f} s[/]  {text}", highlight=False)

    with tempfile.TemporaryDirectory(prefix="cary311-bench-") as folder:
        say("starting Apache Kafka and MongoDB's stand-in ...")
        async with a_place(Path(folder), plan, say) as place:
            for name in chosen:
                say(f"[bold]{name}[/]")
                rows += await BENCHMARKS[name](place)
    return rows


def table(rows: Sequence[Row]) -> Table:
    """Everything that was found."""
    shown = Table(title="Per item; the ratio is the median of the rounds (least - most)", title_justify="left")
    for heading in ("what", "cost", "against", "cost of that"):
        shown.add_column(heading)
    for heading in ("ratio", "target", "verdict"):
        shown.add_column(heading, justify="right")
    for row in rows:
        spread = f"{row.ratio:.2f} ({min(row.ratios):.2f} - {max(row.ratios):.2f})"
        verdict = f"[{COLOURS[row.verdict]}]{row.verdict.value}[/]"
        shown.add_row(row.name, row.ours, row.base, row.bare, spread, str(row.target or "-"), verdict)
    return shown


def main(given: Sequence[str]) -> int:
    """The whole command; its exit code."""
    asked, console = arguments(given), Console()
    plan = Plan(rounds=max(0, asked.rounds), items=asked.items)
    try:
        rows = asyncio.run(run([name for name in BENCHMARKS if not asked.only or name in asked.only], plan, console))
    except (InvalidMeasurementError, StackError) as error:
        console.print("No figures: the measurement is invalid.", style="red")
        console.print(str(error)[-MAX_SAID_CHARACTERS:], highlight=False, markup=False)
        return 1
    Console(width=max(console.width, 160)).print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
