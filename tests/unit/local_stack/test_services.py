"""What each process of the stack is told: its ports, its health port, and whose word counts where two say something else."""

import json
import socket
from pathlib import Path

import pytest

from local_stack.credentials import new_credentials
from local_stack.processes import PORTS, StackError, free_ports, is_free, is_listening
from local_stack.services import (
    COMMANDS,
    PORT_VARIABLES,
    STOPPING_ORDER,
    USUAL_HEALTH_PORTS,
    Engines,
    Ports,
    common_environment,
    kind_of,
    ports_from,
    services,
    some_ports,
    usual_health_ports,
)
from local_stack.x_process import ACCOUNT_ID, new_keys

PORTS_HERE = Ports(8311, 8312, 8313, 8315, 8316, 8317, 8318, 8319)
OURS = Engines("127.0.0.1:8313", "mongodb://127.0.0.1:8315")
THEIRS = Engines("kafka.example.org:9092", "mongodb://db.example.org", is_kafka_ours=False)


def told(environ: dict[str, str], engines: Engines = OURS) -> dict[str, str]:
    return common_environment(environ, PORTS_HERE, engines, new_credentials(), Path("spool.sqlite"))


def test_ports_are_the_usual_ones_or_those_of_the_environment() -> None:
    """Every door has a variable; an empty one is none."""
    assert ports_from({}).variables == PORT_VARIABLES
    assert ports_from({"PORTAL_PORT": "9000", "KAFKA_PORT": ""}) == Ports(9000, 8312, 8313, 8315, 8316, 8317, 8318, 8319)


@pytest.mark.parametrize("wrong", ["0", "65536", "-1", "80a", "\uff18\uff10", "8311.0", " 8311"])
def test_what_is_no_port_is_named(wrong: str) -> None:
    """With its variable, before anything starts."""
    with pytest.raises(StackError, match=r"TRACKER_PORT=.* is not a port number"):
        ports_from({"TRACKER_PORT": wrong})


def test_two_doors_cannot_share_a_port() -> None:
    """The first would take it from the second."""
    with pytest.raises(StackError, match="must be different ports"):
        ports_from({"PORTAL_PORT": "8312"})


def test_free_ports_differ_and_are_free() -> None:
    """None is where the kernel hands out client ports."""
    found = free_ports(20)
    assert len(set(found)) == 20
    assert all(port in PORTS and is_free(port) for port in found)
    assert len(set(some_ports().variables.values())) == len(PORT_VARIABLES)


def test_a_taken_port_is_seen() -> None:
    """Taken means that somebody listens."""
    (port,) = free_ports(1)
    assert not is_listening(port)
    with socket.create_server(("127.0.0.1", port)):
        assert is_listening(port)
        assert not is_free(port)
    assert is_free(port)


def test_the_persons_environment_goes_before_our_defaults() -> None:
    """Whoever sets LOG_FORMAT or PUBLIC_BASE_URL means it."""
    assert told({})["LOG_FORMAT"] == "text"
    assert told({})["PUBLIC_BASE_URL"] == "http://127.0.0.1:8311"
    environment = told({"LOG_FORMAT": "json", "PUBLIC_BASE_URL": "https://311.example.org", "HOME": "/home/pat"})
    assert (environment["LOG_FORMAT"], environment["PUBLIC_BASE_URL"], environment["HOME"]) == (
        "json",
        "https://311.example.org",
        "/home/pat",
    )


def test_ports_engines_and_secrets_are_the_stacks() -> None:
    """They go before the environment: a process must not speak to another stack than its neighbours."""
    strays = {"TRACKER_URL": "http://elsewhere.example.org", "SPOOL_PATH": "/elsewhere", "TRACKING_NUMBER_SECRET": "x", "PORTAL_PORT": "1"}
    environment = told(strays)
    assert not set(strays.items()) & set(environment.items())
    assert environment["KAFKA_BOOTSTRAP_SERVERS"] == OURS.kafka_bootstrap_servers
    assert environment["MONGODB_URI"] == OURS.mongodb_uri


def test_mail_is_ours_unless_the_person_names_their_own() -> None:
    """Mailbox and server together."""
    environment = told({})
    (mailbox,) = json.loads(environment["MAILBOXES"])
    assert (mailbox["host"], mailbox["port"], environment["SMTP_PORT"]) == ("127.0.0.1", 8316, "8317")
    theirs = {"MAILBOXES": "[]", "SMTP_HOST": "mail.example.org", "SMTP_PORT": "465", "SMTP_SECURITY": "tls"}
    assert theirs.items() <= told(theirs).items()
    by_file = told({"MAILBOXES_FILE": "/run/mailboxes", "SMTP_HOST_FILE": "/run/host"})
    assert not {"MAILBOXES", "SMTP_HOST", "SMTP_PORT"} & set(by_file)


@pytest.mark.parametrize(
    ("given", "missing"),
    [("MAILBOXES", "SMTP_HOST"), ("MAILBOXES_FILE", "SMTP_HOST"), ("SMTP_HOST", "MAILBOXES"), ("SMTP_HOST_FILE", "MAILBOXES")],
)
def test_real_and_local_mail_never_mix(given: str, missing: str) -> None:
    """With one of the two nothing starts: test mails would be answered to residents, or residents' mails into a folder."""
    with pytest.raises(StackError, match=f"{missing} is not: real and local mail would mix. Set both"):
        told({given: "x", missing: ""})


def test_posts_stay_here_unless_the_person_names_the_real_x() -> None:
    """The stand-in's address, account and keys together, looked at often; of the real X nothing is touched, nor asked more often."""
    environment = told({"SOCIAL_POLL_SECONDS": "9"})
    assert environment["X_API_BASE"] == "http://127.0.0.1:8319"
    assert json.loads(environment["SOCIAL_PHOTO_ORIGINS"]) == ["http://127.0.0.1:8319"]
    assert json.loads(environment["X_ACCOUNT_IDS"]) == [ACCOUNT_ID]
    assert all(environment[name] for name in new_keys())
    assert (environment["SOCIAL_POLL_SECONDS"], environment["SOCIAL_FIRST_START"]) == ("9", "all")
    theirs = {"X_BEARER_TOKEN": "x", "X_ACCOUNT_IDS": '["7"]'}
    for real in (theirs, {"X_BEARER_TOKEN_FILE": "/run/token"}):
        environment = told(real)
        assert {name: value for name, value in environment.items() if name.startswith(("X_", "SOCIAL_"))} == real


@pytest.mark.parametrize("given", ["X_CONSUMER_KEY", "X_ACCESS_TOKEN_SECRET_FILE", "X_API_BASE", "X_ACCOUNT_IDS"])
def test_real_and_local_posts_never_mix(given: str) -> None:
    """Whoever names a part of the real X means it, or nothing: a test's posts would be answered in public."""
    with pytest.raises(StackError, match=f"{given} is set and X_BEARER_TOKEN is not: real and local posts would mix"):
        told({given: "x", "X_BEARER_TOKEN": ""})


def test_our_node_has_one_replica_and_a_real_cluster_its_own() -> None:
    """The settings of one node are not forced upon servers that the environment names."""
    assert told({})["KAFKA_REPLICATION_FACTOR"] == "1"
    assert "KAFKA_REPLICATION_FACTOR" not in told({}, THEIRS)
    assert told({}, THEIRS)["KAFKA_BOOTSTRAP_SERVERS"] == "kafka.example.org:9092"


def test_every_process_has_a_health_port_of_its_own() -> None:
    """Copies too; each is told which."""
    found = services({}, {"normalizer": 3, "tracker-project": 2})
    assert [service.name for service in found] == [
        *(
            "intake-web",
            "intake-email",
            "intake-social",
            "normalizer",
            "normalizer-2",
            "normalizer-3",
            "tracker-project",
            "tracker-project-2",
            "tracker-serve",
        )
    ]
    assert len({service.health_port for service in found}) == len(found)
    assert all(service.environment["HEALTH_PORT"] == str(service.health_port) for service in found)
    assert {service.command[1:] for service in found if service.name.startswith("normalizer")} == {("-m", "normalizer")}


def test_a_usual_health_port_that_is_taken_is_left_alone() -> None:
    """Then another one is chosen, as ``run.json`` tells."""
    free, taken = free_ports(2)
    with socket.create_server(("127.0.0.1", taken)):
        found = {service.name: service for service in services({}, None, {"normalizer": taken, "intake-web": free})}
    assert found["normalizer"].health_port != taken
    assert found["intake-web"].health_port == free


def test_only_the_usual_stack_has_the_usual_health_ports() -> None:
    """Two stacks that start at once would both find them free."""
    assert usual_health_ports(ports_from({})) == USUAL_HEALTH_PORTS
    assert not usual_health_ports(some_ports())
    assert set(USUAL_HEALTH_PORTS) == set(COMMANDS)


def test_every_kind_has_its_place_on_the_way_down() -> None:
    """A kind without one would never be stopped."""
    assert sorted(name for step in STOPPING_ORDER for name in step) == sorted(COMMANDS)


@pytest.mark.parametrize(
    ("name", "kind"), [("normalizer", "normalizer"), ("normalizer-2", "normalizer"), ("tracker-project-12", "tracker-project")]
)
def test_a_copy_is_of_its_kind(name: str, kind: str) -> None:
    """Copies are stopped with the first."""
    assert kind_of(name) == kind
