"""What ``make run`` says to the person at the terminal; plain lines where there is no terminal."""

from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from local_stack.desk_process import OWN_ADDRESS
from local_stack.stack import Stack

ENGINES = {"kafka": "Apache Kafka", "mongodb": "MongoDB (secantusdb)", "mailbox": "mailbox (pymap)", "x": "X (a stand-in)"}


class Screen:
    """Prints; decides nothing."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._bar: Progress | None = None
        self._is_stopping = False

    def say(self, sentence: str) -> None:
        """One line; where a bar was, it is over."""
        self._end_bar()
        self._console.print(escape(sentence))

    def fetched(self, done: int, total: int) -> None:
        """Kafka's jars arrive; nothing is shown where all were there."""
        if done < total:
            self._bar = self._bar or self._new_bar(total)
            self._bar.update(self._bar.task_ids[0], completed=done)
        elif self._bar:
            self.say(f"  Kafka's {total} jars are fetched and checked")

    def _new_bar(self, total: int) -> Progress:
        self.say("  fetching Apache Kafka (43 MB, this once) ...")
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
        bar = Progress(*columns, console=self._console, transient=True)
        bar.add_task("jars", total=total)
        bar.start()
        return bar

    def _end_bar(self) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None

    def ready(self, name: str, seconds: float) -> None:
        """A process does its work."""
        self._console.print(f"  [green]ready[/] {ENGINES.get(name, name):22} {seconds:5.1f} s")

    def died(self, death: str, lines: list[str], gap: float) -> None:
        """A process ended by itself: which, why, and what is done about it."""
        time = datetime.now().astimezone().strftime("%H:%M:%S")
        self._console.print(f"[bold red]{time} {escape(death)}.[/] {'Its last lines:' if lines else 'It had written nothing.'}")
        for line in lines:
            self._console.print(f"    {escape(line)}")
        self._console.print(f"  starting it again in {gap:.1f} s", soft_wrap=True)

    def stopping(self) -> None:
        """The way down began."""
        self._end_bar()
        self._console.print("\nStopping in order (Ctrl-C again kills) ...")

    def table(self, stack: Stack, seconds: float) -> None:
        """Everything is ready: where it is, and a first thing to try."""
        credentials = stack.given.credentials
        self._console.print(f"\n[bold]Cary 311 is ready[/] ({seconds:.1f} s)")
        rows = {
            "Residents' portal": stack.portal_url,
            "Open311 GeoReport v2": f"{stack.portal_url}/open311/v2/services.json",
            "Tracker's API": f"{stack.tracker_url}/docs",
            "Staff key": credentials.staff_key,
            "Open311 key": credentials.open311_key,
            "Kafka": stack.engines.kafka_bootstrap_servers,
            "MongoDB": stack.engines.mongodb_uri if stack.mongodb else "as MONGODB_URI says",
            "Mailbox (IMAP)": f"127.0.0.1:{stack.mailbox.port}" if stack.mailbox else "as MAILBOXES says",
            "Mail, read and write": stack.desk.url if stack.desk else "as SMTP_HOST says",
            "X, read and write": stack.x.url if stack.x else "as X_BEARER_TOKEN says",
            "Logs": str(stack.given.logs),
            "For scripts": str(stack.given.data.parent / "run.json"),
        }
        for name, value in rows.items():
            self._console.print(f"  {name:22}{escape(value)}")  # no table: a key or an address that it cuts cannot be copied
        self._console.print("\nTry first: open the portal and report something, or fill the system with examples: make demo")
        self._console.print("Or by hand:")
        self._console.print(
            f"  curl -s {stack.portal_url}/api/v1/submissions -H 'Content-Type: application/json' "
            """-d '{"description": "The swing in the park is broken", "address": "an invented park"}'"""
        )
        if stack.desk:
            self._console.print(
                f"A first mail: on the page {stack.desk.url}, or by SMTP to 127.0.0.1:{stack.desk.smtp_port}, to {OWN_ADDRESS}"
            )
        else:
            self._console.print("[bold]Real mail:[/] mails are taken out of MAILBOXES, and people are answered by SMTP_HOST.")
        if stack.x:
            self._console.print(f"A first post: on the page {stack.x.url}, and see the answer with its number below it")
        else:
            self._console.print("[bold]Real X:[/] posts are taken from X, and where the account's keys are set, answered there in public.")
        self._console.print("Ctrl-C stops everything; data is kept.")
