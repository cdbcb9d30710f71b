"""What runs in a picture worker: bytes of a stranger's file in, a clean picture or a reason out.

A process of its own, with limits of memory and processor time set by the kernel, because decoders of pictures are where hostile
files strike. Nothing is imported here but Pillow; nothing is kept between two pictures.
"""

import contextlib
import io
import math
import multiprocessing
import os
import resource
import signal
import threading
import warnings
from dataclasses import dataclass
from typing import Any, Final

import pillow_heif
from PIL import Image, ImageOps, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin

FORMATS: Final = ("JPEG", "PNG", "WEBP", "HEIF")
"""Whatever else Pillow could read stays closed to strangers."""
JPEG_QUALITY: Final = 85
_DECODERS: Final = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin)  # importing them makes them known
_GPS_IFD: Final = 0x8825
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4  # Exif 2.32, table 15
_MAX_PNG_BYTES: Final = 2 * 1024 * 1024
"""A screenshot stays sharp as PNG; a photograph sent as PNG becomes a JPEG."""


@dataclass(frozen=True, slots=True)
class Task:
    """A file and the limits of its decoding."""

    data: bytes
    max_pixels: int
    max_edge_pixels: int
    cpu_seconds: int


@dataclass(frozen=True, slots=True)
class Picture:
    """What is kept of it."""

    data: bytes
    media_type: str
    width_pixels: int
    height_pixels: int
    position: tuple[float, float] | None
    """Latitude and longitude in degrees that the camera had noted: a proposal to the person who sends it, else forgotten."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why nothing is kept."""

    reason: str
    """``too_many_pixels`` or ``unreadable``."""


def prepare(memory_bytes: int) -> None:
    """Run once in each worker: its limits, and the decoders."""
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then stops its workers
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    with contextlib.suppress(OSError):
        os.nice(5)  # answering people goes first
    warnings.simplefilter("ignore")
    pillow_heif.register_heif_opener(thumbnails=False)
    pillow_heif.options.DECODE_THREADS = 1


def _end_with_parent() -> None:
    """A parent that was killed tells its workers nothing, and they would wait for a next picture for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def is_alive() -> int:
    """The worker's process id: started ahead of the first picture."""
    return os.getpid()


def process(task: Task) -> Picture | Unreadable:
    """Decode, turn upright, shrink, encode again. Never raises for what is in a file; over the limits the kernel ends us."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(spent.ru_utime + spent.ru_stime) + task.cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    Image.MAX_IMAGE_PIXELS = task.max_pixels
    try:
        with Image.open(io.BytesIO(task.data), formats=FORMATS) as image:
            if image.width * image.height > task.max_pixels:
                return Unreadable("too_many_pixels")
            position = _position(image)
            upright = _upright(image, task.max_edge_pixels)
            data, media_type = _encoded(upright, is_drawn=image.format == "PNG")
            return Picture(data, media_type, upright.width, upright.height, position)
    except Image.DecompressionBombError:
        return Unreadable("too_many_pixels")
    except Exception:  # noqa: BLE001 - decoders raise whatever they like at a hostile file: it is unreadable, whatever the reason
        return Unreadable("unreadable")


def _upright(image: Image.Image, max_edge: int) -> Image.Image:
    """The pixels as they should be seen, without anything that was noted beside them."""
    image.draft("RGB", (max_edge, max_edge))  # a JPEG is decoded at a fraction of its size, in a fraction of the memory
    image.load()
    picture: Image.Image = ImageOps.exif_transpose(image)
    has_alpha = picture.has_transparency_data
    picture = picture.convert("RGBA" if has_alpha else "RGB")
    picture.thumbnail((max_edge, max_edge), Image.Resampling.LANCZOS)
    if has_alpha and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    picture.info.clear()  # comments, profiles, XMP: the encoders would write them again
    return picture


def _encoded(picture: Image.Image, *, is_drawn: bool) -> tuple[bytes, str]:
    if is_drawn or picture.mode == "RGBA":
        png = io.BytesIO()
        picture.save(png, "PNG", optimize=False, exif=b"")
        if png.tell() <= _MAX_PNG_BYTES:
            return png.getvalue(), "image/png"
    if picture.mode == "RGBA":
        white = Image.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        picture = white
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=JPEG_QUALITY, progressive=True)
    return jpeg.getvalue(), "image/jpeg"


def _position(image: Image.Image) -> tuple[float, float] | None:
    """Where the camera says it was; None where it says nothing that makes sense."""
    try:
        gps = image.getexif().get_ifd(_GPS_IFD)
        lat = _degrees(gps[_LATITUDE], gps.get(_LATITUDE_REF), "S")
        long = _degrees(gps[_LONGITUDE], gps.get(_LONGITUDE_REF), "W")
    except Exception:  # noqa: BLE001 - a damaged note about the place is no reason to refuse the picture
        return None
    is_somewhere = abs(lat) <= 90 and abs(long) <= 180 and (lat, long) != (0.0, 0.0)  # noqa: PLR2004 - degrees; 0, 0 is "no fix yet"
    return (round(lat, 6), round(long, 6)) if is_somewhere else None


def _degrees(parts: Any, reference: Any, negative: str) -> float:  # noqa: ANN401 - whatever the file says
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        raise ValueError
    return -value if str(reference).strip("\0 ").upper() == negative else value
