"""A request looked up by its number, from the store, against a FastAPI route that answers the same bytes from memory."""

from typing import Any

from pymongo import MongoClient

from bench.figures import Row, Target, cpu_row
from bench.place import Place
from bench.processes import run_worker
from bench.rounds import compare
from bench.serving import Loads, bare_server
from bench.serving import Target as Server
from bench.variants.ingesting import FIRST

REQUESTS = 1_000
LOOK_UPS = 3_000
DATABASE = "tracker"
GOAL = Target(0.30)


async def looking_up(place: Place) -> list[Row]:
    """One line."""
    await run_worker({"variant": "projection", "items": min(place.plan.count(REQUESTS), REQUESTS), "database": DATABASE}, place.environment)
    numbers, document = _stored(place)
    answer = place.folder / "document.json"
    answer.write_bytes(document)
    paths = [f"/api/v1/requests/{number}" for number in numbers]
    spec: dict[str, Any] = {"kind": "get", "paths": paths, "items": place.plan.count(LOOK_UPS), "expected": 200}
    await place.start("tracker-serve")
    try:
        ours, loads = Server(place.stack.given.ports.tracker, place.pin("tracker-serve")), Loads(place)
        async with bare_server(place, document=answer) as bare:
            found = await compare(loads.against(bare, spec), {"GET by number": loads.against(ours, spec)}, place.plan.rounds, place.say)
    finally:
        await place.stop("tracker-serve")
    return [cpu_row("GET by number, from the store", "bare FastAPI route", found["GET by number"], GOAL)]


def _stored(place: Place) -> tuple[list[str], bytes]:
    """The numbers that there are, and what the public reads of one."""
    with MongoClient[dict[str, Any]](place.mongodb.mongodb_uri.get_secret_value()) as client:
        found = list(client[DATABASE][FIRST.requests].find({}, {"public_json": 1}))
    return [document["_id"] for document in found], bytes(found[0]["public_json"])
