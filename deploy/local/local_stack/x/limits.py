"""How often somebody may ask: X's windows of 15 minutes, told in every answer.

Source: docs.x.com, "Rate limits". The first number is an app's, the second an account's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from local_stack.x.problems import ProblemError, plain
from local_stack.x.signing_in import Caller

WINDOW_SECONDS = 900
LIMITS: Mapping[str, tuple[int, int]] = {
    "search": (450, 300),
    "search_all": (300, 300),
    "mentions": (450, 300),
    "timeline": (10_000, 900),
    "posts": (3_500, 5_000),
    "users": (300, 900),
    "me": (75, 75),
    "create": (100, 100),
    "delete": (50, 50),
    "media": (500, 500),
}


@dataclass(slots=True)
class _Window:
    ends_at: int
    spent: int = 0


class Limits:
    """Counts, by who asks and what for."""

    def __init__(self, clock: Callable[[], datetime], changed: Mapping[str, int] | None = None) -> None:
        self._clock = clock
        self.changed = dict(changed or {})
        """Other limits than X's, by endpoint: a test need not ask 450 times."""
        self._windows: dict[tuple[str, str | None], _Window] = {}

    def spend(self, caller: Caller, endpoint: str) -> tuple[dict[str, str], ProblemError | None]:
        """The headers of the answer; and the refusal, where nothing was left."""
        now = int(self._clock().timestamp())
        limit = self.changed.get(endpoint, LIMITS[endpoint][0 if caller.account_id is None else 1])
        window = self._windows.get((endpoint, caller.account_id))
        if window is None or now >= window.ends_at:
            window = self._windows[(endpoint, caller.account_id)] = _Window(now + WINDOW_SECONDS)
        is_over = window.spent >= limit
        window.spent += 0 if is_over else 1
        headers = {
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(limit - window.spent),
            "x-rate-limit-reset": str(window.ends_at),
        }
        return headers, plain(HTTPStatus.TOO_MANY_REQUESTS, "Too Many Requests") if is_over else None
