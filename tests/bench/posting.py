"""A report posted to the JSON API and acknowledged by Kafka, against a FastAPI route that reads, validates and answers."""

from bench.figures import InvalidMeasurementError, Row, Target, cpu_row
from bench.place import Place
from bench.rounds import compare
from bench.serving import Loads, bare_server
from bench.serving import Target as Server
from shared.kafka.broker import KafkaLog
from shared.kafka.topics import SUBMISSION_RECEIVED

POSTS = 2_000
GOAL = Target(0.65)


async def posting(place: Place) -> list[Row]:
    """One line."""
    spec = {"kind": "post", "items": place.plan.count(POSTS), "expected": 201}
    async with KafkaLog(place.kafka, SUBMISSION_RECEIVED.name) as log:
        before = await log.end_offsets()
        await place.start("intake-web")
        try:
            ours, loads = Server(place.stack.given.ports.portal, place.pin("intake-web")), Loads(place)
            async with bare_server(place) as bare:
                variants = {"intake POST": loads.against(ours, spec, are_kept=True)}
                found = await compare(loads.against(bare, spec), variants, place.plan.rounds, place.say)
        finally:
            await place.stop("intake-web")
        keys = [record.key.decode() async for batch in log.read(before) for record in batch if record.key]
    if sorted(keys) != sorted(loads.numbers):
        raise InvalidMeasurementError(f"{len(loads.numbers)} reports were accepted, {len(keys)} are in Kafka")
    return [cpu_row("intake POST acknowledged by Kafka", "bare FastAPI route", found["intake POST"], GOAL)]
