"""``python -m local_stack up | demo | replay FILE | env | exec COMMAND ... | clean-data | prepare | lock-kafka``"""

import argparse
import asyncio
import ctypes
import logging
import math
import os
import shlex
import shutil
import signal
import sys
from pathlib import Path

from local_stack import fetch, running
from local_stack.credentials import kept_credentials
from local_stack.places import Places, places
from local_stack.processes import StackError
from local_stack.services import MAIL_VARIABLES, ONE_NODE, Engines, Ports, common_environment
from local_stack.x_channel import X_VARIABLES

PR_SET_PDEATHSIG = 1


def main() -> int:
    """The exit code; what goes wrong in a known way is a sentence on stderr."""
    arguments = _parser().parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it cannot reach yet is our sentence, not its lines
    try:
        return _run(arguments)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="local_stack", description="The local Cary 311 stack.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start everything and stay")
    commands.add_parser("demo", help="send invented reports, mails and posts")
    replay = commands.add_parser("replay", help="post texts from a file of JSON lines")
    replay.add_argument("file", type=Path, help="one JSON object a line, with text")
    replay.add_argument("--salt", default="", help="another salt makes the same rows new reports")
    replay.add_argument("--concurrency", type=_count, default=32, help="posts under way at once")
    replay.add_argument("--per-second", type=_rate, default=None, help="posts to begin in a second (else as fast as it goes)")
    replay.add_argument("--limit", type=_count, default=None, help="only the first rows")
    commands.add_parser("env", help="print the environment of the running stack for a shell")
    execute = commands.add_parser("exec", help="run a command in the environment of the running stack")
    execute.add_argument("arguments", nargs=argparse.REMAINDER)
    commands.add_parser("clean-data", help="empty Kafka, MongoDB, the mailbox, the stand-in for X and the spool")
    commands.add_parser("prepare", help="fetch Apache Kafka and make what lets it start fast, once")
    commands.add_parser("lock-kafka", help="resolve Apache Kafka's jars into the lock")
    return parser


def _count(written: str) -> int:
    if not (written.isascii() and written.isdigit() and int(written) > 0):
        raise argparse.ArgumentTypeError(f"{written} is not a number from 1")
    return int(written)


def _rate(written: str) -> float:
    try:
        rate = float(written)
    except ValueError:
        rate = 0.0
    if not 0 < rate < math.inf:
        raise argparse.ArgumentTypeError(f"{written} is not a rate above 0")
    return rate


def _run(arguments: argparse.Namespace) -> int:
    here = places()
    match arguments.command:
        case "up":
            return _up(here)
        case "demo":
            from local_stack import demo  # noqa: PLC0415 - each command loads what it needs

            return asyncio.run(demo.send(running.running(here)))
        case "replay":
            from local_stack import replay  # noqa: PLC0415 - likewise

            options = replay.Options(arguments.file, arguments.salt, arguments.concurrency, arguments.limit, arguments.per_second)
            return asyncio.run(replay.run(running.running(here), options))
        case "env":
            for name, value in sorted(_told_to_services(here).items()):
                print(f"export {name}={shlex.quote(value)}")
        case "exec":
            _replace_this_process(here, arguments.arguments)
        case "clean-data":
            asyncio.run(_clean(here))
        case "prepare":
            asyncio.run(_prepare())
        case _:
            print(f"{fetch.write_lock()} jars are in {fetch.LOCK.name}: review the change")
    return 0


def _up(here: Places) -> int:
    from local_stack.screen import Screen  # noqa: PLC0415 - likewise
    from local_stack.supervisor import Supervisor  # noqa: PLC0415 - likewise

    if os.environ.get("MAKELEVEL") and sys.platform == "linux":
        # A killed make cannot pass a signal on; without this its stack would hold the ports for ever.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    asyncio.run(Supervisor(here, Screen()).run())
    return 0


async def _prepare() -> None:
    from local_stack import kafka, warming  # noqa: PLC0415 - likewise
    from local_stack.kafka_java import KafkaJava  # noqa: PLC0415 - likewise
    from local_stack.screen import Screen  # noqa: PLC0415 - likewise

    screen = Screen()
    try:
        jars = await asyncio.to_thread(fetch.kafka_jars, progress=screen.fetched)
    except fetch.FetchError as error:
        if os.environ.get("CI") == "true":
            raise
        screen.say(f"{error}. {kafka.FALL_BACK_NOTICE}")
    else:
        await warming.warmed(KafkaJava.with_jars(jars), fetch.cache_folder(), kafka.train, screen.say)
        screen.say("Apache Kafka is here and ready to start")


def _told_to_services(here: Places) -> dict[str, str]:
    """The variables that the running stack's services were given by it."""
    content = running.running(here)
    portal, tracker = (int(content[name].rpartition(":")[2]) for name in ("portal_url", "tracker_url"))
    engines = Engines(content["kafka_bootstrap_servers"], content["mongodb_uri"], is_kafka_ours=content["is_kafka_ours"])
    own = {name: value for name, value in os.environ.items() if name in AFFECTING}
    mailbox = content["mailbox"] or {"port": 0}
    x = int(content["x_url"].rpartition(":")[2]) if content["x_url"] else 0
    spool = here.data / "spool" / "spool.sqlite"
    return common_environment(
        own,
        Ports(portal, tracker, 0, 0, mailbox["port"], content["smtp_port"] or 0, 0, x),
        engines,
        kept_credentials(here.secrets_file),
        spool,
    )


AFFECTING = frozenset({*ONE_NODE, "PUBLIC_BASE_URL", "LOG_LEVEL", "LOG_FORMAT", *MAIL_VARIABLES, *X_VARIABLES})
"""What the person's own environment changes for a command as it does for the services."""


def _replace_this_process(here: Places, command: list[str]) -> None:
    environment = os.environ | _told_to_services(here)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    program = shutil.which(command[0], path=environment["PATH"]) if command else None
    if program is None:
        raise StackError(f"no such command: {shlex.join(command) or '(none given)'}")
    os.execve(program, command, environment)  # noqa: S606 - the command that was asked for


async def _clean(here: Places) -> None:
    claim = await running.Claim.take(here)
    try:
        running.end_left_behind(here.processes_file)
        shutil.rmtree(here.data, ignore_errors=True)
        shutil.rmtree(here.logs, ignore_errors=True)
        here.run_file.unlink(missing_ok=True)
    finally:
        claim.release()
    print(f"Emptied in {here.root}: Kafka, MongoDB, the mailbox, the stand-in for X, spool and logs. Keys and fetched jars stay.")


if __name__ == "__main__":
    sys.exit(main())
