"""Which entries may leave the spool next. Pure: what the file holds, and what this process found out about it."""

from dataclasses import dataclass
from uuid import UUID

from shared.spool.entries import Usage


@dataclass(frozen=True, slots=True)
class Held:
    """What is remembered of an entry while its content lies in the file."""

    seq: int
    submission_id: UUID
    request: str
    added_at_ms: int
    size_bytes: int


class Order:
    """Entries in the order of their arrival; each request's oldest goes first, requests do not wait for each other.

    Deferrals are not kept on disk and what was set aside is only noted there: a restart tries everything at once.
    """

    def __init__(self) -> None:
        self._held: dict[UUID, Held] = {}
        self._aside: set[UUID] = set()
        self._deferred: dict[UUID, tuple[int, int]] = {}
        self._size_bytes = 0

    def __contains__(self, submission_id: UUID) -> bool:
        return submission_id in self._held

    def __len__(self) -> int:
        return len(self._held)

    def add(self, held: Held) -> None:
        """An entry that is durable now."""
        self._held[held.submission_id] = held
        self._size_bytes += held.size_bytes

    def remove(self, submission_id: UUID) -> None:
        """An entry that is gone; an unknown one changes nothing."""
        held = self._held.pop(submission_id, None)
        if held is not None:
            self._size_bytes -= held.size_bytes
            self._aside.discard(submission_id)
            self._deferred.pop(submission_id, None)

    def defer(self, submission_id: UUID, until_ms: int) -> None:
        """Not before then, and what is behind it in the same request neither."""
        if submission_id in self._held:
            self._deferred[submission_id] = (until_ms, self.attempts(submission_id) + 1)

    def set_aside(self, submission_id: UUID) -> None:
        """Not any more; what is behind it may go."""
        if submission_id in self._held:
            self._aside.add(submission_id)

    def take_back(self, submission_id: UUID) -> None:
        """It was set aside and may go again, in its old place."""
        self._aside.discard(submission_id)

    def attempts(self, submission_id: UUID) -> int:
        """How often it was deferred."""
        return self._deferred.get(submission_id, (0, 0))[1]

    def heads(self, limit: int, max_bytes: int, now_ms: int) -> list[Held]:
        """The oldest entry of each request unless that is deferred; as many as fit into ``max_bytes``, at least one."""
        found: list[Held] = []
        seen: set[str] = set()
        size = 0
        for submission_id, held in self._held.items():
            if submission_id in self._aside or held.request in seen:
                continue
            seen.add(held.request)
            if self._deferred.get(submission_id, (0, 0))[0] > now_ms:
                continue
            size += held.size_bytes
            if len(found) == limit or (found and size > max_bytes):
                break
            found.append(held)
        return found

    def usage(self) -> Usage:
        """How full the spool is."""
        oldest = next((held.added_at_ms for entry, held in self._held.items() if entry not in self._aside), None)
        return Usage(len(self._held) - len(self._aside), self._size_bytes, oldest)
