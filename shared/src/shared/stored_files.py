"""Files as the attachment store keeps them, laid out as the GridFS specification says, so that any driver can read them. Pure.

The driver's own upload makes four calls for each file, and a call's journal is what takes time, not its bytes: laid out here, many
files go in three calls together.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from shared.contracts import Attachment

CHUNK_BYTES: Final = 255 * 1024
"""The specification's own."""
TOGETHER: Final = 500
TOGETHER_BYTES: Final = 1024 * 1024
"""Of files that go together, so that a call ends in time on a slow server; a larger file goes alone. A server holds what one call writes in
its cache until it is done: on the local one, four times as much beside other writes was seen to stop everything."""

FileKey = tuple[UUID, str]
"""Submission and content: the same file, however often it comes."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be kept, and what is known of it."""

    submission_id: UUID
    sha256: str
    media_type: str
    data: bytes = field(repr=False)
    width_pixels: int | None = None
    height_pixels: int | None = None

    @property
    def key(self) -> FileKey:
        """What it is known by."""
        return self.submission_id, self.sha256


def together(files: Iterable[NewFile]) -> Iterator[list[NewFile]]:
    """The files in their order, as many at a time as should go together."""
    group: list[NewFile] = []
    size = 0
    for file in files:
        if group and (size + len(file.data) > TOGETHER_BYTES or len(group) >= TOGETHER):
            yield group
            group, size = [], 0
        group.append(file)
        size += len(file.data)
    if group:
        yield group


def chunks_of(file_id: str, file: NewFile) -> list[dict[str, Any]]:
    """The documents that hold its content."""
    starts = range(0, len(file.data), CHUNK_BYTES)
    return [{"files_id": file_id, "n": number, "data": file.data[start : start + CHUNK_BYTES]} for number, start in enumerate(starts)]


def document_of(file_id: str, file: NewFile, stored_at: datetime) -> dict[str, Any]:
    """The document that makes its chunks a file: to be written behind them."""
    return {
        "_id": file_id,
        "filename": file_id,
        "length": len(file.data),
        "chunkSize": CHUNK_BYTES,
        "uploadDate": stored_at,
        "metadata": {
            "submission_id": file.submission_id,
            "sha256": file.sha256,
            "media_type": file.media_type,
            "width_pixels": file.width_pixels,
            "height_pixels": file.height_pixels,
        },
    }


def attachment_of(document: Mapping[str, Any]) -> Attachment:
    """The file that such a document is about, as the contracts know it."""
    metadata = document["metadata"]
    return Attachment(
        file_id=document["_id"],
        sha256=metadata["sha256"],
        media_type=metadata["media_type"],
        size_bytes=document["length"],
        width_pixels=metadata["width_pixels"],
        height_pixels=metadata["height_pixels"],
    )
