"""intake-web behind its real server and sockets: slow, broken and abusive clients, and a graceful stop."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from intake_web.protocol import JoinedWrites
from intake_web.server import Server, serve, server_config
from shared.errors import ConfigurationError
from support.intake_site import Listening, listening
from support.intake_web import intake_world, picture

REPORT = {"description": "Street light dark at the corner"}


async def test_half_a_head_is_not_waited_for(tmp_path: Path) -> None:
    """Neither silence after connecting, nor a head that never ends, nor half a second request."""
    async with listening(tmp_path, head_seconds=0.2) as site:
        whole = b"GET /api/v1/problems/invalid HTTP/1.1\r\nHost: a\r\n\r\n"
        silent, half = await asyncio.gather(site.raw(), site.raw(b"GET / HTTP/1.1\r\nHos"))
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(whole)
        await asyncio.wait_for(reader.readuntil(b"}"), 5)
        writer.write(b"GET / HT")
        second = await asyncio.wait_for(reader.read(), 5)
        writer.close()

    assert silent.startswith(b"HTTP/1.1 408")
    assert half.startswith(b"HTTP/1.1 408")
    assert second.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("path", ["/api/v1/submissions", "/open311/v2/requests.json", "/report"])
async def test_a_slow_body_is_408_in_the_format_of_the_address(tmp_path: Path, path: str) -> None:
    """The server waits its time, answers, and closes."""
    async with listening(tmp_path, body_seconds=0.3, body_idle_seconds=0.2, upload_seconds=0.3) as site:
        media_type = b"application/json" if "api" in path else b"application/x-www-form-urlencoded"
        head = b"POST " + path.encode() + b" HTTP/1.1\r\nHost: a\r\nContent-Type: " + media_type + b"\r\nContent-Length: 100\r\n\r\n{"
        answer = await site.raw(head)

    assert answer.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in answer.lower()


async def test_a_drip_is_not_a_body(tmp_path: Path) -> None:
    """A byte now and then keeps no connection beyond the time for the whole."""
    async with listening(tmp_path, body_seconds=0.3) as site:
        head = b"POST /api/v1/submissions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        started = time.monotonic()
        answer = await site.raw(head, *([b"{"] + [b" "] * 8), pause=0.05)

    assert answer.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(("path", "status"), [("/api/v1/submissions", 422), ("/open311/v2/requests.json", 400), ("/report", 422)])
async def test_a_fifty_megabyte_photo_is_refused_after_it_was_read(site: Listening, path: str, status: int) -> None:
    """The sender sees the reason instead of a broken connection, and the form's text is still there."""
    key = site.world.keys["app-store"]
    fields = {"description": "my own words", "api_key": key, "service_code": "OTHER", "address_string": "here"}
    fields |= {"form_key": "f", "issued_at": "1", "action": "send"}
    async with httpx.AsyncClient(base_url=site.url, timeout=60) as http:
        answer = await http.post(path, data=fields, files={"photos": ("big.jpg", b"\xff\xd8\xff" + b"0" * 50_000_000, "image/jpeg")})

    assert answer.status_code == status
    assert "10 MB" in answer.text
    if path == "/report":
        assert "my own words" in answer.text


async def test_more_than_a_form_may_have_is_413(site: Listening) -> None:
    """Whatever it consists of."""
    files = [("photos", (f"{number}.jpg", b"\xff\xd8\xff" + b"0" * 20_000_000, "image/jpeg")) for number in range(3)]
    async with httpx.AsyncClient(base_url=site.url, timeout=60) as http:
        answer = await http.post("/api/v1/submissions", data=REPORT, files=files)

    assert answer.status_code == 413


async def test_a_truncated_upload_is_nothing(site: Listening) -> None:
    """The sender went away: nothing is accepted, nothing breaks."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    head = (
        b"POST /api/v1/submissions HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n"
    )
    writer.write(head + b'--b\r\nContent-Disposition: form-data; name="description"\r\n\r\nhello')
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    del reader

    async with httpx.AsyncClient(base_url=site.url) as http:
        assert (await http.post("/api/v1/submissions", json=REPORT)).status_code == 201
    assert len(site.world.kafka.records) == 1


ABUSE = [
    b"\x00\x01\x02\x03\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(20_000)) + b"\r\n",
    b"POST /api/v1/submissions HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"POST /api/v1/submissions HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/v1/submissions HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /api/v1/submissions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET http://elsewhere.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /%ff%fe%00 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /requests/%2e%2e%2f%2e%2e%2fetc HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET //elsewhere.example/%2f.. HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nCookie: lang=\xff\xfe\r\nAccept-Language: " + b"\xff" * 50 + b"\r\n\r\n",
    (
        b"POST /api/v1/submissions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json; charset=\xff\r\nContent-Length: 2\r\n"
        b"Authorization: Bearer \xff\xff.\xff\r\n\r\n{}"
    ),
    b"POST /open311/v2/requests.xml HTTP/1.1\r\nHost: a\r\nContent-Type: \xff/\xfe\r\nContent-Length: 2\r\n\r\nab",
    b"GET /?" + b"a" * 60_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
]


@pytest.mark.parametrize("sent", ABUSE, ids=range(len(ABUSE)))
async def test_abuse_of_heads_and_paths_is_no_5xx(site: Listening, sent: bytes) -> None:
    """A 2xx to 4xx or a closed connection, no trace of our code, and the next client is served."""
    try:
        answer = await site.raw(sent + b"")
    except ConnectionError:
        answer = b""
    assert answer == b"" or answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 3", b"HTTP/1.1 4"))
    assert b"Traceback" not in answer
    async with httpx.AsyncClient(base_url=site.url) as http:
        assert (await http.get("/api/v1/problems/invalid")).status_code == 200


@pytest.mark.parametrize(
    ("path", "media_type"), [("/api/nothing", "application/problem+json"), ("/open311/v2x", "application/json"), ("/nothing", "text/html")]
)
async def test_404_is_told_in_the_format_of_the_address(site: Listening, path: str, media_type: str) -> None:
    """A problem, GeoReport's errors, or a page."""
    async with httpx.AsyncClient(base_url=site.url) as http:
        answer = await http.get(path, headers={"Accept": media_type})

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(media_type)
    assert "server" not in answer.headers


async def test_a_page_that_cannot_be_posted_to_is_405(site: Listening) -> None:
    """As a page."""
    async with httpx.AsyncClient(base_url=site.url) as http:
        answer = await http.post("/")

    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_report_under_way_is_answered_before_the_stop(tmp_path: Path) -> None:
    """SIGTERM finishes what is in hand; silent connections do not hold it up."""
    async with listening(tmp_path) as site:
        _, idle = await asyncio.open_connection("127.0.0.1", site.port)
        body = json.dumps(REPORT).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        head = b"POST /api/v1/submissions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        writer.write(head + body[:5])
        await writer.drain()
        await asyncio.sleep(0.1)  # the request is under way
        site.stop.set()
        await asyncio.sleep(0.2)
        writer.write(body[5:])
        answer = await asyncio.wait_for(reader.read(), 5)
        await asyncio.wait_for(site.serving, 8)
        idle.close()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 201")


async def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    """The operator reads which setting it is."""
    (tmp_path / "a").mkdir()
    async with listening(tmp_path) as site, intake_world(tmp_path / "a", portal_port=site.port) as other:
        with pytest.raises(ConfigurationError, match="PORTAL_PORT"):
            await serve(Server(server_config(other.parts)), asyncio.Event(), other.parts.settings)


async def test_a_photo_travels_from_the_socket_to_the_store(site: Listening) -> None:
    """The whole way of a report with a photo."""
    async with httpx.AsyncClient(base_url=site.url) as http:
        answer = await http.post("/api/v1/submissions", data=REPORT, files={"photos": ("p.jpg", picture("JPEG", (300, 200)), "image/jpeg")})

    [submission] = site.world.kafka.submissions
    assert answer.status_code == 201
    assert [attachment.width_pixels for attachment in submission.attachments] == [300]


class _Wire:
    """A transport that notes what is written to it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def get_extra_info(self, _name: str) -> None: ...


async def test_an_answer_leaves_in_one_piece() -> None:
    """Head and body together, in order; a lone piece waits for no longer than a turn of the loop; a close loses nothing."""
    wire: Any = _Wire()
    joined = JoinedWrites(wire, asyncio.get_running_loop())
    joined.write(b"head ")
    joined.write(b"body")
    assert wire.written == [b"head body"]
    joined.write(b"alone")
    await asyncio.sleep(0)
    assert wire.written == [b"head body", b"alone"]
    joined.write(b"small ")
    joined.write(b"x" * 40_000)
    joined.write(b"y" * 40_000)
    joined.write(b"last")
    joined.close()
    assert wire.written[2:] == [b"small " + b"x" * 40_000, b"y" * 40_000, b"last"]
    await asyncio.sleep(0)
    assert (len(wire.written), wire.is_closed) == (5, True)
