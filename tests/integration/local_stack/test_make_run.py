"""``make run`` as a person at a terminal has it: what it says, what it keeps, and how it ends.

The tests share one folder, so that most of them find the system running; each would start it as well.
"""

import asyncio
import json
import re
import signal
import smtplib
import socket
import stat
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import httpx
import psutil
import pytest

from local_stack.desk_process import OWN_ADDRESS, LocalDesk
from local_stack.kafka import LocalKafka
from local_stack.mailbox import USER, LocalMailbox
from local_stack.mongo import LocalMongo
from local_stack.processes import free_ports
from local_stack.x_process import LocalX, new_keys
from support.local_run import LocalRun, is_alive, is_visible, report
from support.system import until

pytestmark = pytest.mark.timeout(300)  # the first one may have to start everything on a busy machine

SERVICES = {"intake-web", "intake-email", "intake-social", "normalizer", "tracker-project", "tracker-serve"}
POST = "@cary311 A lamp in front of 12 Invented Road is out #311Cary"
OUTSIDE = {"mailbox", "mail-desk", "x"}
"""What channels face: local servers in the place of the world's."""


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRun]:
    local = LocalRun(tmp_path_factory.mktemp("stack") / "local")
    yield local
    local.clear()


@pytest.fixture(scope="module")
def number(local: LocalRun) -> str:
    """A report that was made in the first run and is visible there."""
    run = local.ready()
    made = report(run, "A pothole that outlives every restart.")
    local.wait_for(lambda: is_visible(run, made))
    return made


def test_it_says_where_everything_is(local: LocalRun) -> None:
    """Once all is ready, ``run.json`` tells scripts where it is, to its owner alone, and the terminal tells the person."""
    run = local.ready()
    assert stat.S_IMODE(local.run_file.stat().st_mode) == 0o600
    assert run["portal_url"] == f"http://127.0.0.1:{local.ports['PORTAL_PORT']}"
    assert run["tracker_url"] == f"http://127.0.0.1:{local.ports['TRACKER_PORT']}"
    assert run["kafka_bootstrap_servers"] == f"127.0.0.1:{local.ports['KAFKA_PORT']}"
    assert set(run["pids"]) == SERVICES | OUTSIDE | {"kafka", "mongodb", "supervisor"}
    assert all(psutil.pid_exists(pid) for pid in run["pids"].values())
    assert {httpx.get(url, trust_env=False).status_code for url in run["health_urls"].values()} == {200}
    for told in (run["portal_url"], run["tracker_url"], run["staff_key"], run["open311_key"], run["mail_desk_url"], run["x_url"]):
        assert any(told in line for line in local.said.splitlines()), f"{told} is not whole on one line"


def test_its_keys_open_the_doors(local: LocalRun) -> None:
    """The staff key of ``run.json`` reads what only staff may."""
    run = local.ready()
    url = f"{run['tracker_url']}/api/v1/requests?needs_attention=true"
    assert httpx.get(url, trust_env=False).status_code == 401
    assert httpx.get(url, headers={"Authorization": f"Bearer {run['staff_key']}"}, trust_env=False).status_code == 200


def test_a_report_becomes_visible(local: LocalRun, number: str) -> None:
    """What is posted at the portal can be looked up at the tracker, and through the portal's GeoReport."""
    run = local.ready()
    found = httpx.get(f"{run['portal_url']}/open311/v2/requests/{number}.json", trust_env=False)
    assert found.json()[0]["service_request_id"] == number


def test_a_second_one_says_that_it_runs_already(local: LocalRun) -> None:
    """Two in one folder would break each other's data: the second says where the first is, in one sentence, and starts nothing."""
    run = local.ready()
    second = local.command("up")
    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert "runs already" in second.stderr
    assert run["portal_url"] in second.stderr
    assert str(run["pids"]["supervisor"]) in second.stderr
    assert local.supervisor.poll() is None
    assert local.ready() == run


def test_data_is_not_emptied_under_a_running_system(local: LocalRun, number: str) -> None:
    """``clean-data`` refuses while the system runs."""
    run = local.ready()
    refused = local.command("clean-data")
    assert refused.returncode == 1
    assert "runs already" in refused.stderr
    assert is_visible(run, number)


def test_a_replay_counts_what_became_of_each_line(local: LocalRun, tmp_path: Path) -> None:
    """Every line is accounted for; sent again, the file makes no new request, and other words that it names are refused as such."""
    local.ready()
    lines = [{"text": f"A pothole, the {ordinal}th."} for ordinal in range(1, 6)] + [
        {"text": "A lamp is out.", "service_code": "NO-SUCH"},
        {},
    ]
    file = tmp_path / "reports.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    first, second = local.command("replay", str(file)), local.command("replay", str(file))
    assert (first.returncode, second.returncode) == (0, 0), first.stdout + first.stderr
    for replayed in (first, second):
        counts = dict(re.findall(r"│ ([\w ]+?) +│ (\d+)", replayed.stdout))
        assert {name: int(count) for name, count in counts.items() if name != "looked for every"} == {
            "accepted": 5,
            "stored": 5,
            "lost": 0,
            "doubled": 0,
            "refused": 1,
            "not posted": 0,
            "bad lines": 1,
        }
        assert "line 6: HTTP 422" in replayed.stdout
        assert "line 7: has no text" in replayed.stdout
    assert re.search(r"accepted to visible +│ p50 \d+ ms, p99 \d+ ms", first.stdout)
    assert "5 of them were there before" in second.stdout


def test_a_demo_fills_the_system(local: LocalRun) -> None:
    """A dozen reports, a call, some mails and some posts, each with its number; a newcomer can open the first, and read the answers."""
    local.ready()
    demo = local.command("demo")
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert len(re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", demo.stdout)) >= 20
    assert "3 of 3 invented mails are answered" in demo.stdout
    assert "3 of 3 invented posts are replied to" in demo.stdout
    assert "is left to an advocate" in demo.stdout
    page = re.search(r"Follow the first: (\S+)", demo.stdout)
    assert page
    assert httpx.get(page.group(1), trust_env=False).status_code == 200


def test_a_file_that_is_not_there_is_a_sentence(local: LocalRun) -> None:
    """Not a stack trace."""
    local.ready()
    failed = local.command("replay", "/no/such/file.jsonl")
    assert failed.returncode == 1
    assert failed.stderr == "/no/such/file.jsonl cannot be read: No such file or directory\n"


def test_commands_have_the_environment_of_the_running_system(local: LocalRun) -> None:
    """``exec`` is what ``make reconcile`` and its like stand on: the same servers, ports and secrets as the services have."""
    run = local.ready()
    done = local.command("exec", "sh", "-c", 'echo "$KAFKA_BOOTSTRAP_SERVERS $TRACKER_URL"')
    assert done.stdout == f"{run['kafka_bootstrap_servers']} {run['tracker_url']}\n"
    assert local.command("exec", "no-such-command").stderr == "no such command: no-such-command\n"


def test_a_killed_service_is_named_and_started_again(local: LocalRun) -> None:
    """A process that dies is named with how it died and the end of its log, and another takes its place and its work."""
    run = local.ready()
    psutil.Process(run["pids"]["normalizer"]).kill()
    made = report(run, "A pothole while nobody normalizes.")
    local.wait_until_said("normalizer was ended by SIGKILL")
    local.wait_for(lambda: local.ready()["pids"]["normalizer"] != run["pids"]["normalizer"])
    local.wait_for(lambda: is_visible(run, made))
    told = local.said.partition("normalizer was ended by SIGKILL")[2].splitlines()
    last_of_log = (local.root / "logs" / "normalizer.log").read_text().splitlines()
    assert told[1].strip() in {line.strip() for line in last_of_log}


@pytest.mark.parametrize("name", ["mailbox", "mail-desk"])
def test_a_killed_mail_server_is_named_and_started_again(local: LocalRun, name: str) -> None:
    """Mails go on afterwards, and what was in the mailbox is there."""
    run = local.ready()
    before = {path.name.partition(":")[0] for path in (local.root / "data" / "mailbox").rglob("*.local*")}
    psutil.Process(run["pids"][name]).kill()
    local.wait_until_said(f"{name} was ended by SIGKILL")
    local.wait_for(lambda: local.ready()["pids"][name] != run["pids"][name])
    assert before <= {path.name.partition(":")[0] for path in (local.root / "data" / "mailbox").rglob("*.local*")}
    assert local.command("demo").returncode == 0


def test_a_post_is_replied_to_whatever_was_killed_meanwhile(local: LocalRun) -> None:
    """The stand-in for X and the service are killed behind it: both are named and started again, and there is one reply."""
    run = local.ready()
    written = httpx.post(f"{run['x_url']}/stand-in/posts", json={"username": "pat_example", "text": POST}, trust_env=False).json()
    for name in ("intake-social", "x"):
        psutil.Process(run["pids"][name]).kill()
    for name in ("intake-social", "x"):
        local.wait_until_said(f"{name} was ended by SIGKILL")
        local.wait_for(lambda name=name: local.ready()["pids"][name] != run["pids"][name])

    def replies() -> list[str]:
        try:
            below = httpx.get(f"{run['x_url']}/stand-in/posts/{written['id']}/replies", timeout=30, trust_env=False).json()
        except httpx.HTTPError:
            return []
        return [reply["text"] for reply in below]

    local.wait_for(replies)
    (text,) = replies()
    found = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", text)
    assert found
    assert is_visible(run, found[0])


def test_after_a_kill_the_next_start_cleans_up(local: LocalRun, number: str) -> None:
    """A supervisor killed -9 leaves processes behind (a frozen one hears no signal); the next start ends them, and all data is there."""
    local.ready()
    left = local.processes()["normalizer"]
    left.suspend()
    local.supervisor.kill()
    local.supervisor.wait()
    assert is_alive(left)
    run = local.ready()
    assert "A run before this one died" in local.said
    assert "normalizer" in next(line for line in local.said.splitlines() if "died" in line)
    assert not is_alive(left)
    assert is_visible(run, number)
    made = report(run, "A pothole after the kill.")
    local.wait_for(lambda: is_visible(run, made))


def test_sigterm_stops_the_doors_first_and_the_engines_last(local: LocalRun, number: str) -> None:
    """Stopping goes along the road, so that what was let in arrives; then nothing is left, and the exit code is 0."""
    run = local.ready()
    processes = {name: psutil.Process(pid) for name, pid in run["pids"].items() if name != "supervisor"}
    local.supervisor.send_signal(signal.SIGTERM)
    ended: list[str] = []
    while len(ended) < len(processes):
        ended += [name for name, process in processes.items() if name not in ended and not is_alive(process)]
        time.sleep(0.01)
    assert local.supervisor.wait(60) == 0
    assert set(ended[:3]) == {"intake-web", "intake-email", "intake-social"}
    assert set(ended[-5:]) == OUTSIDE | {"kafka", "mongodb"}
    assert not local.run_file.exists()
    assert "Stopped" in local.said


async def test_servers_that_the_environment_names_are_used(local: LocalRun, number: str) -> None:
    """``KAFKA_BOOTSTRAP_SERVERS`` and ``MONGODB_URI`` take the place of ours: none is started, and Ctrl-C stops none."""
    if local.run_file.exists():
        local.end()
    kafka_port, mongodb_port = free_ports(2)
    kafka, mongodb = LocalKafka(local.root / "data" / "kafka", kafka_port), LocalMongo(local.root / "data" / "mongodb", mongodb_port)
    one_node = {"KAFKA_PARTITIONS": "6", "KAFKA_REPLICATION_FACTOR": "1", "KAFKA_MIN_INSYNC_REPLICAS": "1"}
    async with kafka, mongodb:
        run = local.ready(KAFKA_BOOTSTRAP_SERVERS=kafka.bootstrap_servers, MONGODB_URI=mongodb.uri, **one_node)
        assert run["kafka_bootstrap_servers"] == kafka.bootstrap_servers
        assert set(run["pids"]) == SERVICES | OUTSIDE | {"supervisor"}
        assert is_visible(run, number)
        made = report(run, "A pothole on somebody else's servers.")
        local.wait_for(lambda: is_visible(run, made))
        assert local.end(signal.SIGINT) == 0
        assert kafka.program.is_running
        assert mongodb.program.is_running


def test_data_can_be_emptied(local: LocalRun, number: str) -> None:
    """``clean-data`` empties Kafka, MongoDB and the spool once the system is stopped, and keeps the keys."""
    if local.run_file.exists():
        local.end()
    assert (local.root / "data" / "mongodb").exists()
    emptied = local.command("clean-data")
    assert emptied.returncode == 0, emptied.stderr
    assert not (local.root / "data").exists()
    assert (local.root / "secrets.json").exists()


async def test_mail_servers_and_an_x_that_the_environment_names_are_used(local: LocalRun, tmp_path: Path) -> None:
    """``MAILBOXES`` and ``SMTP_HOST``, and X's keys, take the place of ours, in a folder without data of tests; a demo writes to nobody."""
    imap, smtp, page, x_port = free_ports(4)
    keys = new_keys()
    x = LocalX(tmp_path / "x", x_port, keys, options=("--at-ease",))
    real_x = {**keys, **x.settings(), "X_INDEXING_SECONDS": "0", "SOCIAL_POLL_SECONDS": "1", "SOCIAL_OVERLAP_SECONDS": "60"}
    mailbox = LocalMailbox(tmp_path / "mailbox", imap, "a-password", log=tmp_path / "mailbox.log")
    desk = LocalDesk(tmp_path / "kept", mailbox.folder, smtp, page, log=tmp_path / "desk.log")
    account = {"host": "127.0.0.1", "port": imap, "tls": "none", "user": USER, "password": "a-password", "own_addresses": [OWN_ADDRESS]}
    own = {"MAILBOXES": json.dumps([{"name": "own", **account}]), "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(smtp), "SMTP_SECURITY": "none"}
    if local.run_file.exists():
        local.end()
    for folder in ("mailbox", "x"):
        (local.root / "data" / folder).mkdir(parents=True, exist_ok=True)
    refused = local.command("up", **own)
    assert refused.returncode == 1
    assert "about local mail" in refused.stderr
    refused = local.command("up", **real_x)
    assert refused.returncode == 1
    assert "about local posts" in refused.stderr
    assert local.command("clean-data").returncode == 0
    async with mailbox, x:
        await desk.start()
        try:
            run = local.ready(**own, **real_x)
            assert (run["is_x_ours"], run["x_url"]) == (False, None)
            assert (run["is_mail_ours"], run["mailbox"], run["mail_desk_url"]) == (False, None, None)
            assert set(run["pids"]) == SERVICES | {"kafka", "mongodb", "supervisor"}
            demo = await asyncio.to_thread(local.command, "demo")
            assert demo.returncode == 0, demo.stderr
            assert "No mails are sent" in demo.stdout
            assert "No posts are written" in demo.stdout

            await asyncio.to_thread(_write_to, smtp, "pat@example.com", "The lamp in front of the invented library is dark.")
            local.wait_for(lambda: list(desk.kept.glob("*.eml")))
            mails = [message_from_bytes(path.read_bytes()) for path in desk.kept.glob("*.eml")]
            assert {mail["To"] for mail in mails} == {"pat@example.com"}
            async with httpx.AsyncClient(base_url=x.url, trust_env=False) as client:
                written = (await client.post("/stand-in/posts", json={"username": "pat_example", "text": POST})).json()
                await until(lambda: _replies(client, written["id"]), "a reply")
            assert local.end(signal.SIGINT) == 0
            assert mailbox.program.is_running
            assert x.program.is_running
        finally:
            await desk.stop()
    assert local.command("clean-data").returncode == 0


async def _replies(client: httpx.AsyncClient, native_id: str) -> list[object]:
    return list((await client.get(f"/stand-in/posts/{native_id}/replies")).json())


def _write_to(port: int, sender: str, text: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, OWN_ADDRESS, "A lamp", "<lamp@example.com>"
    mail.set_content(text)
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as server:
        server.send_message(mail)


def test_one_of_the_two_mail_servers_alone_is_a_sentence(tmp_path: Path) -> None:
    """Nothing starts: local and real mail would mix."""
    local = LocalRun(tmp_path / "local")
    for given, missing in (("MAILBOXES", "SMTP_HOST"), ("SMTP_HOST", "MAILBOXES")):
        failed = local.command("up", **{given: "[]"})
        assert failed.returncode == 1
        assert failed.stderr.startswith(f"{given} is set and {missing} is not: real and local mail would mix.")
        assert len(failed.stderr.splitlines()) == 1
    assert not (local.root / "data" / "kafka").exists()


def test_a_part_of_x_alone_is_a_sentence(tmp_path: Path) -> None:
    """Nothing starts: a test's posts would be answered in public, or the town's posts read into tests."""
    local = LocalRun(tmp_path / "local")
    failed = local.command("up", X_CONSUMER_KEY="x")
    assert failed.returncode == 1
    assert failed.stderr.startswith("X_CONSUMER_KEY is set and X_BEARER_TOKEN is not: real and local posts would mix.")
    assert len(failed.stderr.splitlines()) == 1
    assert not (local.root / "data" / "kafka").exists()


def test_ctrl_c_while_it_starts_leaves_nothing(tmp_path: Path) -> None:
    """A start that is interrupted ends what it had started, with exit code 0 and without a stack trace."""
    local = LocalRun(tmp_path / "local")
    local.start()
    local.wait_for(lambda: (local.root / "processes.json").exists() and local.processes())
    processes = local.processes()
    assert local.end(signal.SIGINT) == 0, local.said
    assert not any(is_alive(process) for process in processes.values())
    assert "Traceback" not in local.said


def test_a_busy_port_is_a_sentence(tmp_path: Path) -> None:
    """A taken port is named with its variable and a way out, before anything is started."""
    local = LocalRun(tmp_path / "local")
    with socket.create_server(("127.0.0.1", local.ports["TRACKER_PORT"])):
        failed = local.command("up")
    assert failed.returncode == 1
    assert len(failed.stderr.splitlines()) == 1
    assert f"Port {local.ports['TRACKER_PORT']} is taken" in failed.stderr
    assert "TRACKER_PORT=" in failed.stderr
    assert not (local.root / "processes.json").exists()
    assert not (local.root / "data" / "kafka").exists()
