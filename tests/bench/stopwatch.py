"""CPU and wall time of this process between two moments of it."""

import time
from dataclasses import dataclass


@dataclass(slots=True)
class Stopwatch:
    """Started at the first record (again and again until there is one), stopped at the last acknowledgement and commit."""

    _cpu: float = 0.0
    _wall: float = 0.0
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0

    def start(self) -> None:
        """From now on."""
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def stop(self) -> None:
        """Until now."""
        self.cpu_seconds, self.wall_seconds = time.process_time() - self._cpu, time.perf_counter() - self._wall

    def figure(self, items: int) -> dict[str, float]:
        """As ``Figure`` takes it."""
        return {"items": items, "cpu_seconds": self.cpu_seconds, "wall_seconds": self.wall_seconds}
