"""``make demo``: a dozen invented reports, some mails and some posts, so that a newcomer sees the system with content."""

import asyncio
import io
import time
import uuid
from collections.abc import Mapping
from typing import Any

import httpx
from PIL import Image, ImageDraw
from rich.console import Console
from rich.progress import track

from local_stack.clients import local_client, unanswered
from local_stack.demo_mails import send_mails
from local_stack.demo_posts import write_posts

VISIBLE_WITHIN_SECONDS = 30.0
PAUSE_SECONDS = 0.05
POST_SECONDS = 30.0
WIDTH = 42
"""Of a report's words in a line."""

REPORTS: tuple[Mapping[str, Any], ...] = (
    {
        "description": "Deep pothole in the right lane, just after the school entrance. A car already lost a wheel cover.",
        "address": "Invented Oak Drive near number 120",
        "service_code": "ST-POTHOLE",
        "lat": 35.7881,
        "long": -78.7812,
    },
    {
        "description": "La farola frente a mi casa parpadea toda la noche y a veces se apaga.",
        "address": "Calle Inventada 14",
        "service_code": "ST-LIGHT",
        "language": "es",
        "lat": 35.7952,
        "long": -78.7701,
    },
    {
        "description": "Our recycling was not collected this morning, the whole street was skipped.",
        "address": "8 Imaginary Court",
        "service_code": "SW-MISSED",
        "attributes": {"CART": ["RECYCLING"], "OUT_BY_SEVEN": "YES"},
    },
    {
        "description": "Water is bubbling up through the asphalt and runs down the hill.",
        "address": "corner of Sample Street and Example Avenue",
        "service_code": "WTR-LEAK",
        "lat": 35.7719,
        "long": -78.7985,
        "email": "pat@example.com",
        "first_name": "Pat",
    },
    {
        "description": "Hay grafiti en la pared del puente peatonal, detrás de la cancha.",
        "address": "puente del sendero, parque inventado",
        "service_code": "GRAFFITI",
        "language": "es",
    },
    {
        "description": "A big branch hangs over the sidewalk and looks as if it could fall.",
        "address": "Fable Lane 33",
        "service_code": "TREE",
    },
    {
        "description": "When does the leaf collection begin this year? I could not find the date anywhere.",
        "email": "robin@example.com",
        "language": "en",
    },
    {
        "description": "The swing in the playground is broken, one chain is off.",
        "address": "playground of the invented park",
        "service_code": "PARK",
        "lat": 35.7806,
        "long": -78.7630,
    },
    {"description": "There is a dead deer at the side of the road.", "address": "Storybook Parkway, northbound", "service_code": "AN-DEAD"},
    {
        "description": "My water bill is three times as high as last month and nothing has changed. Please call me at 919-555-0142.",
        "service_code": "UTIL-BILL",
        "phone": "919-555-0142",
        "first_name": "Alex",
        "last_name": "Example",
    },
    {
        "description": "Construction noise before six in the morning, every day this week.",
        "address": "behind 200 Pretend Place",
        "service_code": "PD-NOISE",
    },
    {
        "description": "No sé a quién escribir: el semáforo peatonal no da tiempo para cruzar con un carrito de bebé.",
        "address": "cruce de la biblioteca",
        "language": "es",
    },
)
WITH_PHOTO = 0
"""Which of the reports comes with a photo."""
CALL: Mapping[str, Any] = {
    "channel": "phone",
    "description": "Caller says that the storm drain in front of her house is blocked by leaves and the street floods.",
    "address": "17 Makebelieve Circle",
    "service_code": "STORM-DRAIN",
    "first_name": "Sam",
    "phone": "919-555-0107",
}
ALL = (*REPORTS, CALL)


def photo() -> bytes:
    """A drawn pothole as JPEG."""
    image = Image.new("RGB", (1280, 960), (96, 99, 104))
    drawing = ImageDraw.Draw(image)
    drawing.rectangle((610, 0, 640, 960), fill=(236, 200, 60))
    drawing.ellipse((720, 420, 1080, 660), fill=(44, 42, 40), outline=(128, 124, 118), width=14)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()


async def send(stack: Mapping[str, Any]) -> int:
    """Send them, wait until the tracker shows the last, and print numbers and links; the exit code."""
    console = Console(highlight=False, soft_wrap=True)
    run = uuid.uuid4().hex
    receipts = []
    async with local_client(POST_SECONDS) as client:
        client.base_url = stack["portal_url"]
        for ordinal, report in enumerate(track(ALL, "Sending", console=console, transient=True)):
            answer = await _post(
                client, unanswered(report, stack), f"demo-{run}-{ordinal}", stack["staff_key"], is_with_photo=ordinal == WITH_PHOTO
            )
            if not answer.is_success:
                console.print(f"HTTP {answer.status_code}: {answer.text}", markup=False)
                return 1
            receipts.append(answer.json())
            await asyncio.sleep(PAUSE_SECONDS)
        is_visible = await _is_visible(client, f"{stack['tracker_url']}/api/v1/requests/{receipts[-1]['service_request_id']}")
    console.print(f"{len(receipts)} invented reports are sent:")
    for report, receipt in zip(ALL, receipts, strict=True):
        console.print(_line(report, receipt), markup=False)
    console.print(f"Follow the first: {receipts[0]['status_url']}")
    console.print(f"All in public:    {stack['portal_url']}/open311/v2/requests.json")
    if not is_visible:
        console.print(f"The tracker does not show the last one yet; the logs are in {stack['log_dir']}")
    are_answered = await send_mails(stack, photo(), console)
    if not are_answered:
        console.print(f"Some mails are not answered yet; the logs are in {stack['log_dir']}")
    are_replied_to = await write_posts(stack, photo(), console)
    if not are_replied_to:
        console.print(f"Some posts are not replied to yet; the logs are in {stack['log_dir']}")
    return int(not (is_visible and are_answered and are_replied_to))


def _line(report: Mapping[str, Any], receipt: Mapping[str, Any]) -> str:
    told = str(report["description"])
    short = told if len(told) <= WIDTH else f"{told[: WIDTH - 1]}…"
    return f"  {receipt['tracking_number']}  {report.get('channel', 'api'):5}  {report.get('service_code', '-'):11}  {short}"


async def _post(client: httpx.AsyncClient, report: Mapping[str, Any], key: str, staff_key: str, *, is_with_photo: bool) -> httpx.Response:
    headers = {"Idempotency-Key": key}
    if report.get("channel") == "phone":
        headers["Authorization"] = f"Bearer {staff_key}"
    if not is_with_photo:
        return await client.post("/api/v1/submissions", json=dict(report), headers=headers)
    fields = {name: str(value) for name, value in report.items()}
    return await client.post("/api/v1/submissions", data=fields, files={"media": ("pothole.jpg", photo(), "image/jpeg")}, headers=headers)


async def _is_visible(client: httpx.AsyncClient, url: str) -> bool:
    deadline = time.monotonic() + VISIBLE_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if (await client.get(url)).is_success:
            return True
        await asyncio.sleep(PAUSE_SECONDS)
    return False
