"""A mailbox over IMAP, as its own thread sees it: everything here blocks. The client library's exceptions stop here.

What the library leaves to us: UIDs in bounded searches, MOVE where the server has none, failures sorted by who must act.
"""

import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from imapclient import SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from intake_email.mailbox.client import Client
from intake_email.mailbox.facts import DEPENDENCY, ConnectionLostError, Facts, Selected, in_utc
from intake_email.mailbox.failures import imap_errors, signed_in
from intake_email.mailbox.sections import HEADER, header_and_text, section
from intake_email.mailbox.waking import Waking
from intake_email.mailbox_settings import MailboxSettings
from intake_email.sign_in import SignIn

SEARCH_WINDOW: Final = 50_000
"""UIDs looked at in one search: the library gives up on a line of a megabyte."""
MAX_FOUND: Final = 5_000
"""Mails of one search; the next one finds the next."""
MOVED_TOGETHER: Final = 100
"""Mails moved by one command: ten times as fast as one by one."""


class ImapMailbox:
    """One connection after the other to a mailbox. Methods block; each raises ``ConnectionLostError`` when the connection is lost."""

    def __init__(self, settings: MailboxSettings, sign_in: SignIn, *, connect_seconds: float, answer_seconds: float) -> None:
        self._settings = settings
        self._sign_in = sign_in
        self._timeout = SocketTimeout(connect_seconds, answer_seconds)
        self._client: Client | None = None
        self._socket: socket.socket | None = None
        self._good_until: float | None = None
        self._has_idle = True
        self._waking = Waking()

    # --- from any thread ---

    def wake(self) -> None:
        """End a ``wait`` at once."""
        self._waking.wake()

    def abort(self) -> None:
        """Cut the connection under whatever waits for it."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def is_worn_out(self) -> bool:
        """Whether the token runs out: connect again, in order, before the server cuts us off."""
        return self._good_until is not None and time.monotonic() >= self._good_until

    # --- from its own thread ---

    def connect(self) -> None:
        """Connect, sign in, make the folders that are missing.

        Raises:
            SignInRefusedError: the server knows no such user or password.
        """
        self.close()
        settings = self._settings
        credentials = self._sign_in()
        with imap_errors("connect"):
            context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
            is_tls = settings.tls == "tls"
            client = Client(settings.host, settings.port_in_use, ssl=is_tls, ssl_context=context, timeout=self._timeout)
            self._client = client
            self._socket = client.socket()
            if settings.tls == "starttls":
                client.starttls(context)
                self._socket = client.socket()
            client.quiet()
            signed_in(client, credentials)
            self._good_until = credentials.good_until
            for folder in (settings.folders.processed, settings.folders.quarantine, settings.folders.oversize, settings.folders.spam):
                self._ensure(folder)

    def select(self) -> Selected:
        """Open the inbox; open again, it tells whether UIDs still mean the same mails."""
        with imap_errors("select"):
            told = self._connected.select_folder(self._settings.folders.inbox)
            return Selected(int(told[b"UIDVALIDITY"]), int(told.get(b"UIDNEXT", 1)))

    def search(self, first_uid: int, uid_next: int) -> list[int]:
        """UIDs from ``first_uid`` on, ascending, ``MAX_FOUND`` at most. ``uid_next``: from ``select``."""
        found: list[int] = []
        with imap_errors("search"):
            start = first_uid
            while start + SEARCH_WINDOW < uid_next and len(found) < MAX_FOUND:
                found += self._found(start, str(start + SEARCH_WINDOW - 1))
                start += SEARCH_WINDOW
            if len(found) < MAX_FOUND:
                found += self._found(start, "*")
        return sorted(set(found))[:MAX_FOUND]

    def _found(self, start: int, end: str) -> list[int]:
        # ``start:*`` always finds the last mail, whatever its UID. What is deleted waits for somebody's EXPUNGE.
        return [uid for uid in self._connected.search(["UID", f"{start}:{end}", "UNDELETED"]) if uid >= start]

    def facts(self, uids: Sequence[int]) -> list[Facts]:
        """Of those that are still there, in their order."""
        with imap_errors("fetch"):
            told = self._connected.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
            there = [(uid, told[uid]) for uid in uids if uid in told]
            return [Facts(uid, int(items.get(b"RFC822.SIZE") or 0), in_utc(items.get(b"INTERNALDATE"))) for uid, items in there]

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails, unchanged and still unseen. One that is missing has gone, or cannot be had: ask ``facts``.

        Raises:
            RefusedError: the server cannot give one of them.
        """
        with imap_errors("fetch"):
            told = self._connected.fetch(uids, ["BODY.PEEK[]"])
            return {uid: told[uid][b"BODY[]"] for uid in uids if uid in told and told[uid].get(b"BODY[]") is not None}

    def fetch_header(self, uid: int) -> bytes:
        """The header alone.

        Raises:
            RefusedError: the server cannot give it.
        """
        with imap_errors("fetch"):
            return section(self._connected, uid, HEADER)

    def fetch_text(self, uid: int, max_bytes: int) -> bytes:
        """A mail of the header and the text; a mail without parts as far as ``max_bytes`` go."""
        with imap_errors("fetch"):
            return header_and_text(self._connected, uid, max_bytes)

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move to a folder, which is made where it is missing. Not crash-atomic; one that has gone meanwhile is no error.

        Raises:
            RefusedError: the server does not do it; the folder may be full.
        """
        with imap_errors("move"):
            try:
                self._moved(uids, folder)
            except IMAPClientAbortError:
                raise
            except IMAPClientError:
                self._ensure(folder)  # somebody deleted it
                self._moved(uids, folder)

    def move_back(self, folder: str) -> int:
        """Move everything in a folder into the inbox; how many mails there were. Leaves the folder open: ``select`` before going on.

        Raises:
            RefusedError: there is no such folder, or the server does not do it.
        """
        with imap_errors("move"):
            self._connected.select_folder(folder)
            found = self._connected.search(["UNDELETED"])
            for start in range(0, len(found), MOVED_TOGETHER):
                self._moved(found[start : start + MOVED_TOGETHER], self._settings.folders.inbox)
            return len(found)

    def append(self, folder: str, content: bytes) -> None:
        """Put a mail into a folder, which is made where it is missing.

        Raises:
            RefusedError: the server does not take it.
        """
        with imap_errors("append"):
            self._ensure(folder)
            self._connected.append(folder, content, flags=[b"\\Seen"])

    def holds(self, folder: str, message_id: str) -> bool:
        """Whether a folder has a mail with this Message-ID. Leaves the folder open.

        Raises:
            RefusedError: the server does not do it.
        """
        with imap_errors("search"):
            self._ensure(folder)
            self._connected.select_folder(folder, readonly=True)
            return bool(self._connected.search(["HEADER", "Message-ID", message_id]))

    def _moved(self, uids: Sequence[int], folder: str) -> None:
        client = self._connected
        if client.has_capability("MOVE"):
            client.move(uids, folder)
            return
        client.copy(uids, folder)
        client.add_flags(uids, [b"\\Deleted"], silent=True)
        if client.has_capability("UIDPLUS"):  # else EXPUNGE would remove what others have marked; searches leave out what is deleted
            client.uid_expunge(uids)

    def wait(self, seconds: float, *, poll_seconds: float) -> None:
        """Until something may have come, at most ``seconds``; without IDLE ``poll_seconds``. ``wake`` ends it.

        Raises:
            ConnectionLostError: the server is gone.
        """
        with imap_errors("idle"):
            client = self._connected
            if not (self._has_idle and client.has_capability("IDLE")):
                self._waking.sleep(None, min(seconds, poll_seconds))
                client.noop()
                return
            try:
                has_come = client.begin_idle()
            except IMAPClientAbortError:
                raise
            except IMAPClientError:
                self._has_idle = False  # it said that it could
                return
            if not has_come:
                self._waking.sleep(client.socket(), seconds)
            client.idle_done()  # reads the server's answer: one that is gone shows here, whatever ended the wait

    def close(self) -> None:
        """Leave, politely if the server still listens."""
        client, self._client, self._socket, self._good_until = self._client, None, None, None
        if client is None:
            return
        with suppress(Exception):  # whatever goes wrong, it is over
            client.socket().settimeout(1.0)
            client.logout()
        with suppress(Exception):
            client.shutdown()

    def dispose(self) -> None:
        """Close everything, for good."""
        self.close()
        self._waking.close()

    def _ensure(self, folder: str) -> None:
        client = self._connected
        if client.folder_exists(folder):
            return
        with suppress(IMAPClientError):  # somebody else made it meanwhile, or the server does not let us: moving will tell
            client.create_folder(folder)
            client.subscribe_folder(folder)

    @property
    def _connected(self) -> Any:  # noqa: ANN401 - the library has no types
        if self._client is None:
            raise ConnectionLostError(DEPENDENCY, "not connected")
        return self._client
