"""One stack at a time in a folder; what a dead one left is ended, and nothing that is somebody else's."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local_stack import running
from local_stack.credentials import new_credentials
from local_stack.places import Places, write_json
from local_stack.processes import Program, StackError, free_ports
from local_stack.running import MAIL, POSTS, Claim, Kind, end_left_behind, refuse_busy_ports, remember_processes
from local_stack.services import some_ports
from local_stack.stack import Given, Stack

KINDS = (MAIL, POSTS)
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
HOLDER = "import fcntl, sys, time; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)"


@pytest.fixture
def here(tmp_path: Path) -> Places:
    return Places(tmp_path)


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Program]:
    program = Program("sleeper", ["sleep", "60"], log=tmp_path / "sleeper.log")
    program.start()
    yield program
    program.kill()


async def test_a_folder_has_one_stack(here: Places) -> None:
    """The second is told where the first is and how to stop it."""
    claim = await Claim.take(here)
    claim.say("ready")
    write_json(here.run_file, {"portal_url": "http://127.0.0.1:8311"})
    with pytest.raises(StackError, match=rf"runs already at http://127\.0\.0\.1:8311 \(process {os.getpid()}\)"):
        await Claim.take(here)
    claim.release()
    (await Claim.take(here)).release()


async def test_one_that_stops_is_waited_for(here: Places) -> None:
    """Ctrl-C and `make run` at once: the second start goes on as soon as the first has stopped."""
    claim = await Claim.take(here)
    claim.say("stopping")
    next_one = asyncio.create_task(Claim.take(here))
    await asyncio.sleep(running.SETTLE_SECONDS + 0.3)
    assert not next_one.done()
    claim.release()
    (await asyncio.wait_for(next_one, 5)).release()


async def test_a_killed_one_holds_nothing(here: Places) -> None:
    """The kernel takes the claim of a process back, however it ends."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(here.lock_file)], stdout=subprocess.PIPE) as holder:  # noqa: ASYNC220 - a moment
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert Claim.is_taken(here)
        holder.kill()
    assert not Claim.is_taken(here)
    (await Claim.take(here)).release()


async def test_scripts_hear_of_a_stack_only_while_it_runs(here: Places) -> None:
    """A run.json that a killed stack left is not believed."""
    with pytest.raises(StackError, match="does not run in"):
        running.running(here)
    content = {"portal_url": "http://127.0.0.1:8311", "pids": {"supervisor": os.getpid()}}
    write_json(here.run_file, content)
    with pytest.raises(StackError, match="does not run in"):
        running.running(here)
    claim = await Claim.take(here)
    assert running.running(here) == content
    claim.release()


def test_busy_ports_are_all_named() -> None:
    """Each with its variable, who has it, and a command that helps."""
    first, second, free = free_ports(3)
    with socket.create_server(("127.0.0.1", first)), socket.create_server(("127.0.0.1", second)), pytest.raises(StackError) as refused:
        refuse_busy_ports({"PORTAL_PORT": first, "KAFKA_PORT": free, "TRACKER_PORT": second})
    lines = str(refused.value).splitlines()
    assert len(lines) == 2
    assert f"Port {first} is taken by another program" in lines[0]
    assert f"process {os.getpid()}" in lines[0]
    assert f"PORTAL_PORT={first + 100} make run" in lines[0]
    assert "TRACKER_PORT" in lines[1]
    refuse_busy_ports({"KAFKA_PORT": free})


def test_what_a_dead_run_left_is_ended(here: Places, sleeper: Program) -> None:
    """Its processes are found by what it wrote down, frozen ones too; the file goes with them."""
    remember_processes(here.processes_file, {"sleeper": sleeper})
    sleeper.pause()
    assert end_left_behind(here.processes_file) == ["sleeper"]
    assert not sleeper.is_running
    assert not here.processes_file.exists()
    assert end_left_behind(here.processes_file) == []


def test_one_that_does_not_listen_is_killed(here: Places, tmp_path: Path) -> None:
    """Past its time, SIGKILL."""
    deaf = Program("deaf", [sys.executable, "-c", DEAF], log=tmp_path / "deaf.log")
    deaf.start()
    while not deaf.log.read_text():
        assert deaf.is_running
    remember_processes(here.processes_file, {"deaf": deaf})
    assert end_left_behind(here.processes_file, grace_seconds=0.2) == ["deaf"]
    assert not deaf.is_running


def test_a_process_id_that_is_somebody_elses_by_now_is_left_alone(here: Places, sleeper: Program) -> None:
    """After a reboot the old ids belong to other programs; the time when each began tells."""
    began = psutil.Process(sleeper.pid).create_time()
    write_json(here.processes_file, {"kafka": {"pid": sleeper.pid, "began": began - 60}})
    assert end_left_behind(here.processes_file) == []
    assert sleeper.is_running


@pytest.mark.parametrize(
    "content", ["", "[]", '{"kafka": 7}', '{"kafka": {"pid": "x", "began": 1}}', '{"kafka": {}}', '{"kafka": {"pid": -1, "began": 1}}']
)
def test_a_damaged_list_of_processes_ends_nobody(here: Places, content: str) -> None:
    """It stops no start either."""
    here.processes_file.write_text(content)
    assert end_left_behind(here.processes_file) == []


@pytest.mark.parametrize("is_ours", [True, False])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_data_of_tests_meets_nothing_real(here: Places, kind: Kind, *, is_ours: bool) -> None:
    """Nor the other way round: who was reported there would be written to by the other server."""
    running.keep_apart(here, kind, is_ours=is_ours)
    running.keep_apart(here, kind, is_ours=is_ours)
    for other in KINDS:
        if other != kind:
            running.keep_apart(here, other, is_ours=not is_ours)
    with pytest.raises(StackError, match=f"{kind.name}, and {kind.by}.*make clean-data"):
        running.keep_apart(here, kind, is_ours=not is_ours)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_local_data_of_an_older_version_is_data_of_tests(here: Places, kind: Kind) -> None:
    """It noted nothing yet."""
    (here.data / kind.folder).mkdir(parents=True)
    with pytest.raises(StackError, match=f"about local {kind.name}"):
        running.keep_apart(here, kind, is_ours=False)
    running.keep_apart(here, kind, is_ours=True)


def test_scripts_are_told_where_mail_is(here: Places) -> None:
    """Addresses of our mail desk and mailbox, or nothing, and one word for which of the two it is."""
    own = {"MAILBOXES": "[]", "SMTP_HOST": "mail.example.org"}
    for environ, is_ours in (({}, True), (own, False)):
        stack = Stack(Given(here.data, here.logs, some_ports(), new_credentials(), environ))
        running.announce(here, stack)
        told = json.loads(here.run_file.read_text())
        mail = {name: told[name] for name in ("mailbox", "smtp_port", "mail_desk_url", "mail_folder", "mail_address")}
        assert told["is_mail_ours"] is is_ours
        assert all(mail.values()) is is_ours
        assert any(mail.values()) is is_ours


def test_scripts_are_told_where_posts_are(here: Places) -> None:
    """The page and the town's name there, or nothing."""
    for environ, is_ours in (({}, True), ({"X_BEARER_TOKEN": "hidden"}, False)):
        stack = Stack(Given(here.data, here.logs, some_ports(), new_credentials(), environ))
        running.announce(here, stack)
        told = json.loads(here.run_file.read_text())
        url = f"http://127.0.0.1:{stack.given.ports.x}"
        assert (told["is_x_ours"], told["x_url"], told["x_username"]) == ((True, url, "cary311") if is_ours else (False, None, None))
        assert "hidden" not in here.run_file.read_text()


def test_only_what_runs_is_remembered(here: Places, sleeper: Program, tmp_path: Path) -> None:
    """What was never started, or has ended, is nothing to clean up."""
    remember_processes(here.processes_file, {"sleeper": sleeper, "never": Program("never", ["sleep"], log=tmp_path / "never.log")})
    assert list(json.loads(here.processes_file.read_text())) == ["sleeper"]
