"""A form with a photo of 200 KB: received with hash and caps against only read; and what the photo's re-encoding costs in its worker."""

import io
from statistics import median

from PIL import Image

from bench import material
from bench.figures import Figure, Row, Target, cpu_row
from bench.place import Place
from bench.rounds import compare
from bench.serving import Loads, bare_server
from bench.serving import Target as Server
from shared.kafka.topics import SUBMISSION_RECEIVED

FORMS = 400
PHOTOS = 20
CONNECTIONS = 4
GOAL = Target(0.65)


async def photo_forms(place: Place) -> list[Row]:
    """Two lines: the form received, and the photo kept."""
    return [await _received(place), await _kept(place)]


async def _received(place: Place) -> Row:
    photo = place.folder / "noise"
    photo.write_bytes(material.noise())
    spec = {
        "kind": "form",
        "items": place.plan.count(FORMS),
        "expected": 201,
        "photo": str(photo),
        "connections": CONNECTIONS,
        "warm_up": 20,
    }
    async with bare_server(place) as bare, bare_server(place) as ours:
        loads = Loads(place)
        read = loads.against(bare, {**spec, "path": "/form/read"})
        received = loads.against(ours, {**spec, "path": "/form/received"})
        found = await compare(read, {"photo form": received}, place.plan.rounds, place.say)
    return cpu_row("photo form 200 KB, hash and caps", "reading the body only", found["photo form"], GOAL)


async def _kept(place: Place) -> Row:
    """The whole way of a photo through the real service: its own CPU, and that of the worker that decodes and encodes."""
    items, photo = min(place.plan.count(PHOTOS), PHOTOS), place.folder / "photo.jpg"
    photo.write_bytes(snapshot())
    spec = {
        "kind": "form",
        "path": "/api/v1/submissions",
        "photo": str(photo),
        "items": items,
        "warm_up": 2,
        "connections": 1,
        "expected": 201,
    }
    before = await place.count(SUBMISSION_RECEIVED.name)
    await place.start("intake-web")
    try:
        loads = Loads(place)
        run = loads.against(Server(place.stack.given.ports.portal, place.pin("intake-web")), spec, are_kept=True)
        figures = [await run() for _ in range(max(place.plan.rounds, 1))]
    finally:
        await place.stop("intake-web")
    await place.wrote(SUBMISSION_RECEIVED.name, before, len(loads.numbers))
    service, worker = (median(costs) * 1_000 for costs in zip(*((one.cpu_seconds / items, _worker(one)) for one in figures), strict=True))
    return Row(
        "photo decoded, re-encoded and stored",
        "the service's own part",
        [_worker(one) * one.items / one.cpu_seconds for one in figures],
        f"{worker:.0f} ms CPU in a worker",
        f"{service:.1f} ms CPU",
    )


def _worker(figure: Figure) -> float:
    return figure.more["children_cpu_seconds"] / figure.items


def snapshot() -> bytes:
    """An invented photo of about 200 KB: 1280 x 960, noise enough to weigh what a telephone's picture weighs."""
    image = Image.effect_noise((1_280, 960), 16).convert("RGB")
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=50)
    return stream.getvalue()
