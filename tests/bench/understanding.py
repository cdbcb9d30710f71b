"""The pipeline as it is, against the same without the steps that understand a text: no broker, the CPU of ``normalize`` alone."""

from bench.figures import Figure, Row, cpu_row
from bench.place import Place
from bench.processes import run_worker
from bench.rounds import Run, compare

SUBMISSIONS = 5_000
BARE, WHOLE = "without understanding", "the whole pipeline"
POINTED, SEARCHING = "the same with a point given", "a house found in every text"


async def understanding(place: Place) -> list[Row]:
    """Two lines. The whole pipeline may cost a millisecond of CPU a submission; what that is beside the bare one, the ratio says."""
    items = place.plan.count(SUBMISSIONS)

    def variant(name: str) -> Run:
        async def run() -> Figure:
            return await run_worker({"variant": name, "items": items}, place.environment)

        return run

    found = await compare(variant("bare_pipeline"), {WHOLE: variant("whole_pipeline")}, place.plan.rounds, place.say)
    places = await compare(variant("pointed_pipeline"), {SEARCHING: variant("searching_pipeline")}, place.plan.rounds, place.say)
    return [cpu_row("normalize, all steps", BARE, found[WHOLE]), cpu_row(f"normalize, {SEARCHING}", POINTED, places[SEARCHING])]
