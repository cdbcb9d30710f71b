"""Invented reports, each a little different, and requests made of them. Nothing here is anybody's."""

import json
import random
from functools import cache

WORDS = (
    "pothole",
    "street",
    "light",
    "dark",
    "corner",
    "school",
    "library",
    "bridge",
    "trail",
    "branch",
    "sidewalk",
    "water",
    "leak",
    "cart",
    "recycling",
    "missed",
    "collection",
    "graffiti",
    "wall",
    "park",
    "court",
    "sign",
    "stop",
    "traffic",
    "signal",
    "drain",
    "storm",
    "creek",
    "fence",
    "mowing",
    "grass",
    "deep",
    "loud",
    "night",
    "morning",
    "yesterday",
    "again",
    "still",
    "waiting",
)
CODES = ("ST-POTHOLE", "ST-LIGHT", "GRAFFITI", "WTR-LEAK", None)
BOUNDARY = "a-boundary-that-no-photo-holds"
PHOTO_BYTES = 200 * 1024


def description(number: int) -> str:
    """Two or three sentences, about 200 characters."""
    chance = random.Random(number)
    sentences = (" ".join(chance.choices(WORDS, k=chance.randint(8, 16))).capitalize() + "." for _ in range(3))
    return " ".join(sentences)


def report(number: int) -> dict[str, object]:
    """A report as a program sends it; every fourth resident wants to be reachable."""
    body: dict[str, object] = {
        "description": description(number),
        "address": f"{number % 900 + 100} Invented Oak Drive",
        "lat": 35.7 + number % 1000 / 10_000,
        "long": -78.8 + number % 999 / 10_000,
    }
    code = CODES[number % len(CODES)]
    if code is not None:
        body["service_code"] = code
    if number % 4 == 0:
        body |= {"email": f"resident{number}@example.org", "first_name": "Ada", "last_name": "Example", "phone": "919-555-0123"}
    return body


def post(host: str, number: int, run: str) -> bytes:
    """``POST /api/v1/submissions`` with a key of its own."""
    body = json.dumps(report(number)).encode()
    return _request("POST", "/api/v1/submissions", host, body, "application/json", f"Idempotency-Key: {run}-{number}\r\n")


def get(host: str, path: str) -> bytes:
    """A ``GET``."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n".encode()


def form_post(host: str, path: str, photo: bytes, number: int, run: str) -> bytes:
    """A form with a photo, as a browser sends it."""
    fields = {name: str(value) for name, value in report(number).items()}
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photos"; filename="p.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'.encode()
    body = b"".join([*parts, head, photo, f"\r\n--{BOUNDARY}--\r\n".encode()])
    return _request("POST", path, host, body, f"multipart/form-data; boundary={BOUNDARY}", f"Idempotency-Key: {run}-{number}\r\n")


@cache
def noise(size_bytes: int = PHOTO_BYTES) -> bytes:
    """Bytes as a photo has them: they do not compress, and hold line ends and hyphens where chance puts them."""
    return random.Random(311).randbytes(size_bytes)


def _request(method: str, path: str, host: str, body: bytes, media_type: str, more: str = "") -> bytes:  # noqa: PLR0917 - a request's parts
    about = f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n{more}"
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n{about}\r\n".encode() + body
