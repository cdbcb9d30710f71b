"""Somebody with an IMAP client beside the service: puts mails in, looks into folders, moves things by hand."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, TypeVar

from imapclient import IMAPClient

from support.dovecot import PASSWORD


def mail(
    text: str = "The street light at 300 N Academy St is dark.",
    *,
    subject: str = "Dark street light",
    sender: str = "Ana Resident <ana@example.org>",
    to: str = "311@town.example",
    message_id: str | None = "",
    date: str | None = "Tue, 03 Mar 2026 09:00:00 -0500",
    files: Sequence[tuple[bytes, str, str]] = (),
    **fields: str,
) -> bytes:
    """An invented mail. ``message_id``: empty for a new one, None for none. ``files``: content, type, name."""
    message = EmailMessage()
    for name, value in (("From", sender), ("To", to), ("Subject", subject), ("Date", date)):
        if value is not None:
            message[name] = value
    if message_id is not None:
        message["Message-ID"] = message_id or f"<{uuid.uuid4().hex}@example.org>"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    for data, kind, name in files:
        maintype, _, subtype = kind.partition("/")
        message.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def dated(moment: datetime) -> str:
    """As a Date field has it."""
    return format_datetime(moment)


T = TypeVar("T")


class ImapUser:
    """A second client of the account. Every call is a connection of its own."""

    def __init__(self, port: int, name: str, password: str = PASSWORD) -> None:
        self.port = port
        self.name = name
        self._password = password

    async def put(self, *mails: bytes, folder: str = "INBOX", arrived_at: datetime | None = None) -> None:
        """Let mails arrive."""

        def work(client: Any) -> None:  # noqa: ANN401 - the library has no types
            if folder != "INBOX" and not client.folder_exists(folder):
                client.create_folder(folder)
            for raw in mails:
                client.append(folder, raw, msg_time=arrived_at)

        await self.does(work)

    async def count(self, folder: str) -> int:
        """How many mails are in a folder; 0 where there is none."""

        def work(client: Any) -> int:  # noqa: ANN401 - as above
            return int(client.folder_status(folder, ["MESSAGES"])[b"MESSAGES"]) if client.folder_exists(folder) else 0

        return await self.does(work)

    async def counts(self) -> dict[str, int]:
        """Of the folders that hold something."""

        def work(client: Any) -> dict[str, int]:  # noqa: ANN401 - as above
            folders = [folder for _, _, folder in client.list_folders()]
            counted = {folder: int(client.folder_status(folder, ["MESSAGES"])[b"MESSAGES"]) for folder in folders}
            return {folder: count for folder, count in counted.items() if count}

        return await self.does(work)

    async def flags(self, folder: str) -> list[tuple[bytes, ...]]:
        """The flags of every mail in a folder."""

        def work(client: Any) -> list[tuple[bytes, ...]]:  # noqa: ANN401 - as above
            client.select_folder(folder, readonly=True)
            return [flags for _, flags in sorted(client.get_flags(client.search()).items())]

        return await self.does(work)

    async def move_all(self, source: str, target: str) -> None:
        """By hand, as a person would."""

        def work(client: Any) -> None:  # noqa: ANN401 - as above
            client.select_folder(source)
            if found := client.search():
                client.move(found, target)

        await self.does(work)

    async def does(self, work: Callable[[Any], T]) -> T:
        """``work`` with a connected client."""

        def connected() -> T:
            with IMAPClient("127.0.0.1", port=self.port, ssl=False, timeout=20) as client:
                client.login(self.name, self._password)
                return work(client)

        return await asyncio.to_thread(connected)
