"""The spool's file in the hands of one process: locked, private, and put aside when it is damaged, with all that can be read of it saved.

A repair may itself be interrupted. Therefore a damaged file is first renamed to ``<name>.salvaging-<time>``; only when everything
readable lies in the new file does it get its last name, ``<name>.damaged-<time>``, under which it waits for a person.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

from shared.errors import ConfigurationError
from shared.observability.logs import logger
from shared.observability.metrics import StoreMetrics
from shared.spool.database import DamagedFileError, SpoolDatabase, is_damage, read_row
from shared.spool.entries import Row, Usage

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700

T = TypeVar("T")
_log = logger(__name__)


class SpoolFile:
    """Runs work on the spool's database, and makes a new database where the old one turns out to be damaged."""

    def __init__(self, path: Path, metrics: StoreMetrics) -> None:
        self.usage = Usage()
        self._path = path
        self._metrics = metrics
        self._lock: int | None = None
        self._database: SpoolDatabase | None = None

    def __contains__(self, submission_id: UUID) -> bool:
        return self._database is not None and submission_id in self._database

    def open(self) -> None:
        """Lock and open.

        Raises:
            ConfigurationError: another process has it, the place cannot be written, or a newer program wrote it.
        """
        try:
            self._path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            self._take_lock()
            self.run(lambda _: None)
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise ConfigurationError(f"the spool at {self._path} cannot be written ({type(error).__name__})") from error
        except BaseException:
            self.close()
            raise

    def _take_lock(self) -> None:
        self._lock = os.open(self._beside("lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel gives it back when the process dies
        except BlockingIOError:
            raise ConfigurationError(f"another process uses the spool at {self._path}: each process needs a file of its own") from None

    def close(self) -> None:
        """Close and unlock; what is in it stays."""
        if self._database is not None:
            self._database.close()
            self._database = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def run(self, work: Callable[[SpoolDatabase], T]) -> T:
        """The result of ``work``; where the file turns out to be damaged, it is repaired and the work done again.

        Raises:
            sqlite3.Error, OSError: the disk is full or away.
        """
        try:
            return self._done(work)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            _log.error("spool_damaged", failure=error)
            if self._database is not None:
                self._database.close()
                self._database = None
            self._put_aside()
            return self._done(work)

    def _done(self, work: Callable[[SpoolDatabase], T]) -> T:
        if self._database is None:
            self._database = self._opened()
        try:
            return work(self._database)
        finally:
            self.usage = self._database.usage

    def _opened(self) -> SpoolDatabase:
        damaged = self._salvaging()
        if damaged and not self._path.exists():
            self._rename(self._path, damaged[-1])  # an interrupted rename left the log behind
        try:
            database = self._created()
        except DamagedFileError as error:
            _log.error("spool_damaged", failure=error)
            self._put_aside()
            database = self._created()
        for path in self._salvaging():
            self._salvage(path, database)
        return database

    def _salvaging(self) -> list[Path]:
        found = self._path.parent.glob(f"{self._path.name}.salvaging-*")
        return sorted(path for path in found if not path.name.endswith(("-wal", "-shm")))

    def _put_aside(self) -> None:
        self._rename(self._path, self._beside(f"salvaging-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"))

    def _created(self) -> SpoolDatabase:
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE))
        database = SpoolDatabase(self._path)
        self._sync_folder()
        return database

    def _salvage(self, path: Path, database: SpoolDatabase) -> None:
        saved = 0
        try:
            for row in readable_rows(path):
                saved += _added(database, row)
        except BaseException:
            database.close()  # the disk is full, say: the next call begins again, and nothing is taken in meanwhile
            raise
        aside = path.with_name(path.name.replace(".salvaging-", ".damaged-"))
        self._rename(path, aside)
        self._metrics.spool_put_aside.labels(what="file").inc()
        _log.error("spool_file_put_aside", file=aside.name, saved_entries=saved)

    def _rename(self, old: Path, new: Path) -> None:
        if old.exists():
            old.rename(new)
        log = Path(f"{old}-wal")
        if log.exists():
            log.rename(Path(f"{new}-wal"))
        Path(f"{old}-shm").unlink(missing_ok=True)
        self._sync_folder()

    def _sync_folder(self) -> None:
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _beside(self, suffix: str) -> Path:
        return self._path.with_name(f"{self._path.name}.{suffix}")


def _added(database: SpoolDatabase, row: Row) -> bool:
    try:
        database.add([row])
    except sqlite3.OperationalError:
        raise
    except (sqlite3.Error, TypeError, ValueError):  # what was read is no entry
        _log.error("spool_entry_unreadable")
        return False
    return True


def readable_rows(path: Path) -> Iterator[Row]:
    """All that can still be read of a damaged file, in order: from the front up to the damage, and from the back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for seq in _readable_numbers(connection):
            try:
                row = read_row(connection, seq)
            except (sqlite3.Error, TypeError, ValueError):
                _log.error("spool_entry_unreadable", number=seq)
                continue
            yield row


def _readable_numbers(connection: sqlite3.Connection) -> list[int]:
    numbers: set[int] = set()
    for order in ("ASC", "DESC"):
        try:
            for (seq,) in connection.execute(f"SELECT seq FROM entry NOT INDEXED ORDER BY seq {order}"):  # noqa: S608 - two literals
                numbers.add(seq)
        except sqlite3.Error:
            continue
    return sorted(numbers)
