"""Mails: read by Python's own parser and by ours; fetched and parsed and no more, and taken by the whole service."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from email import message_from_bytes
from typing import Any, Final
from uuid import uuid4

from imapclient import IMAPClient

from bench.mails import mails
from bench.processes import cpu_seconds, ended_children_seconds, peak_mib, tree
from bench.stopwatch import Stopwatch
from intake_email.app import INDEXES, assemble, taking_of
from intake_email.attaching import Enclosing
from intake_email.mailbox.thread import Mailbox
from intake_email.parse import parse
from intake_email.parsing_worker import Task
from intake_email.parts import Parts
from intake_email.settings import IntakeEmailSettings
from shared.lifecycle import Closers
from shared.settings import load
from support.mails import PROFILE
from support.mails_written import FILES

TOGETHER: Final = 100


async def parse_bare(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """The standard library, headers and parts; nothing is decoded."""
    raws, watch = mails(spec["items"]), Stopwatch()
    watch.start()
    for raw in raws:
        message_from_bytes(raw)
    watch.stop()
    return watch.figure(len(raws))


async def parse_mails(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """Everything that a mail says."""
    raws, watch = mails(spec["items"]), Stopwatch()
    watch.start()
    for raw in raws:
        parse(raw, PROFILE)
    watch.stop()
    return watch.figure(len(raws))


async def fetch_bare(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """Search, fetch in batches, parse: kept nowhere, published nowhere, moved nowhere."""
    (mailbox,) = load(IntakeEmailSettings).mailboxes
    watch, read = Stopwatch(), 0
    watch.start()
    with IMAPClient(mailbox.host, port=mailbox.port, ssl=False) as client:
        assert mailbox.password is not None
        client.login(mailbox.user, mailbox.password.get_secret_value())
        client.select_folder("INBOX", readonly=True)
        uids = client.search()
        for start in range(0, len(uids), TOGETHER):
            for found in client.fetch(uids[start : start + TOGETHER], ["BODY.PEEK[]"]).values():
                message_from_bytes(found[b"BODY[]"])
                read += 1
    watch.stop()
    assert read == spec["items"]
    return watch.figure(read)


async def drain(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The taking of mails, from its sign-in to the last mail moved; its processes are up, its indexes made."""
    settings, stop = load(IntakeEmailSettings), asyncio.Event()
    (mailbox,) = settings.mailboxes
    async with Closers() as closers:
        parts = await assemble(settings, closers)
        await parts.connection.prepare(INDEXES)
        await _start_processes(parts, mailbox.name)
        watched = WatchedMailbox(parts.open_mailbox(mailbox), spec["items"], stop)
        await taking_of(replace(parts, open_mailbox=watched.opened), mailbox).run(stop)
    return {**watched.watch.figure(spec["items"]), "more": {"peak_mib": watched.peak_mib}}


async def _start_processes(parts: Parts, mailbox: str) -> None:
    """The one that reads mails and the one that reads pictures; a mail in which each finds something."""
    raw = FILES["several-files"]
    await parts.pool.read([Task(mailbox, raw)])
    await parts.attaching.attach([Enclosing(uuid4(), parse(raw, PROFILE))])


class FamilyWatch(Stopwatch):
    """A stopwatch that counts the CPU of the child processes, too."""

    def start(self) -> None:
        """As ``Stopwatch.start``."""
        super().start()
        self._cpu = _family_seconds()

    def stop(self) -> None:
        """As ``Stopwatch.stop``."""
        super().stop()
        self.cpu_seconds = _family_seconds() - self._cpu


def _family_seconds() -> float:
    return cpu_seconds(tree(os.getpid())) + ended_children_seconds()


class WatchedMailbox:
    """A mailbox with a stopwatch, which ends the taking once so many mails are moved."""

    def __init__(self, mailbox: Mailbox, items: int, stop: asyncio.Event) -> None:
        self.watch = FamilyWatch()
        self.peak_mib = 0.0
        self._mailbox = mailbox
        self._left = items
        self._stop = stop

    def opened(self, _settings: object) -> Any:  # noqa: ANN401 - a Mailbox by what __getattr__ passes on
        """As ``Parts.open_mailbox``."""
        return self

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a mailbox has
        return getattr(self._mailbox, name)

    async def connect(self) -> None:
        """As ``Mailbox.connect``."""
        self.watch.start()
        await self._mailbox.connect()

    async def move(self, uids: Sequence[int], folder: str) -> None:
        """As ``Mailbox.move``."""
        await self._mailbox.move(uids, folder)
        self._left -= len(uids)
        if self._left <= 0:
            self.watch.stop()
            self.peak_mib = peak_mib(tree(os.getpid()))
            self._stop.set()
