"""A mailbox as the event loop sees it: a thread of its own does the blocking, and every call ends in time."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, Protocol, TypeVar

from intake_email.mailbox.facts import DEPENDENCY, ConnectionLostError, Facts, Selected
from intake_email.mailbox.session import ImapMailbox

CLOSE_SECONDS: Final = 3.0
T = TypeVar("T")
P = ParamSpec("P")


class Mailbox(Protocol):
    """What the taking of mails needs of a mailbox; ``ThreadedMailbox`` plays it on IMAP. Raises as ``ImapMailbox`` does."""

    async def connect(self) -> None:
        """Connect and sign in; an earlier connection is left."""

    async def select(self) -> Selected:
        """Open the inbox, or look at it anew."""

    async def search(self, first_uid: int, uid_next: int) -> list[int]:
        """UIDs of the mails that are there, ascending."""

    async def facts(self, uids: Sequence[int]) -> list[Facts]:
        """Of those that are still there."""

    async def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails themselves, as far as they can be had."""

    async def fetch_header(self, uid: int) -> bytes:
        """The header alone."""

    async def fetch_text(self, uid: int, max_bytes: int) -> bytes:
        """Header and text alone."""

    async def move(self, uids: Sequence[int], folder: str) -> None:
        """Move to a folder."""

    async def wait(self, seconds: float) -> None:
        """Until something may have come."""

    def wake(self) -> None:
        """End a ``wait``."""

    def is_worn_out(self) -> bool:
        """Whether to connect again, in order."""

    async def disconnect(self) -> None:
        """Leave the server; ``connect`` comes back."""


class ThreadedMailbox:
    """``Mailbox`` on IMAP. A call that is cancelled or late leaves a connection of no use: connect again."""

    def __init__(self, mailbox: ImapMailbox, *, call_seconds: float, poll_seconds: float) -> None:
        self._mailbox = mailbox
        self._call_seconds = call_seconds
        self._poll_seconds = poll_seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="imap")

    async def connect(self) -> None:
        """Connect and sign in; an earlier connection is left."""
        await self._call(self._call_seconds, self._mailbox.connect)

    async def select(self) -> Selected:
        """Open the inbox, or look at it anew."""
        return await self._call(self._call_seconds, self._mailbox.select)

    async def search(self, first_uid: int, uid_next: int) -> list[int]:
        """UIDs of the mails that are there."""
        return await self._call(self._call_seconds, self._mailbox.search, first_uid, uid_next)

    async def facts(self, uids: Sequence[int]) -> list[Facts]:
        """Of those that are still there."""
        return await self._call(self._call_seconds, self._mailbox.facts, uids)

    async def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails themselves."""
        return await self._call(self._call_seconds, self._mailbox.fetch, uids)

    async def fetch_header(self, uid: int) -> bytes:
        """The header alone."""
        return await self._call(self._call_seconds, self._mailbox.fetch_header, uid)

    async def fetch_text(self, uid: int, max_bytes: int) -> bytes:
        """Header and text alone."""
        return await self._call(self._call_seconds, self._mailbox.fetch_text, uid, max_bytes)

    async def move(self, uids: Sequence[int], folder: str) -> None:
        """Move to a folder."""
        await self._call(self._call_seconds, self._mailbox.move, uids, folder)

    async def append(self, folder: str, content: bytes) -> None:
        """Put a mail into a folder."""
        await self._call(self._call_seconds, self._mailbox.append, folder, content)

    async def holds(self, folder: str, message_id: str) -> bool:
        """Whether a folder has a mail with this Message-ID."""
        return await self._call(self._call_seconds, self._mailbox.holds, folder, message_id)

    async def wait(self, seconds: float) -> None:
        """Until something may have come."""
        await self._call(seconds + self._call_seconds, partial(self._mailbox.wait, seconds, poll_seconds=self._poll_seconds))

    def wake(self) -> None:
        """End a ``wait``."""
        self._mailbox.wake()

    def is_worn_out(self) -> bool:
        """Whether to connect again, in order."""
        return self._mailbox.is_worn_out()

    async def disconnect(self) -> None:
        """Leave the server; ``connect`` comes back."""
        try:
            await self._call(CLOSE_SECONDS, self._mailbox.close)
        except ConnectionLostError:
            return  # it was cut instead

    async def close(self) -> None:
        """Leave, and end the thread."""
        await self.disconnect()
        self._thread.submit(self._mailbox.dispose)
        self._thread.shutdown(wait=False)

    async def _call(self, seconds: float, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``work`` gives. Whoever leaves early cuts the connection, so that the thread is free again."""
        running = asyncio.get_running_loop().run_in_executor(self._thread, partial(work, *args, **kwargs))
        try:
            async with asyncio.timeout(seconds):
                return await running
        except TimeoutError as error:
            self._mailbox.abort()
            raise ConnectionLostError(DEPENDENCY, "no answer in time") from error
        except asyncio.CancelledError:
            self._mailbox.abort()
            raise
