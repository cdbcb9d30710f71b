"""Whether two generations say the same: every request, its whole history wherever its entries lie, every orphan. Ids only."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from tracker.store import generations
from tracker.store.connection import Connection, Names
from tracker.store.entries import Document

MAX_NAMED: Final = 50
"""How many differing requests are named; all are counted."""
_DEPENDS_ON_BATCHES: Final = ("history", "archived_entries", "staff_terms")
"""When entries moved out, and so which texts staff find, depends on how the events were cut into batches."""

_OF_THE_PLACE: Final = frozenset({"_id", "service_request_id"})
"""What an entry has where it is a document of its own."""


@dataclass(slots=True)
class Comparison:
    """What two generations differ in."""

    compared: int = 0
    in_first: int = 0
    """How many of the compared the first of the two has."""
    differences: int = 0
    differing: list[str] = field(default_factory=list)
    """Numbers of requests and ids of orphans, the first ``MAX_NAMED``."""

    @property
    def is_equal(self) -> bool:
        """Whether they say the same."""
        return self.differences == 0

    @property
    def is_of_nothing(self) -> bool:
        """Whether the first of the two is empty: a new store, which nothing can be lost of."""
        return self.in_first == 0

    def note(self, name: str) -> None:
        """One more difference."""
        self.differences += 1
        if len(self.differing) < MAX_NAMED:
            self.differing.append(name)


async def compare(connection: Connection, one: Names, other: Names) -> Comparison:
    """Read both and say what differs.

    Raises:
        TransientError: MongoDB is away.
    """
    result = Comparison()
    async for left, right in _pairs(generations.each(connection, one.requests), generations.each(connection, other.requests)):
        result.compared += 1
        result.in_first += left is not None
        if left is None or right is None:
            result.note(str((left or right or {})["_id"]))
        elif not await _say_the_same(connection, (one, left), (other, right)):
            result.note(str(left["_id"]))
    async for left, right in _pairs(generations.each(connection, one.orphans), generations.each(connection, other.orphans)):
        result.compared += 1
        result.in_first += left is not None
        if left != right:
            result.note(str((left or right or {})["_id"]))
    return result


async def _say_the_same(connection: Connection, one: tuple[Names, Document], other: tuple[Names, Document]) -> bool:
    if one[1] == other[1] and not one[1]["archived_entries"]:
        return True
    return await _canonical(connection, *one) == await _canonical(connection, *other)


async def _canonical(connection: Connection, names: Names, document: Document) -> Document:
    entries = {entry["event_id"]: entry for entry in document["history"]}
    if document["archived_entries"]:
        async for old in generations.each(connection, names.history, {"service_request_id": document["_id"]}):
            entry = {name: value for name, value in old.items() if name not in _OF_THE_PLACE}
            entries.setdefault(entry["event_id"], entry)
    history = sorted(entries.values(), key=lambda entry: entry["revision"])
    return {name: value for name, value in document.items() if name not in _DEPENDS_ON_BATCHES} | {"history": history}


async def _pairs(one: AsyncIterator[Document], other: AsyncIterator[Document]) -> AsyncIterator[tuple[Document | None, Document | None]]:
    """Two streams in the order of ``_id``, side by side; None where only the other has it."""
    left, right = await anext(one, None), await anext(other, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left["_id"] < right["_id"]):
            yield left, None
            left = await anext(one, None)
        elif left is None or right["_id"] < left["_id"]:
            yield None, right
            right = await anext(other, None)
        else:
            yield left, right
            left, right = await anext(one, None), await anext(other, None)
