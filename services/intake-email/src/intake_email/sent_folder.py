"""The Sent folder of our mailbox: a copy of every mail of ours, by which it is known after a crash whether one went out."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from intake_email.mailbox.facts import ConnectionLostError
from intake_email.mailbox.thread import ThreadedMailbox

T = TypeVar("T")


class ImapSentFolder:
    """``SentFolder`` over IMAP, on a connection of its own that is made when it is needed."""

    def __init__(self, mailbox: ThreadedMailbox, folder: str) -> None:
        self._mailbox = mailbox
        self._folder = folder

    async def keep(self, content: bytes) -> None:
        """As ``SentFolder.keep``."""
        await self._connected(lambda: self._mailbox.append(self._folder, content))

    async def holds(self, message_id: str) -> bool:
        """As ``SentFolder.holds``."""
        return await self._connected(lambda: self._mailbox.holds(self._folder, message_id))

    async def _connected(self, call: Callable[[], Awaitable[T]]) -> T:
        """Servers leave who says nothing for half an hour: then, or the first time, the connection is made and the call made again."""
        try:
            return await call()
        except ConnectionLostError:
            await self._mailbox.connect()
            return await call()
