"""winmail.dat (TNEF): the envelope in which Outlook hides attachments from everybody else."""

from dataclasses import dataclass
from typing import Final

from intake_email.limits import Limits

_SIGNATURE: Final = b"\x78\x9f\x3e\x22"


@dataclass(frozen=True, slots=True)
class Winmail:
    """What was in it."""

    files: tuple[tuple[str, bytes], ...] = ()
    """Declared name and content."""


def is_winmail(data: bytes) -> bool:
    """Whether it is one by its content."""
    return data.startswith(_SIGNATURE)


def open_winmail(data: bytes, limits: Limits) -> Winmail:
    """The files inside; none where it cannot be read. Costs time and memory in proportion to its size."""
    if len(data) > limits.max_files_bytes:
        return Winmail()
    from tnefparse import TNEF  # noqa: PLC0415 - nearly no mail has one

    try:
        envelope = TNEF(data, do_checksum=False)
        found = [(_text(item.long_filename() or item.name), bytes(item.data or b"")) for item in envelope.attachments]
    except Exception:  # noqa: BLE001 - it raises whatever it likes at a damaged file
        return Winmail()
    return Winmail(tuple(item for item in found[: limits.max_files] if item[1]))


def _text(name: object) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name or "")
