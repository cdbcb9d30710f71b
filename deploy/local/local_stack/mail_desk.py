"""``python -m local_stack.mail_desk``: the local mail server, and a page to write to 311 and to read what 311 writes.

Mail to our own address is put into the mailbox, as a real server would deliver it; mail to anybody else is kept in a folder and
shown on the page. It listens on this machine only, and asks nobody who they are.
"""

import argparse
import email.utils
import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from pathlib import Path

import uvicorn
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from local_stack.page_style import STYLE

MAX_MAIL_BYTES = 30 * 1024 * 1024
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Post:
    """Where mail goes."""

    own_address: str
    maildir: Path
    """Of our own address."""
    kept: Path
    """Of everybody else: one file a mail."""

    def is_ours(self, recipient: str) -> bool:
        """Our address, with or without a tag behind a plus."""
        local, _, domain = recipient.lower().rpartition("@")
        return f"{local.partition('+')[0]}@{domain}" == self.own_address.lower()

    def deliver(self, content: bytes, recipients: list[str]) -> None:
        """Put a mail where its recipients find it; it appears whole or not at all."""
        if any(self.is_ours(recipient) for recipient in recipients):
            _write(self.maildir / "tmp", self.maildir / "new", f"{int(time.time())}.{uuid.uuid4().hex}.local", content)
        if not all(self.is_ours(recipient) for recipient in recipients):
            _write(self.kept / "tmp", self.kept, f"{time.time_ns()}-{uuid.uuid4().hex[:8]}.eml", content)

    def mails(self) -> Iterator[tuple[str, EmailMessage]]:
        """What 311 wrote, the newest first."""
        for path in sorted(self.kept.glob("*.eml"), reverse=True)[:SHOWN]:
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            if isinstance(message, EmailMessage):
                yield path.stem, message


def _write(unfinished: Path, folder: Path, name: str, content: bytes) -> None:
    unfinished.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    part = unfinished / name
    part.write_bytes(content)
    os.replace(part, folder / name)  # noqa: PTH105 - a rename, as maildir wants it


class Door:
    """The SMTP side."""

    def __init__(self, post: Post) -> None:
        self._post = post

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a mail."""
        self._post.deliver(envelope.original_content or b"", list(envelope.rcpt_tos))
        return "250 kept"


class Desk:
    """The page."""

    def __init__(self, post: Post, smtp_port: int) -> None:
        self._post = post
        self._smtp_port = smtp_port

    async def show(self, request: Request) -> Response:
        """Everything that 311 wrote, and a form to write to it; ``?to=`` answers one of the mails."""
        answered = next((mail for name, mail in self._post.mails() if name == request.query_params.get("to")), None)
        articles = "".join(_article(name, mail) for name, mail in self._post.mails())
        page = (
            '<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width,initial-scale=1">'
            f"<title>Mail to and from 311</title><style>{STYLE}</style><main><h1>Mail to and from 311</h1>{self._form(answered)}"
            f"<p>Or by any mail program: SMTP on 127.0.0.1:{self._smtp_port}, no password, to {escape(self._post.own_address)}.</p>"
            f"<h2>What 311 wrote</h2>{articles or '<p>Nothing yet.</p>'}</main></html>"
        )
        return HTMLResponse(page)

    def _form(self, answered: EmailMessage | None) -> str:
        to = str(answered["Reply-To"] or answered["From"]) if answered else self._post.own_address
        subject = f"Re: {answered['Subject']}" if answered else ""
        sender = str(answered["To"]) if answered else "pat@example.org"
        reference = str(answered["Message-ID"]) if answered else ""
        fields = {"from": sender, "to": to, "subject": subject}
        inputs = "".join(f'<label>{name.title()}<input name="{name}" value="{escape(value)}"></label>' for name, value in fields.items())
        return (
            f'<form method=post action="/"><input type=hidden name=reference value="{escape(reference)}">{inputs}'
            "<label>Text<textarea name=text rows=6 required></textarea></label><button>Send</button></form>"
        )

    async def send(self, request: Request) -> Response:
        """Deliver what was typed."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        mail = EmailMessage(policy.SMTP)
        for name in ("from", "to", "subject"):
            mail[name.title()] = " ".join(form.get(name, "").split())
        mail["Date"] = email.utils.localtime()
        mail["Message-ID"] = email.utils.make_msgid(domain="desk.example.org")
        if form.get("reference"):
            mail["In-Reply-To"] = mail["References"] = form["reference"]
        mail.set_content(form.get("text", ""))
        self._post.deliver(mail.as_bytes(), [address for _, address in email.utils.getaddresses([str(mail["To"])])])
        return RedirectResponse("/", status_code=303)


def _article(name: str, mail: EmailMessage) -> str:
    part = mail.get_body(("plain", "html"))
    text = str(part.get_content()) if part else ""
    head = f"<b>{escape(str(mail['Subject']))}</b><br>to {escape(str(mail['To']))}, {escape(str(mail['Date'] or 'undated'))}"
    return f'<article><p>{head} · <a href="/?to={name}">Answer</a></p><pre>{escape(text)}</pre></article>'


def page(post: Post, smtp_port: int) -> Starlette:
    """The page as an application."""
    desk = Desk(post, smtp_port)
    return Starlette(routes=[Route("/", desk.show), Route("/", desk.send, methods=["POST"])])


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(prog="local_stack.mail_desk")
    for name in ("smtp-port", "http-port"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--address", required=True, help="our own address")
    parser.add_argument("--maildir", type=Path, required=True, help="the INBOX of our own address")
    parser.add_argument("--kept", type=Path, required=True, help="where mail to others is kept")
    given = parser.parse_args()
    post = Post(given.address, given.maildir, given.kept)
    controller = Controller(Door(post), hostname="127.0.0.1", port=given.smtp_port, enable_SMTPUTF8=True, data_size_limit=MAX_MAIL_BYTES)
    controller.start()
    uvicorn.run(page(post, given.smtp_port), host="127.0.0.1", port=given.http_port, log_level="warning")


if __name__ == "__main__":
    main()
