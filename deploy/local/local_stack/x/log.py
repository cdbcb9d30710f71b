"""The file that holds everything: a line a record, only ever added to. Whoever starts again reads it from its beginning."""

import fcntl
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from local_stack.processes import StackError
from local_stack.x.records import RECORD, Record


class Log:
    """An append-only file of JSON lines. A line without its end was never acknowledged and is cut off.

    Lines are small and go to the kernel before anybody is told: they outlive this process, and cost the event loop microseconds.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = path.open("ab", buffering=0)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or make the file.

        Raises:
            StackError: another process has it.
        """
        log = cls(path)
        try:
            fcntl.flock(log._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            log.close()
            raise StackError(f"{path} belongs to another stand-in for X, which is running") from None
        return log

    def read(self) -> list[Record]:
        """Everything so far.

        Raises:
            StackError: a line within the file is damaged; which one, and what can be done.
        """
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            self._file.truncate(whole)
        records: list[Record] = []
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            try:
                records.append(RECORD.validate_json(line))
            except ValidationError as error:
                what = error.errors(include_input=False)[0]["msg"]
                raise StackError(f"{self.path}, line {number}, is damaged ({what}): remove the line, or the file") from None
        return records

    def append(self, record: Record) -> None:
        """Add a record."""
        self._file.write(record.model_dump_json(exclude_defaults=False).encode() + b"\n")

    def close(self) -> None:
        """Give the file to others."""
        self._file.close()
