"""What an operator may ask: what would be made of a mail, and a second chance for what was put aside."""

import json
from pathlib import Path

import pytest

from intake_email.cli import app
from shared.cli import run
from shared.settings import MongoSettings
from support.dovecot import Dovecot
from support.imap_process import mailbox_environment
from support.imap_service import email_world
from support.imap_user import ImapUser, mail
from support.servers import unique


@pytest.fixture
async def user(mail_server: Dovecot, monkeypatch: pytest.MonkeyPatch) -> ImapUser:
    """An account that the environment names."""
    user = ImapUser(mail_server.port, unique("operator"))
    for name, value in mailbox_environment(mail_server.port, user.name).items():
        monkeypatch.setenv(name, value)
    return user


def test_a_dry_run_prints_the_submission(user: ImapUser, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As it would be published, with what decided; nothing is kept."""
    file = tmp_path / "letter.eml"
    file.write_bytes(mail("The lamp is dark.", files=[(b"%PDF-1.7", "application/pdf", "a.pdf")]))

    assert run(app, ["dry-run", str(file)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["text"], printed["channel"], printed["reporter"]["email"]) == ("The lamp is dark.", "email", "ana@example.org")
    assert printed["mail"]["files"][0]["media_type"] == "application/pdf"
    assert printed["mail"]["signs_of_a_machine"] == []


@pytest.mark.parametrize("arguments", [["dry-run", "no-such-file.eml"], ["requeue", "--mailbox", "other"]])
def test_what_is_not_there_is_a_sentence(user: ImapUser, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """No stack trace."""
    assert run(app, arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


async def test_requeue_moves_what_was_put_aside_back(
    user: ImapUser, mail_server: Dovecot, mongo_settings: MongoSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside a running service, which takes it."""
    await user.put(*(mail(subject=f"mail {number}") for number in range(3)), folder="Quarantine")
    assert run(app, ["requeue"]) == 0

    assert "3 mails moved back into the inbox of town." in capsys.readouterr().out
    assert await user.counts() == {"INBOX": 3}
    async with email_world(mail_server.port, mongo_settings, mailbox={"user": user.name}) as world:
        await world.drained()
        assert len(world.kafka.records) == 3
