"""How many records our own code may fail on before a consumer stops: one odd record is put aside, a broken release is not fed."""

from collections import deque
from typing import Final

from shared.errors import Cary311Error

MAX_BUGS: Final = 20
WINDOW_SECONDS: Final = 3600.0


class TooManyBugsError(Cary311Error):
    """The program fails on record after record: it needs a person, not more records."""


class BugLimit:
    """Counts bugs within an hour."""

    def __init__(self, max_bugs: int = MAX_BUGS, *, window_seconds: float = WINDOW_SECONDS) -> None:
        self._max_bugs = max_bugs
        self._window_seconds = window_seconds
        self._seen: deque[float] = deque()

    def count(self, now: float) -> None:
        """One more, at ``now`` (monotonic seconds).

        Raises:
            TooManyBugsError: that is too many.
        """
        self._seen.append(now)
        while self._seen[0] < now - self._window_seconds:
            self._seen.popleft()
        if len(self._seen) > self._max_bugs:
            raise TooManyBugsError(f"{len(self._seen)} records within {self._window_seconds:.0f} s were put aside because of bugs")
