"""Posts on X swept by intake-social: against asking for their pages alone, on the stand-in of ``make run``."""

import asyncio
from typing import Final

from pymongo import MongoClient

from bench.figures import Figure, Row, Target, cpu_row, goal_row
from bench.place import Place
from bench.posts import write_posts
from bench.processes import run_worker
from bench.rounds import Run, compare
from local_stack.stack import X
from shared.kafka.topics import SUBMISSION_RECEIVED
from support.servers import unique

POSTS: Final = 2_000
SWEPT_A_SECOND: Final = 200
"""A week of a town's posts within seconds."""
PEAK_MIB: Final = 300


async def posts_swept(place: Place) -> list[Row]:
    """Three lines."""
    items = place.plan.count(POSTS)
    assert place.stack.x is not None
    await asyncio.to_thread(write_posts, place.stack.x.data / "log.jsonl", items)
    await place.stack.start_engine(X)
    try:
        bare = {"variant": "read_pages_bare", "items": items}
        found = await compare(lambda: run_worker(bare, place.environment), {"sweep": _sweep(place, items)}, place.plan.rounds, place.say)
    finally:
        await place.stack.x.stop()
    runs = found["sweep"]
    rates = [1_000_000 / run.variant.wall_us for run in runs]
    peaks = [run.variant.more["peak_mib"] for run in runs]
    return [
        cpu_row("post on X swept: read, keep, publish", "its page asked for and decoded", runs),
        goal_row("the same, posts a second", rates, "posts/s", Target(SWEPT_A_SECOND)),
        goal_row("the same, memory at its peak", peaks, "MiB", Target(PEAK_MIB, is_ceiling=True)),
    ]


def _sweep(place: Place, items: int) -> Run:
    async def run() -> Figure:
        databases = {"INTAKE_SOCIAL_DATABASE": unique("bench_social"), "ATTACHMENTS_DATABASE": unique("bench_files")}
        before = await place.count(SUBMISSION_RECEIVED.name)
        try:
            figure = await run_worker({"variant": "sweep", "items": items}, {**place.environment, **databases})
        finally:
            with MongoClient[dict[str, object]](place.mongodb.mongodb_uri.get_secret_value()) as client:
                for database in databases.values():
                    client.drop_database(database)
        await place.wrote(SUBMISSION_RECEIVED.name, before, items)
        return figure

    return run
