"""An IMAP server of a few commands that misbehaves as a test asks: what real servers do rarely, on demand.

It has what ``intake_email.mailbox`` uses and nothing else; how well we speak the protocol, Dovecot tells.
"""

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

CAPABILITIES: Final = "IMAP4rev1 IDLE MOVE UIDPLUS"


@dataclass
class Scripted:
    """The account: its folders, and how the server misbehaves."""

    folders: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"INBOX": {}})
    capabilities: str = CAPABILITIES
    uid_validity: int = 7
    next_uid: int = 1
    port: int = 0
    says: Callable[[str, list[str]], bytes | None] = lambda _command, _words: None
    """An answer in the place of the usual one (``{tag}`` is filled in); None: the usual one. ``b""`` ends the connection."""
    authenticates: Callable[[], str] = lambda: "OK welcome"
    """What AUTHENTICATE ends with."""
    authenticated: list[bytes] = field(default_factory=list)
    """What clients said then."""
    idles: Callable[[], bytes] = lambda: b"+ idling\r\n"
    """What IDLE is answered with."""
    commands: list[str] = field(default_factory=list)
    """What was asked, without tags and arguments."""
    connections: int = 0
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever writes a line in pieces."""
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _idling: set[asyncio.StreamWriter] = field(default_factory=set)

    def put(self, raw: bytes) -> int:
        """A mail arrives; nobody is told."""
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.folders["INBOX"][uid] = raw
        return uid

    def arrive(self, raw: bytes) -> int:
        """A mail arrives; whoever idles is told."""
        uid = self.put(raw)
        self.tell(f"* {len(self.folders['INBOX'])} EXISTS\r\n".encode())
        return uid

    def tell(self, line: bytes) -> None:
        """Write to whoever idles."""
        for writer in self._idling:
            writer.write(line)

    def cut(self) -> None:
        """End every connection, as a server that died."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self._writers.add(writer)
        try:
            writer.write(b"* OK here\r\n")
            while line := await reader.readline():
                tag, _, rest = line.decode().strip().partition(" ")
                if not await self._answer(tag, rest, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            self._idling.discard(writer)
            writer.transport.abort()

    async def _answer(self, tag: str, rest: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        words = rest.split(" ")
        command = " ".join(words[:2]).upper() if words[0].upper() == "UID" else words[0].upper()
        arguments = words[2:] if words[0].upper() == "UID" else words[1:]
        self.commands.append(command)
        scripted = self.says(command, arguments)
        if scripted is not None:
            writer.write(scripted.replace(b"{tag}", tag.encode()))
            return bool(scripted)
        if command == "AUTHENTICATE":
            writer.write(b"+ \r\n")
            self.authenticated.append(base64.b64decode(await reader.readline()))
            writer.write(f"{tag} {self.authenticates()}\r\n".encode())
            return True
        if command == "IDLE":
            writer.write(self.idles())
            self._idling.add(writer)
            done = await reader.readline()
            async with self.writing:
                self._idling.discard(writer)
            writer.write(f"{tag} OK idled\r\n".encode())
            return done.strip() == b"DONE"
        writer.write(self._usual(command, arguments) + f"{tag} OK done\r\n".encode())
        return command != "LOGOUT"

    def _usual(self, command: str, arguments: list[str]) -> bytes:
        answers: dict[str, Callable[[list[str]], bytes]] = {
            "CAPABILITY": self._capability,
            "LIST": self._list,
            "CREATE": self._create,
            "SELECT": self._select,
            "UID SEARCH": self._search,
            "UID FETCH": self._fetch,
            "UID MOVE": self._move,
            "UID COPY": self._copy,
            "UID EXPUNGE": self._expunge,
            "LOGOUT": lambda _: b"* BYE\r\n",
        }
        return answers[command](arguments) if command in answers else b""

    def _capability(self, _arguments: list[str]) -> bytes:
        return f"* CAPABILITY {self.capabilities}\r\n".encode()

    def _list(self, arguments: list[str]) -> bytes:
        name = arguments[-1].strip('"')
        return f'* LIST () "/" {name}\r\n'.encode() if name in self.folders else b""

    def _create(self, arguments: list[str]) -> bytes:
        self.folders.setdefault(arguments[0].strip('"'), {})
        return b""

    def _select(self, _arguments: list[str]) -> bytes:
        count = len(self.folders["INBOX"])
        return f"* {count} EXISTS\r\n* OK [UIDVALIDITY {self.uid_validity}] v\r\n* OK [UIDNEXT {self.next_uid}] n\r\n".encode()

    def _search(self, arguments: list[str]) -> bytes:
        first = int((re.search(r"(\d+):", " ".join(arguments)) or [0, 1])[1])
        return f"* SEARCH {' '.join(str(uid) for uid in self.folders['INBOX'] if uid >= first)}\r\n".encode()

    def _fetch(self, arguments: list[str]) -> bytes:
        return b"".join(self._fetched(uid, " ".join(arguments[1:])) for uid in _uids(arguments[0]) if uid in self.folders["INBOX"])

    def _copy(self, arguments: list[str]) -> bytes:
        for uid in _uids(arguments[0]):
            self.folders[arguments[1].strip('"')][uid] = self.folders["INBOX"][uid]
        return b""

    def _move(self, arguments: list[str]) -> bytes:
        return self._copy(arguments) + self._expunge(arguments)

    def _expunge(self, arguments: list[str]) -> bytes:
        for uid in _uids(arguments[0]):
            self.folders["INBOX"].pop(uid, None)
        return b""

    def _fetched(self, uid: int, items: str) -> bytes:
        raw = self.folders["INBOX"][uid]
        number = list(self.folders["INBOX"]).index(uid) + 1
        if "RFC822.SIZE" in items:
            return f'* {number} FETCH (UID {uid} RFC822.SIZE {len(raw)} INTERNALDATE "03-Mar-2026 09:00:00 -0500")\r\n'.encode()
        section = b"BODY[HEADER]" if "HEADER" in items else b"BODY[]"
        data = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if "HEADER" in items else raw
        return b"* %d FETCH (UID %d %s {%d}\r\n%s)\r\n" % (number, uid, section, len(data), data)


def _uids(numbers: str) -> list[int]:
    return [int(number) for number in numbers.split(",")]


@asynccontextmanager
async def scripted_server() -> AsyncIterator[Scripted]:
    """A running one."""
    account = Scripted()
    server = await asyncio.start_server(account.serve, "127.0.0.1", 0, limit=1024 * 1024)
    account.port = server.sockets[0].getsockname()[1]
    try:
        yield account
    finally:
        server.close()
        account.cut()
        await server.wait_closed()
