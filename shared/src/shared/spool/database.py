"""The spool's file: SQLite in WAL mode with ``synchronous=FULL``, so that a finished transaction survives a crash and a power cut.

Everything here blocks and belongs to one thread (``Spool`` owns it). Content is wiped when it is deleted (``secure_delete``): what
residents wrote does not stay on a disk that is not its place.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

from shared.errors import ConfigurationError
from shared.spool.entries import Row, SpooledPhoto, Usage
from shared.spool.order import Held, Order

FILE_VERSION: Final = 2
DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

_PRAGMAS: Final = (
    "auto_vacuum=INCREMENTAL",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
)
_SCHEMA: Final = """
CREATE TABLE entry (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, submission_id BLOB NOT NULL UNIQUE, request TEXT NOT NULL,
  added_at_ms INTEGER NOT NULL, size_bytes INTEGER NOT NULL, body BLOB NOT NULL, aside_reason TEXT);
CREATE TABLE photo (
  seq INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE, position INTEGER NOT NULL, sha256 TEXT NOT NULL, media_type TEXT NOT NULL,
  width INTEGER, height INTEGER, data BLOB NOT NULL, PRIMARY KEY (seq, position));
"""
_FROM_VERSION_1: Final = "ALTER TABLE entry ADD COLUMN aside_reason TEXT;"
_INSERT_ENTRY: Final = "INSERT INTO entry (submission_id, request, added_at_ms, size_bytes, body) VALUES (?, ?, ?, ?, ?)"
TRY_AGAIN: Final = "UPDATE entry SET aside_reason = NULL WHERE aside_reason IS NOT NULL"
_INSERT_PHOTO: Final = "INSERT INTO photo VALUES (?, ?, ?, ?, ?, ?, ?)"


class DamagedFileError(Exception):
    """The file is no spool any more; ``SpoolFile`` puts it aside."""


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite says that the file itself is broken, rather than the disk full or away."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in DAMAGE


def read_row(connection: sqlite3.Connection, seq: int) -> Row:
    """One entry with its photos."""
    found = connection.execute("SELECT submission_id, request, added_at_ms, body FROM entry WHERE seq = ?", (seq,)).fetchone()
    photos = connection.execute(
        "SELECT sha256, media_type, data, width, height FROM photo WHERE seq = ? ORDER BY position", (seq,)
    ).fetchall()
    return Row(UUID(bytes=found[0]), found[1], found[2], found[3], tuple(SpooledPhoto(*photo) for photo in photos))


class SpoolDatabase:
    """One open spool file and the order of what is in it."""

    def __init__(self, path: Path) -> None:
        """Open or create it.

        Raises:
            DamagedFileError: the file is broken.
            ConfigurationError: a newer version of the program wrote it.
            sqlite3.OperationalError: the disk is full or away.
        """
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=1.0)
        try:
            self._prepare()
            self._connection.execute(TRY_AGAIN)  # a new start may be a new program, which can read what the old one could not
            self._order = self._read_order()
            self._seen_version = self._data_version()
        except sqlite3.DatabaseError as error:
            self._connection.close()
            if is_damage(error):
                raise DamagedFileError from error
            raise
        except BaseException:
            self._connection.close()
            raise
        self.usage: Usage = self._order.usage()

    def __contains__(self, submission_id: UUID) -> bool:
        return submission_id in self._order

    def _prepare(self) -> None:
        for pragma in _PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}").fetchall()
        version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        if version > FILE_VERSION:
            raise ConfigurationError(
                f"the spool file is of version {version}, this program knows {FILE_VERSION}: start the newer one until it is drained"
            )
        if [row[0] for row in self._connection.execute("PRAGMA quick_check(1)").fetchall()] != ["ok"]:
            raise DamagedFileError
        if version < FILE_VERSION:
            change = _FROM_VERSION_1 if version else _SCHEMA
            self._connection.executescript(f"BEGIN; {change} PRAGMA user_version={FILE_VERSION}; COMMIT;")

    def _read_order(self) -> Order:
        order = Order()
        found = self._connection.execute("SELECT seq, submission_id, request, added_at_ms, size_bytes FROM entry ORDER BY seq")
        try:
            for seq, submission_id, request, added_at_ms, size_bytes in found:
                order.add(Held(seq, UUID(bytes=submission_id), request, added_at_ms, size_bytes))
        except (TypeError, ValueError) as error:
            raise DamagedFileError from error
        return order

    def close(self) -> None:
        """Close the file; what is in it stays."""
        self._connection.close()

    def add(self, rows: Sequence[Row]) -> None:
        """All of them in one transaction, durable on return; one whose submission is there already changes nothing."""
        new: dict[UUID, Row] = {}
        for row in rows:
            if row.submission_id not in self._order:
                new.setdefault(row.submission_id, row)
        with self._transaction():
            held = [self._insert(row) for row in new.values()]
        for entry in held:
            self._order.add(entry)
        self.usage = self._order.usage()

    def _insert(self, row: Row) -> Held:
        size_bytes = row.size_bytes
        seq = self._connection.execute(
            _INSERT_ENTRY, (row.submission_id.bytes, row.request, row.added_at_ms, size_bytes, row.body)
        ).lastrowid
        assert seq is not None  # an INSERT has a row id
        photos = [
            (seq, place, photo.sha256, photo.media_type, photo.width_pixels, photo.height_pixels, photo.data)
            for place, photo in enumerate(row.photos)
        ]
        self._connection.executemany(_INSERT_PHOTO, photos)
        return Held(seq, row.submission_id, row.request, row.added_at_ms, size_bytes)

    def heads(self, limit: int, max_bytes: int, now_ms: int) -> list[tuple[Row, int]]:
        """The oldest entry of each request that is not deferred, and how often it was."""
        self._take_back_what_may_go_again()
        return [
            (read_row(self._connection, held.seq), self._order.attempts(held.submission_id))
            for held in self._order.heads(limit, max_bytes, now_ms)
        ]

    def remove(self, ids: Iterable[UUID]) -> None:
        """Forget these; an unknown id changes nothing."""
        gone = [entry for entry in ids if entry in self._order]
        if not gone:
            return
        with self._transaction():
            self._connection.executemany("DELETE FROM entry WHERE submission_id = ?", [(entry.bytes,) for entry in gone])
        for entry in gone:
            self._order.remove(entry)
        self.usage = self._order.usage()
        if not self._order:  # give the disk space back, and wipe the log of what went through
            self._connection.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);")  # execute() would free one page

    def defer(self, ids: Iterable[UUID], until_ms: int) -> None:
        """Leave these out of ``heads`` until then, and what is behind them in the same request."""
        for entry in ids:
            self._order.defer(entry, until_ms)

    def set_aside(self, ids: Iterable[UUID], reason: str) -> None:
        """Leave these out of ``heads`` until the next start or until a person says "again"; let what is behind them go."""
        odd = list(ids)
        with self._transaction():
            self._connection.executemany(
                "UPDATE entry SET aside_reason = ? WHERE submission_id = ?", [(reason, entry.bytes) for entry in odd]
            )
        for entry in odd:
            self._order.set_aside(entry)
        self.usage = self._order.usage()

    def _take_back_what_may_go_again(self) -> None:
        """``spool retry`` writes into the file beside us; SQLite says cheaply whether anybody did."""
        version = self._data_version()
        if version == self._seen_version:
            return
        self._seen_version = version
        for (submission_id,) in self._connection.execute("SELECT submission_id FROM entry WHERE aside_reason IS NULL"):
            self._order.take_back(UUID(bytes=submission_id))
        self.usage = self._order.usage()

    def _data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # SQLite rolls back by itself where the disk is full
                self._connection.execute("ROLLBACK")
            raise
