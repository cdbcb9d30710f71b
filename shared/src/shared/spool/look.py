"""A look into the spool's file from outside, beside the process that uses it or without one: ids and sizes, never contents."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from shared.errors import ConfigurationError, TransientError
from shared.spool.database import FILE_VERSION, TRY_AGAIN, is_damage

_WAIT_SECONDS: Final = 2.0
"""For the process that is writing; its longest transaction is shorter."""
_ENTRIES: Final = """
SELECT submission_id, request, added_at_ms, size_bytes, aside_reason, (SELECT count(*) FROM photo WHERE photo.seq = entry.seq)
FROM entry ORDER BY seq
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry, without what is in it."""

    submission_id: UUID
    service_request_id: str
    """The key of its record: the request that it creates or follows up."""
    added_at: datetime
    size_bytes: int
    photos: int
    aside_reason: str | None
    """Why it can never go as it is; None: it waits for its turn."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What lies in the spool."""

    entries: tuple[Listed, ...]
    """In the order in which they came."""
    damaged_files: tuple[str, ...]
    """Names of files that were put aside, all that could be read of them saved."""

    @property
    def size_bytes(self) -> int:
        """Of all entries, those set aside included."""
        return sum(entry.size_bytes for entry in self.entries)

    @property
    def waiting(self) -> tuple[Listed, ...]:
        """Those that go by themselves."""
        return tuple(entry for entry in self.entries if entry.aside_reason is None)

    @property
    def aside(self) -> tuple[Listed, ...]:
        """Those that a person has to look at."""
        return tuple(entry for entry in self.entries if entry.aside_reason is not None)


def look(path: Path) -> Contents:
    """What is in the spool at this moment.

    Raises:
        ConfigurationError: there is no spool of this version at ``path``, or it may not be read.
        TransientError: it is busy.
    """
    with _opened(path) as connection:
        connection.execute("PRAGMA query_only=ON")
        entries = tuple(
            Listed(UUID(bytes=submission_id), request, datetime.fromtimestamp(added_at_ms / 1000, UTC), size_bytes, photos, reason)
            for submission_id, request, added_at_ms, size_bytes, reason, photos in connection.execute(_ENTRIES)
        )
    damaged = sorted(found.name for found in path.parent.glob(f"{path.name}.damaged-*") if not found.name.endswith("-wal"))
    return Contents(entries, tuple(damaged))


def retry(path: Path) -> int:
    """Let everything go again that was set aside; how many that are. A process that runs notices it within a second.

    Raises:
        ConfigurationError, TransientError: as ``look``.
    """
    with _opened(path) as connection:
        return connection.execute(TRY_AGAIN).rowcount


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        raise ConfigurationError(f"there is no spool at {path}: is SPOOL_PATH the service's own?")
    try:
        # "rw": opened for reading alone it could not take part in the locks of a write-ahead log.
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=_WAIT_SECONDS)
        ) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version != FILE_VERSION:
                raise ConfigurationError(
                    f"the spool at {path} is of version {version}, this program knows {FILE_VERSION}: use the service's own"
                )
            yield connection
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            raise ConfigurationError(f"the spool at {path} is damaged: start the service again, it saves what can be read") from None
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            raise TransientError("spool", "it is busy; try again, or stop the service first") from None
        raise ConfigurationError(f"the spool at {path} cannot be opened ({type(error).__name__}): run this as the service's user") from None
