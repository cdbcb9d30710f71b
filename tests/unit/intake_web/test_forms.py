"""Forms as browsers and as nobody sends them."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from starlette.types import Message, Receive

from intake_web.bodies import BodyLimits, BodyRefusedError
from intake_web.forms import MAX_FIELDS, MEMORY_BYTES, Form, FormLimits, read_form

LIMITS = FormLimits(body=BodyLimits(max_bytes=8_000_000, seconds=5, idle_seconds=5), max_upload_bytes=3 * MEMORY_BYTES, max_uploads=2)
MULTIPART = [(b"content-type", b"multipart/form-data; boundary=cut")]


def receiving(chunks: Sequence[bytes], *, is_cut: bool = False) -> Receive:
    def messages() -> Iterator[Message]:
        for number, chunk in enumerate(chunks, 1):
            yield {"type": "http.request", "body": chunk, "more_body": is_cut or number < len(chunks)}
        while True:
            yield {"type": "http.disconnect"}

    source = messages()

    async def receive() -> Message:
        return next(source)

    return receive


def part(name: str, value: bytes, filename: str | None = None) -> bytes:
    file = f'; filename="{filename}"' if filename is not None else ""
    return f'--cut\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + value + b"\r\n"


def cut(data: bytes, sizes: Sequence[int]) -> list[bytes]:
    chunks, start = [], 0
    for size in sizes:
        chunks.append(data[start : start + size])
        start += size
    return [*chunks, data[start:]]


async def read(chunks: Sequence[bytes], headers: list[tuple[bytes, bytes]] = MULTIPART, limits: FormLimits = LIMITS) -> Form:
    return await read_form(receiving(chunks), headers, limits)


@given(
    st.lists(st.tuples(st.text("abc", min_size=1), st.binary(max_size=300).filter(lambda value: b"--cut" not in value)), max_size=4),
    st.lists(st.integers(0, 40), max_size=60),
)
async def test_however_it_is_cut_the_form_is_the_same(parts: list[tuple[str, bytes]], sizes: list[int]) -> None:
    """Fields, files, sizes and digests do not depend on the packets that they came in."""
    body = b"".join(part(name, value) + part(f"f-{name}", value, "any.jpg") for name, value in parts) + b"--cut--\r\n"
    limits = FormLimits(body=LIMITS.body, max_upload_bytes=1_000, max_uploads=10)
    form = await read(cut(body, sizes), limits=limits)

    assert form.fields == [(name, value.decode("utf-8", "replace")) for name, value in parts]
    kept = [(f"f-{name}", value) for name, value in parts if value]
    assert [(upload.name, await upload.read()) for upload in form.uploads] == kept
    assert [upload.digest for upload in form.uploads] == [hashlib.blake2b(value, digest_size=32).hexdigest() for _, value in kept]


@given(st.binary(max_size=600), st.lists(st.integers(0, 40), max_size=20), st.booleans())
async def test_any_bytes_are_a_form_or_a_4xx(noise: bytes, sizes: list[int], is_dressed: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    """No bytes, however cut, are anything else."""
    body = part("a", noise) + noise + b"--cut--" if is_dressed else noise
    for headers in (MULTIPART, [(b"content-type", b"application/x-www-form-urlencoded")]):
        try:
            form = await read(cut(body, sizes), headers)
        except BodyRefusedError as refused:
            status = int(refused.status)
        else:
            form.close()
            status = 400
        assert 400 <= status < 500


@given(st.binary(max_size=80))
async def test_any_content_type_is_read_or_refused(media_type: bytes) -> None:
    """So is whatever stands in the header, unless it happens to name one of ours."""
    assume(media_type.strip().lower() != b"application/x-www-form-urlencoded")
    for value in (media_type, b"multipart/form-data;" + media_type, b"multipart/form-data; boundary=" + media_type):
        with pytest.raises(BodyRefusedError) as refused:
            await read([b"x"], [(b"content-type", value)])
        assert refused.value.status in {400, 415}


async def test_a_file_over_its_cap_does_not_lose_the_form() -> None:
    """Its bytes are dropped and its part is marked; what was typed is still there."""
    body = (
        part("description", b"my words")
        + part("photos", b"0" * (LIMITS.max_upload_bytes + 1), "a.jpg")
        + part("email", b"a@b.example")
        + b"--cut--\r\n"
    )
    form = await read(cut(body, [65_536] * 60))

    assert form.fields == [("description", "my words"), ("email", "a@b.example")]
    assert [(upload.is_too_large, await upload.read()) for upload in form.uploads] == [(True, b"")]


async def test_a_large_file_lies_on_disk_and_is_the_same() -> None:
    """Memory is bounded, content is not changed."""
    content = bytes(range(256)) * (2 * MEMORY_BYTES // 256)
    form = await read(cut(part("photos", content, "a.jpg") + b"--cut--\r\n", [65_536] * 40))

    [upload] = form.uploads
    assert upload._file is not None
    assert await upload.read() == content
    form.close()
    assert upload._file is None


async def test_an_unused_file_input_is_no_file() -> None:
    """Browsers send an empty file for it."""
    assert (await read([part("photos", b"", "") + b"--cut--\r\n"])).uploads == []


async def test_files_beyond_the_number_are_not_kept() -> None:
    """One more is remembered, so that it can be told; its content and the rest are dropped."""
    form = await read([b"".join(part("photos", b"abc", "a.jpg") for _ in range(6)) + b"--cut--\r\n"])

    assert len(form.uploads) == 6
    assert [len(await upload.read()) for upload in form.uploads] == [3, 3, 3, 0, 0, 0]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (part("a", b"1"), 400),
        (b"--cut\r\nContent-Disposition: form-data\r\n\r\n1\r\n--cut--\r\n", 400),
        (b"--cut\r\nX: " + b"y" * 20_000 + b"\r\n\r\n1\r\n--cut--\r\n", 400),
        (part("a", b"1") * (MAX_FIELDS + 1) + b"--cut--\r\n", 400),
        (part("a", b"x" * 2_000_000) + b"--cut--\r\n", 400),
        (part("a", b"x" * 6_000_000, "f"), 413),
    ],
    ids=["cut-off", "no-name", "long-header", "fields", "long-text", "whole"],
)
async def test_what_is_no_form_is_refused(body: bytes, status: int) -> None:
    """With the status that says why."""
    limits = FormLimits(body=BodyLimits(max_bytes=5_000_000, seconds=5, idle_seconds=5), max_upload_bytes=10, max_uploads=2)
    with pytest.raises(BodyRefusedError) as refused:
        await read(cut(body, [65_536] * 100), limits=limits)

    assert refused.value.status == status


async def test_a_sender_who_goes_away_is_noticed() -> None:
    """A truncated upload is incomplete, not a short form."""
    with pytest.raises(BodyRefusedError) as refused:
        await read_form(receiving([part("a", b"1")], is_cut=True), MULTIPART, LIMITS)

    assert refused.value.reason == "incomplete"


@pytest.mark.parametrize(
    "limits", [BodyLimits(max_bytes=100, seconds=0.01, idle_seconds=5), BodyLimits(max_bytes=100, seconds=5, idle_seconds=0.01)]
)
async def test_a_slow_sender_is_not_waited_for(limits: BodyLimits) -> None:
    """Neither one who takes too long altogether, nor one who pauses."""

    async def silent() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(BodyRefusedError) as refused:
        await read_form(silent, MULTIPART, FormLimits(body=limits, max_upload_bytes=10, max_uploads=1))

    assert refused.value.status == 408
