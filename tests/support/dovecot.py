"""A Dovecot of its own, unprivileged, in a folder of the test: any user name logs in with ``pw``. Started in half a second."""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from local_stack.processes import free_ports, last_lines, tied_to_parent
from support.servers import is_ci

PASSWORD: Final = "pw"
START_SECONDS: Final = 15.0
_PROGRAM: Final = shutil.which("dovecot") or "/usr/sbin/dovecot"

CONFIGURATION: Final = """
base_dir = {d}/run
state_dir = {d}/state
log_path = {d}/log
info_log_path = {d}/log
{tls}
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = {uid}
first_valid_gid = {gid}
mail_home = {d}/home/%u
mail_location = {location}
mail_fsync = never
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = plain login
mail_max_userip_connections = 200
{more}
passdb {{
  driver = static
  args = password=pw
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={d}/home/%u {userdb}
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


def needs_dovecot() -> None:
    """Skip the test where Dovecot is missing; in CI, fail."""
    if not Path(_PROGRAM).exists():
        reason = "Dovecot is missing: apt-get install -y --no-install-recommends dovecot-core dovecot-imapd"
        pytest.fail(reason) if is_ci() else pytest.skip(reason)


@dataclass
class Dovecot:
    """The server. ``more``: lines of configuration; ``userdb``: extra fields of every user."""

    folder: Path
    port: int
    tls_port: int = 0
    location: str = "sdbox:~/sdbox"
    more: str = ""
    userdb: str = ""
    certificate: tuple[Path, Path] | None = None
    process: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def start(self) -> None:
        """Start it, or start it again on the same mails."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "home").mkdir(exist_ok=True)
        user = _user()
        if user.pw_uid != os.getuid():
            # The server refuses root for mail: everything belongs to an ordinary user.
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, user.pw_uid, user.pw_gid)
        settings = self.folder / "dovecot.conf"
        settings.write_text(self._configuration(user))
        self.process = await asyncio.create_subprocess_exec(
            *tied_to_parent([_PROGRAM, "-F", "-c", str(settings)]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        await asyncio.to_thread(self._wait_until_it_greets)

    def _configuration(self, user: pwd.struct_passwd) -> str:
        tls = "ssl = no"
        if self.certificate is not None:
            tls = f"ssl = yes\nssl_cert = <{self.certificate[0]}\nssl_key = <{self.certificate[1]}\nssl_min_protocol = TLSv1.2"
        import grp  # noqa: PLC0415 - of this system only

        return CONFIGURATION.format(
            d=self.folder,
            user=user.pw_name,
            group=grp.getgrgid(user.pw_gid).gr_name,
            uid=user.pw_uid,
            gid=user.pw_gid,
            port=self.port,
            tls_port=self.tls_port,
            location=self.location,
            tls=tls,
            more=self.more,
            userdb=self.userdb,
        )

    def _wait_until_it_greets(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                    if connection.recv(64).startswith(b"* OK"):
                        return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("\n".join(last_lines(self.folder / "log")))

    async def stop(self) -> None:
        """End it in order."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End it and all its processes at once."""
        await self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop it and all its processes where they are: connections stay open and nothing is answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            for pid in (self.process.pid, *_children(self.process.pid)):
                _send(pid, number)

    async def _end(self, number: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        children = _children(process.pid)
        try:
            process.send_signal(number)
            if number is signal.SIGKILL:
                for child in children:
                    _send(child, number)
            await asyncio.wait_for(process.wait(), 10)
        finally:
            for child in children:
                _send(child, signal.SIGKILL)
        pid = self.folder / "run" / "master.pid"
        pid.unlink(missing_ok=True)

    async def forget_uids(self, user: str) -> None:
        """Stop, let the folder's UIDs mean other mails (another UIDVALIDITY), start again. For a Maildir."""
        await self.stop()
        for path in (self.folder / "home" / user).rglob("dovecot*"):
            if path.is_file():
                path.unlink()
        await self.start()

    def log(self) -> str:
        """What it wrote."""
        return (self.folder / "log").read_text("utf-8", "replace") if (self.folder / "log").exists() else ""


def _user() -> pwd.struct_passwd:
    return pwd.getpwuid(os.getuid()) if os.getuid() else pwd.getpwnam("nobody")


def _children(pid: int) -> list[int]:
    found: list[int] = []
    waiting = [pid]
    while waiting:
        try:
            below = Path(f"/proc/{(parent := waiting.pop())}/task/{parent}/children").read_text().split()
        except OSError:
            continue
        found += map(int, below)
        waiting += map(int, below)
    return found


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


@asynccontextmanager
async def dovecot(**options: Any) -> AsyncIterator[Dovecot]:  # noqa: ANN401 - fields of ``Dovecot`` by name
    """A running server, in a folder of its own: pytest's are closed to the user that it runs as."""
    needs_dovecot()
    ports = free_ports(2)
    with tempfile.TemporaryDirectory(prefix="dovecot-") as folder:
        Path(folder).chmod(0o755)  # noqa: ASYNC240 - a local folder, before anything else runs
        made = Dovecot(Path(folder), ports[0], **{"tls_port": ports[1] if "certificate" in options else 0, **options})
        await made.start()
        try:
            yield made
        finally:
            await made.stop()


def throwaway_authority(folder: Path) -> tuple[Path, Path, Path]:
    """The certificate of an authority, and a certificate and key that it gave to ``localhost``. Needs openssl."""
    folder.mkdir(parents=True, exist_ok=True)
    run: Callable[..., object] = lambda *args: subprocess.run(["openssl", *args], check=True, capture_output=True, cwd=folder)  # noqa: E731 - one line
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA")
    run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "req.pem", "-subj", "/CN=localhost")
    (folder / "ext").write_text("subjectAltName=DNS:localhost")
    run(
        "x509",
        "-req",
        "-in",
        "req.pem",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-out",
        "cert.pem",
        "-days",
        "2",
        "-extfile",
        "ext",
    )
    for name in ("key.pem", "cert.pem", "ca.pem"):
        (folder / name).chmod(0o644)
    ssl.create_default_context(cafile=str(folder / "ca.pem"))  # raises for what is no certificate
    return folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
