"""Whether work grows no faster than what it is done on: CPU time of two sizes compared, so that a busy machine changes nothing."""

from collections.abc import Callable
from time import process_time

SMALL_CHARACTERS = 4_000
FACTOR = 4
SLACK = 3
"""Times the linear growth that is allowed: quadratic work grows by 16 instead of 4."""
FLOOR_SECONDS = 0.03
"""Work that is done so fast is fast enough, whatever its growth."""
TRIES = 3
"""A neighbour in the CPU's caches may spoil a measurement, never three."""


def grows_linearly(work: Callable[[str], object], unit: str, small_characters: int = SMALL_CHARACTERS) -> bool:
    """Whether ``work`` on four times as many units takes about four times the CPU time, not sixteen."""
    small = unit * (small_characters // len(unit))
    return any(_seconds(work, small * FACTOR) <= FLOOR_SECONDS + SLACK * FACTOR * _seconds(work, small) for _ in range(TRIES))


def _seconds(work: Callable[[str], object], text: str) -> float:
    began = process_time()
    work(text)
    return process_time() - began
