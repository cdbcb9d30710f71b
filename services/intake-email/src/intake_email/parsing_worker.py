"""What runs in a parsing process: the bytes of a stranger's mail in, what it says or a reason out.

The kernel limits its memory and its processor time; it has no network address, no credentials and no settings of the service. Frames
go in and out over pipes: a length of four bytes, then a pickle. When the pipe ends, so does the process.
"""

import math
import os
import pickle  # both ends are this program; a mail's bytes are only ever data in it
import resource
import signal
import struct
import sys
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from intake_email.limits import Limits
from intake_email.parse import parse
from intake_email.parsed import ParsedMail
from intake_email.profile import MailboxProfile
from intake_email.reading.headers import read_headers

LENGTH: Final = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Circle:
    """What a process knows, sent once at its start."""

    profiles: Mapping[str, MailboxProfile] = field(repr=False)
    spam_fields: Mapping[str, tuple[str, str]]
    """Name (in lower case) and value of the field that marks spam, of each mailbox that has one."""
    limits: Limits
    cpu_seconds: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Task:
    """A mail to be read."""

    mailbox: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Understood:
    """What a mail says."""

    mail: ParsedMail = field(repr=False)
    is_marked_spam: bool


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a mail could not be read."""

    reason: str
    """``memory``, ``ended`` (over the limits, or crashed), ``late``, or the class of an exception."""


Reading = Understood | Unreadable


def understand(task: Task, circle: Circle) -> Reading:
    """Never raises for what is in a mail; over the limits the kernel ends us."""
    _allow_cpu(circle.cpu_seconds)
    try:
        mail = parse(task.raw, circle.profiles[task.mailbox], circle.limits)
        return Understood(mail, _is_marked_spam(task, circle))
    except MemoryError:
        return Unreadable("memory")
    except Exception as error:  # noqa: BLE001 - a mail that finds a fault of ours costs itself only
        return Unreadable(type(error).__name__)


def _allow_cpu(seconds: int) -> None:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(spent.ru_utime + spent.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _is_marked_spam(task: Task, circle: Circle) -> bool:
    marked = circle.spam_fields.get(task.mailbox)
    if marked is None:
        return False
    headers = read_headers(task.raw, 0, len(task.raw), circle.limits, is_mail=True).headers
    return headers.token(marked[0]) == marked[1].strip().lower()


def _prepare(memory_bytes: int) -> None:
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    with suppress(OSError):
        os.nice(5)
    warnings.simplefilter("ignore")


def read_frame(source: BinaryIO) -> bytes | None:
    """The next frame; None at the end."""
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    data = source.read(length)
    return data if len(data) == length else None


def framed(value: object) -> bytes:
    """A value as a frame."""
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(data)) + data


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Read mails until the pipe ends."""
    first = read_frame(source)
    if first is None:
        return
    circle: Circle = pickle.loads(first)  # noqa: S301 - from our own parent
    _prepare(circle.memory_bytes)
    while (frame := read_frame(source)) is not None:
        reading = understand(pickle.loads(frame), circle)  # noqa: S301 - from our own parent
        try:
            answer = framed(reading)
        except MemoryError:
            answer = framed(Unreadable("memory"))
        target.write(answer)
        target.flush()


def main() -> None:
    """The process. What anything prints goes nowhere: the pipe is for frames, and a mail's words are for no log."""
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    with suppress(BrokenPipeError):
        serve(source, target)
    sys.stdout.flush()
    os._exit(0)
