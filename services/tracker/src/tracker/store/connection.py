"""The connection to MongoDB, the names of its collections, and which generation of them is the present one.

A rebuild fills a new generation beside the present one and then turns a pointer; both roles look at the pointer now and then.
"""

from dataclasses import dataclass
from typing import Any, Final

from shared import mongodb

GENERATION_ID: Final = "generation"
FIRST_GENERATION: Final = 1


@dataclass(frozen=True, slots=True)
class Names:
    """The collections of one generation."""

    generation: int

    @property
    def requests(self) -> str:
        """One document per request."""
        return f"requests_g{self.generation}"

    @property
    def history(self) -> str:
        """Old entries of long histories."""
        return f"history_g{self.generation}"

    @property
    def orphans(self) -> str:
        """Events that changed no request."""
        return f"orphans_g{self.generation}"

    @property
    def outcomes(self) -> str:
        """What callers wait for; short-lived."""
        return f"outcomes_g{self.generation}"

    @property
    def positions(self) -> str:
        """How far in the log this generation is, by partition."""
        return f"positions_g{self.generation}"

    @property
    def all(self) -> tuple[str, ...]:
        """Every collection of the generation."""
        return (self.requests, self.history, self.orphans, self.outcomes, self.positions)


class Connection(mongodb.Connection):
    """The tracker's database."""

    APPNAME = "cary311-tracker"
    REDACTIONS: Final = "redactions"
    META: Final = "meta"

    @property
    def meta(self) -> Any:  # noqa: ANN401 - motor's collections are made at run time
        """Single documents: the pointer, the pause."""
        return self.database[self.META]

    async def ping(self) -> None:
        """Returns when the server answers.

        Raises:
            TransientError: it does not.
        """
        async with self.limited():
            await self.database.command("ping")

    async def names(self) -> Names:
        """The collections of the present generation.

        Raises:
            TransientError: MongoDB is away.
        """
        async with self.limited():
            pointer = await self.meta.find_one({"_id": GENERATION_ID})
        return Names(pointer["current"] if pointer else FIRST_GENERATION)
