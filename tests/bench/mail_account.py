"""A mailbox to drain, on a real server: Dovecot where it is installed, else the one of ``make run``."""

import json
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from imapclient import IMAPClient

from bench.place import Place
from local_stack.mailbox import USER
from local_stack.stack import MAILBOX
from support.dovecot import PASSWORD, dovecot
from support.imap_user import ImapUser

INBOX: Final = "INBOX"
APPENDED_TOGETHER: Final = 50


@dataclass(frozen=True, slots=True)
class Account:
    """Where the mails lie."""

    server: str
    """The name of the program."""
    port: int
    name: str
    password: str

    @property
    def mailboxes(self) -> str:
        """The setting ``MAILBOXES`` that leads there."""
        account = {"host": "127.0.0.1", "port": self.port, "tls": "none", "user": self.name, "password": self.password}
        return json.dumps([{"name": "bench", **account, "own_addresses": ["311@town.example"], "first_start": "all"}])

    async def fill(self, mails: Sequence[bytes]) -> None:
        """Let mails arrive."""

        def work(client: IMAPClient) -> None:
            together = APPENDED_TOGETHER if client.has_capability("MULTIAPPEND") else 1
            for start in range(0, len(mails), together):
                some = mails[start : start + together]
                client.multiappend(INBOX, some) if together > 1 else client.append(INBOX, some[0])

        await self._user.does(work)

    async def refill(self) -> int:
        """Put everything back into the inbox; how many mails were in other folders."""

        def work(client: IMAPClient) -> int:
            moved = 0
            for _, _, folder in client.list_folders():
                if folder != INBOX:
                    client.select_folder(folder)
                    if found := client.search():
                        client.move(found, INBOX)
                        moved += len(found)
            return moved

        return int(await self._user.does(work))

    @property
    def _user(self) -> Any:  # noqa: ANN401 - the client library has no types
        return ImapUser(self.port, self.name, self.password)


@asynccontextmanager
async def an_account(place: Place) -> AsyncIterator[Account]:
    """An empty mailbox."""
    if shutil.which("dovecot"):
        async with dovecot() as server:
            yield Account("Dovecot", server.port, "bench", PASSWORD)
    else:
        await place.stack.start_engine(MAILBOX)
        password = place.stack.given.credentials.mailbox_password
        yield Account("pymap", place.stack.given.ports.mailbox, USER, password)
