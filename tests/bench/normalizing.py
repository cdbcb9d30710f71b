"""The normalizer against a loop that does no work, and against FastStream doing the same job one message after the other."""

from datetime import timedelta

from bench.figures import Figure, Row, Target, cpu_row
from bench.place import Place
from bench.processes import run_worker
from bench.rounds import Run, compare
from bench.submissions import outgoing, submissions
from shared.kafka.broker import KafkaPublisher, ensure_topics
from shared.kafka.topics import REQUEST_EVENTS, TopicSpec
from support.servers import unique

RECORDS = 10_000
PEER_RECORDS = 1_000
IDLE, OURS, PLUMBING, PEER = "no-work loop", "normalizer", "our loop and the contract", "FastStream"
GOAL = Target(0.25)
PEER_GOAL = Target(10)
BATCH = 500


async def normalizing(place: Place) -> list[Row]:
    """Three lines."""
    items, fewer = place.plan.count(RECORDS), min(place.plan.count(PEER_RECORDS), PEER_RECORDS)
    many, few = await _filled(place, items), await _filled(place, fewer + 1)

    def variant(name: str, topic: str, count: int, written: int) -> Run:
        async def run() -> Figure:
            before = await place.count(REQUEST_EVENTS.name)
            figure = await run_worker({"variant": name, "topic": topic, "items": count}, place.environment)
            await place.wrote(REQUEST_EVENTS.name, before, written)
            return figure

        return run

    ours = variant("normalizer", many, items, items)
    found = await compare(
        variant("idle", many, items, items), {OURS: ours, PLUMBING: variant("plumbing", many, items, items)}, place.plan.rounds, place.say
    )
    peer = await compare(ours, {PEER: variant("faststream", few, fewer, fewer + 1)}, place.plan.rounds, place.say)
    return [
        cpu_row("normalizer, plumbing and contract", IDLE, found[PLUMBING], GOAL),
        cpu_row("the same with all that it decides", IDLE, found[OURS]),
        cpu_row("FastStream, one message at a time", "normalizer", peer[PEER], PEER_GOAL, as_times=True),
    ]


async def _filled(place: Place, records: int) -> str:
    """A topic with so many submissions."""
    topic = unique("submissions")
    await ensure_topics(place.kafka, (TopicSpec(topic, timedelta(days=1)),))
    publisher = await KafkaPublisher.start(place.kafka, "bench")
    try:
        made = submissions(records, place.stack.given.credentials.tracking_number_secret.encode())
        waiting = [outgoing(one, topic) for one in made]
        for start in range(0, records, BATCH):
            await publisher.publish(waiting[start : start + BATCH])
    finally:
        await publisher.close()
    return topic
