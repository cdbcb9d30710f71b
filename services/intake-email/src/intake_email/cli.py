"""``cary311 intake-email …``: what would be made of a mail, and a second chance for what was put aside."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from intake_email.adjusting import adjusted
from intake_email.claims import resolve
from intake_email.mailbox.session import ImapMailbox
from intake_email.mailbox_settings import MailboxSettings
from intake_email.parse import parse
from intake_email.parsed import ParsedMail
from intake_email.settings import IntakeEmailSettings
from intake_email.sign_in import sign_in_of
from intake_email.submission import Circumstances, to_submission
from shared.errors import ConfigurationError
from shared.settings import load

app = typer.Typer(help="The mailbox.", no_args_is_help=True)

_FILE: Final = typer.Argument(exists=True, dir_okay=False, help="A mail as it was sent (message/rfc822, .eml).")
_MAILBOX: Final = typer.Option("--mailbox", help="Its name in MAILBOXES; without: the first one.")
_FOLDER: Final = typer.Option("--folder", help="Where the mails are; without: the mailbox's quarantine.")


@app.callback()
def _group() -> None:
    """A group stays one where it has a single command."""


@app.command("dry-run")
def dry_run(file: Annotated[Path, _FILE], mailbox: Annotated[str | None, _MAILBOX] = None) -> None:
    """Print what would be published for a mail, attachments by their digests. Nothing is kept or sent; no ledger is asked."""
    settings = load(IntakeEmailSettings)
    chosen = _chosen(settings, mailbox)
    profile = settings.profiles[chosen.name]
    mail = adjusted(parse(file.read_bytes(), profile, settings.parse_limits), settings.staff_addresses)
    circumstances = Circumstances(
        received_at=datetime.now(UTC),
        tracking_secret=settings.tracking_number_secret.get_secret_value(),
        claim=resolve(mail, {}),
    )
    submission = to_submission(mail, profile, circumstances)
    typer.echo(json.dumps({**json.loads(submission.encode()), "mail": _of_the_mail(mail)}, indent=2, ensure_ascii=False))


@app.command("requeue")
def requeue(mailbox: Annotated[str | None, _MAILBOX] = None, folder: Annotated[str | None, _FOLDER] = None) -> None:
    """Move what is in quarantine back into the inbox, beside a running service too. What can be read now follows up on its stand-in."""
    settings = load(IntakeEmailSettings)
    chosen = _chosen(settings, mailbox)
    imap = ImapMailbox(
        chosen, sign_in_of(chosen), connect_seconds=settings.imap_connect_seconds, answer_seconds=settings.imap_answer_seconds
    )
    try:
        imap.connect()
        moved = imap.move_back(folder or chosen.folders.quarantine)
    finally:
        imap.dispose()
    typer.echo(f"{moved} {'mail' if moved == 1 else 'mails'} moved back into the inbox of {chosen.name}.")


def _chosen(settings: IntakeEmailSettings, name: str | None) -> MailboxSettings:
    if not settings.mailboxes:
        raise ConfigurationError("wrong settings: MAILBOXES names no mailbox")
    found = next((mailbox for mailbox in settings.mailboxes if name in {None, mailbox.name}), None)
    if found is None:
        raise ConfigurationError(f"--mailbox: MAILBOXES names {', '.join(mailbox.name for mailbox in settings.mailboxes)}")
    return found


def _of_the_mail(mail: ParsedMail) -> dict[str, object]:
    """What decides and is not published."""
    return {
        "troubles": [trouble.value for trouble in mail.troubles],
        "signs_of_a_machine": [sign.value for sign in mail.signs],
        "is_bounce": mail.bounce is not None,
        "may_be_answered": mail.may_be_answered,
        "files": [{"media_type": file.media_type, "size_bytes": len(file.data), "sha256": file.sha256} for file in mail.files_to_keep],
    }
