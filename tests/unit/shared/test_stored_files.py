"""Files that go to the attachment store together: as many as a call should carry, each of them whole."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.stored_files import CHUNK_BYTES, TOGETHER, TOGETHER_BYTES, NewFile, chunks_of, together

OWNER = UUID(int=311)
SIZES = st.lists(st.sampled_from([0, 1, CHUNK_BYTES, TOGETHER_BYTES // 3, TOGETHER_BYTES, TOGETHER_BYTES + 1]), max_size=12)


def file_of(size: int) -> NewFile:
    return NewFile(OWNER, "0" * 64, "application/octet-stream", bytes(size))


@given(SIZES)
def test_together_they_are_few_bytes_and_none_is_missing(sizes: list[int]) -> None:
    """In their order; only a file that is larger than the limit exceeds it, and goes alone."""
    files = [file_of(size) for size in sizes]
    groups = list(together(files))
    assert [file for group in groups for file in group] == files
    assert all(len(group) == 1 or sum(len(file.data) for file in group) <= TOGETHER_BYTES for group in groups)


def test_together_they_are_not_too_many() -> None:
    """Small ones, too."""
    assert [len(group) for group in together([file_of(1)] * (TOGETHER + 1))] == [TOGETHER, 1]


@given(st.sampled_from([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]))
def test_the_chunks_of_a_file_are_its_content(size: int) -> None:
    """Numbered from 0; all but the last are full."""
    file = NewFile(OWNER, "0" * 64, "image/jpeg", (bytes(range(256)) * (size // 256 + 1))[:size])
    chunks = chunks_of("some id", file)
    assert b"".join(chunk["data"] for chunk in chunks) == file.data
    assert [chunk["n"] for chunk in chunks] == list(range(len(chunks)))
    assert all(len(chunk["data"]) == CHUNK_BYTES for chunk in chunks[:-1])
