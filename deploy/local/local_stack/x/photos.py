"""The photos of the stand-in: bytes in a folder, a record in the log. The one module that knows Pillow."""

import os
import warnings
from io import BytesIO
from pathlib import Path

from PIL import Image

from local_stack.x.network import Network
from local_stack.x.records import Photo

MAX_BYTES = 5 * 1024 * 1024
"""X takes no larger photo."""
KINDS = {"JPEG": ("jpg", "image/jpeg"), "PNG": ("png", "image/png"), "WEBP": ("webp", "image/webp"), "GIF": ("gif", "image/gif")}


class NoPhotoError(ValueError):
    """The bytes are not a photo that X takes; the message is a sentence for a person."""


class Photos:
    """Keeps photos."""

    def __init__(self, folder: Path, network: Network) -> None:
        self._folder = folder
        self._network = network

    def add(self, data: bytes, alt_text: str | None = None) -> Photo:
        """Keep a photo; its file is whole before its record is there.

        Raises:
            NoPhotoError: too large, or none.
        """
        if len(data) > MAX_BYTES:
            raise NoPhotoError(f"The photo has more than {MAX_BYTES // 1024 // 1024} MB.")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # a picture that would fill the memory is only warned of
                image = Image.open(BytesIO(data), formats=list(KINDS))
        except (OSError, ValueError, Warning, Image.DecompressionBombError, SyntaxError):
            raise NoPhotoError("This is no photo: JPEG, PNG, WebP and GIF can be read.") from None
        suffix, media_type = KINDS[str(image.format)]
        key = f"3_{self._network.free_id()}"
        photo = Photo(
            key=key, file_name=f"{key}.{suffix}", media_type=media_type, width=image.width, height=image.height, alt_text=alt_text or None
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f".{photo.file_name}"
        unfinished.write_bytes(data)
        os.replace(unfinished, self._folder / photo.file_name)  # noqa: PTH105 - a rename
        self._network.keep(photo)
        return photo

    def describe(self, photo: Photo, alt_text: str) -> None:
        """Give a photo another description."""
        self._network.keep(photo.model_copy(update={"alt_text": alt_text}))

    def file(self, name: str) -> tuple[Path, str] | None:
        """Where a photo's bytes are, and of which type they are; None where there is no such photo."""
        for photo in self._network.photos.values():
            if photo.file_name == name:
                return self._folder / name, photo.media_type
        return None
