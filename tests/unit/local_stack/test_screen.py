"""What a person at the terminal reads."""

import io
import os
import time
from pathlib import Path

from rich.console import Console

from local_stack.credentials import new_credentials
from local_stack.desk_process import OWN_ADDRESS
from local_stack.screen import Screen
from local_stack.services import some_ports
from local_stack.stack import Given, Stack
from local_stack.supervisor import FIRST_GAP_SECONDS, LONGEST_GAP_SECONDS, gap_before_restart


class Terminal:
    """A screen of eighty columns, and what it shows."""

    def __init__(self, *, is_terminal: bool = False) -> None:
        self.file = io.StringIO()
        self.screen = Screen(Console(file=self.file, width=80, highlight=False, soft_wrap=True, force_terminal=is_terminal))

    @property
    def shown(self) -> str:
        return self.file.getvalue()


def stack(folder: Path) -> Stack:
    return Stack(Given(folder / "data", folder / "logs", some_ports(), new_credentials(), {}))


def test_addresses_and_keys_are_whole(tmp_path: Path) -> None:
    """On a narrow terminal too: what is cut cannot be copied."""
    terminal, made = Terminal(), stack(tmp_path)
    terminal.screen.table(made, 7.25)
    credentials = made.given.credentials
    for told in (
        made.portal_url,
        made.tracker_url,
        credentials.staff_key,
        credentials.open311_key,
        str(tmp_path / "logs"),
        "make demo",
        "7.2 s",
    ):
        assert any(told in line for line in terminal.shown.splitlines()), told
    assert credentials.tracking_number_secret not in terminal.shown


def test_the_address_of_somebody_elses_mongodb_is_not_shown(tmp_path: Path) -> None:
    """There may be a password in it."""
    given = Given(tmp_path, tmp_path, some_ports(), new_credentials(), {"MONGODB_URI": "mongodb://pat:hidden@db.example.org"})
    terminal = Terminal()
    terminal.screen.table(Stack(given), 1.0)
    assert "hidden" not in terminal.shown


def test_where_mail_is(tmp_path: Path) -> None:
    """The mailbox, the page and how to write the first one; of somebody's own servers no address, but that mail is real."""
    terminal, made = Terminal(), stack(tmp_path)
    terminal.screen.table(made, 1.0)
    assert made.desk is not None
    for told in (f"127.0.0.1:{made.given.ports.mailbox}", made.desk.url, f"127.0.0.1:{made.given.ports.mail}", OWN_ADDRESS):
        assert told in terminal.shown
    assert "Real mail" not in terminal.shown

    own = {"MAILBOXES": '[{"password": "hidden"}]', "SMTP_HOST": "mail.example.org"}
    terminal = Terminal()
    terminal.screen.table(Stack(Given(tmp_path, tmp_path, some_ports(), new_credentials(), own)), 1.0)
    assert "Real mail" in terminal.shown
    assert "as MAILBOXES says" in terminal.shown
    assert "as SMTP_HOST says" in terminal.shown
    assert "hidden" not in terminal.shown


def test_where_posts_are(tmp_path: Path) -> None:
    """The page and how to write the first one; of the real X that it is real, and no token."""
    terminal, made = Terminal(), stack(tmp_path)
    terminal.screen.table(made, 1.0)
    assert terminal.shown.count(f"http://127.0.0.1:{made.given.ports.x}") == 2
    assert "A first post" in terminal.shown
    assert "Real X" not in terminal.shown
    assert not any(key in terminal.shown for key in made.given.credentials.x_keys.values())

    terminal = Terminal()
    terminal.screen.table(Stack(Given(tmp_path, tmp_path, some_ports(), new_credentials(), {"X_BEARER_TOKEN": "hidden"})), 1.0)
    assert "Real X" in terminal.shown
    assert "as X_BEARER_TOKEN says" in terminal.shown
    assert "hidden" not in terminal.shown


def test_a_death_is_told_with_the_end_of_its_log() -> None:
    """Brackets in a log are text, not colours."""
    terminal = Terminal()
    terminal.screen.died("normalizer ended with exit code 1", ["[red]not a colour[/red]", "KeyError: 'x'"], 2.0)
    assert "normalizer ended with exit code 1" in terminal.shown
    assert "[red]not a colour[/red]" in terminal.shown
    assert "again in 2.0 s" in terminal.shown


def test_jars_that_are_there_are_no_news() -> None:
    """Only a first start fetches, and only it says so."""
    terminal = Terminal()
    terminal.screen.fetched(46, 46)
    assert terminal.shown == ""
    terminal.screen.fetched(0, 46)
    terminal.screen.fetched(1, 46)
    terminal.screen.fetched(46, 46)
    assert "fetching Apache Kafka" in terminal.shown
    assert "46 jars are fetched and checked" in terminal.shown


def test_a_stop_while_jars_arrive_takes_the_bar_away() -> None:
    """Else it would paint over what comes next."""
    terminal = Terminal(is_terminal=True)
    terminal.screen.fetched(0, 46)
    terminal.screen.stopping()
    shown = terminal.shown
    terminal.screen.fetched(46, 46)
    assert "Stopping" in shown
    assert terminal.shown == shown


def test_jars_that_cannot_be_had_end_the_bar() -> None:
    """What stands in is said on a line of its own, and nothing moves below it any more."""
    terminal = Terminal(is_terminal=True)
    terminal.screen.fetched(0, 46)
    terminal.screen.say("noida-db stands in")
    shown = terminal.shown
    time.sleep(0.3)
    assert terminal.shown == shown
    assert terminal.screen._bar is None


def test_gaps_grow_up_to_a_limit() -> None:
    """What dies again and again is started less and less often, and never given up."""
    gaps = [gap_before_restart(deaths) for deaths in range(1, 2_000)]
    assert gaps[:4] == [FIRST_GAP_SECONDS, 1.0, 2.0, 4.0]
    assert gaps == sorted(gaps)
    assert set(gaps[8:]) == {LONGEST_GAP_SECONDS}


def test_no_colours_where_there_is_no_terminal() -> None:
    """A log of ``make run`` is plain text."""
    terminal = Terminal()
    terminal.screen.ready("kafka", 1.0)
    terminal.screen.say("a [sentence]")
    assert "\x1b" not in terminal.shown
    assert "Apache Kafka" in terminal.shown
    assert "a [sentence]" in terminal.shown
    assert os.linesep in terminal.shown
