"""Our processes: how each is started, what it is told by its environment, where its health is."""

import json
import sys
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from pathlib import Path

from local_stack.credentials import Credentials
from local_stack.desk_process import OWN_ADDRESS
from local_stack.kafka_java import PARTITIONS
from local_stack.mailbox import USER
from local_stack.processes import StackError, free_ports, is_free
from local_stack.x_channel import AT_EASE as X_AT_EASE
from local_stack.x_channel import is_x_ours
from local_stack.x_process import settings_at

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "intake-web": ("intake_web",),
    "intake-email": ("intake_email",),
    "intake-social": ("intake_social",),
    "normalizer": ("normalizer",),
    "tracker-project": ("tracker", "project"),
    "tracker-serve": ("tracker", "serve"),
}
STOPPING_ORDER = (("intake-web", "intake-email", "intake-social"), ("normalizer",), ("tracker-project",), ("tracker-serve",))
"""Doors first, then along the road, so that what was let in still arrives. Answers that are left wait in Kafka and the outbox."""
USUAL_HEALTH_PORTS = {
    "intake-web": 8_321,
    "normalizer": 8_322,
    "tracker-project": 8_323,
    "tracker-serve": 8_324,
    "intake-email": 8_325,
    "intake-social": 8_326,
}
NO_PORTS: Mapping[str, int] = {}
BOUNDARY = Path(__file__).parents[1] / "town-boundary.geojson"
"""Drawn by hand, for this machine."""
PORT_VARIABLES = {
    "PORTAL_PORT": 8_311,
    "TRACKER_PORT": 8_312,
    "KAFKA_PORT": 8_313,
    "MONGODB_PORT": 8_315,
    "MAILBOX_PORT": 8_316,
    "MAIL_PORT": 8_317,
    "MAIL_DESK_PORT": 8_318,
    "X_PORT": 8_319,
}
MAIL_VARIABLES = ("MAILBOXES", "MAILBOXES_FILE", "SMTP_HOST", "SMTP_HOST_FILE", "SMTP_PORT", "SMTP_SECURITY", "SMTP_USER", "SMTP_PASSWORD")
"""Whose mail is read and answered. Tests do not inherit them: theirs stays on this machine."""
ONE_NODE = {
    "KAFKA_PARTITIONS": str(PARTITIONS),
    "KAFKA_REPLICATION_FACTOR": "1",
    "KAFKA_MIN_INSYNC_REPLICAS": "1",
    "KAFKA_SESSION_TIMEOUT_MS": "6000",
}
AT_EASE = {
    "LOG_FORMAT": "text",
    "SHUTDOWN_SECONDS": "8",
    # Everything comes from one address here: demo, replay, tests.
    "ANONYMOUS_BURST": "1000000",
    "ANONYMOUS_PER_MINUTE": "1000000",
    "KEYED_BURST": "1000000",
    "KEYED_PER_MINUTE": "1000000",
    "MAILS_PER_ADDRESS_AND_HOUR": "1000",
    "MAILS_PER_HOUR": "1000000",
}


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the doors are."""

    portal: int
    tracker: int
    kafka: int
    mongodb: int
    mailbox: int
    """IMAP."""
    mail: int
    """SMTP of the mail desk."""
    mail_desk: int
    """Its page."""
    x: int
    """API and page of the stand-in for X."""

    @property
    def variables(self) -> dict[str, int]:
        """The ports by the variable that sets each."""
        return dict(zip(PORT_VARIABLES, astuple(self), strict=True))


def ports_from(environ: Mapping[str, str]) -> Ports:
    """The ports of ``make run``.

    Raises:
        StackError: a variable is not a port number, or two are the same.
    """
    chosen = []
    for variable, default in PORT_VARIABLES.items():
        text = environ.get(variable) or str(default)
        if not (text.isascii() and text.isdigit() and 0 < int(text) < 65_536):  # noqa: PLR2004 - the largest port
            raise StackError(f"{variable}={text} is not a port number")
        chosen.append(int(text))
    if len(set(chosen)) < len(chosen):
        raise StackError(f"{', '.join(PORT_VARIABLES)} must be different ports")
    return Ports(*chosen)


def some_ports() -> Ports:
    """Ports that are free now, for tests."""
    return Ports(*free_ports(len(PORT_VARIABLES)))


@dataclass(frozen=True, slots=True)
class Engines:
    """The servers underneath."""

    kafka_bootstrap_servers: str
    mongodb_uri: str = field(repr=False)
    is_kafka_ours: bool = True


@dataclass(frozen=True, slots=True)
class Service:
    """One process of ours."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    health_port: int

    @property
    def ready_url(self) -> str:
        """200 once it can do its work."""
        return f"http://127.0.0.1:{self.health_port}/readyz"

    @property
    def metrics_url(self) -> str:
        """For Prometheus."""
        return f"http://127.0.0.1:{self.health_port}/metrics"


def common_environment(environ: Mapping[str, str], ports: Ports, engines: Engines, credentials: Credentials, spool: Path) -> dict[str, str]:
    """What every process of the stack is told. The person's environment goes before our defaults, not before ports and secrets."""
    portal = f"http://127.0.0.1:{ports.portal}"
    one_node, of_x = ONE_NODE if engines.is_kafka_ours else {}, X_AT_EASE if is_x_ours(environ) else {}
    defaults = {**one_node, **AT_EASE, **of_x, "PUBLIC_BASE_URL": portal, "TOWN_BOUNDARY_FILE": str(BOUNDARY)}
    return {
        **defaults,
        **environ,
        "PORTAL_PORT": str(ports.portal),
        "TRACKER_PORT": str(ports.tracker),
        "TRACKER_URL": f"http://127.0.0.1:{ports.tracker}",
        "KAFKA_BOOTSTRAP_SERVERS": engines.kafka_bootstrap_servers,
        "MONGODB_URI": engines.mongodb_uri,
        "SPOOL_PATH": str(spool),
        **credentials.environment(),
        **_mail(environ, ports, credentials),
        **_x(environ, ports, credentials),
    }


def is_mail_ours(environ: Mapping[str, str]) -> bool:
    """Whether mail stays on this machine: the person names neither a mailbox to be read nor a server to send by.

    Raises:
        StackError: they name one of the two. Then test mails would be answered to real residents, or residents' mails into a folder here.
    """
    has_mailbox = bool(environ.get("MAILBOXES") or environ.get("MAILBOXES_FILE"))
    has_server = bool(environ.get("SMTP_HOST") or environ.get("SMTP_HOST_FILE"))
    if has_mailbox != has_server:
        given, missing = ("MAILBOXES", "SMTP_HOST") if has_mailbox else ("SMTP_HOST", "MAILBOXES")
        raise StackError(
            f"{given} is set and {missing} is not: real and local mail would mix. "
            f"Set both, and real mail is read and answered, or neither, and mail stays on this machine."
        )
    return not has_mailbox


def _mail(environ: Mapping[str, str], ports: Ports, credentials: Credentials) -> dict[str, str]:
    if not is_mail_ours(environ):
        return {}
    account = {"host": "127.0.0.1", "port": ports.mailbox, "tls": "none", "user": USER, "password": credentials.mailbox_password}
    mailbox = {"name": "local", **account, "own_addresses": [OWN_ADDRESS], "first_start": "all"}
    return {"MAILBOXES": json.dumps([mailbox]), "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(ports.mail), "SMTP_SECURITY": "none"}


def _x(environ: Mapping[str, str], ports: Ports, credentials: Credentials) -> dict[str, str]:
    return {**credentials.x_keys, **settings_at(ports.x)} if is_x_ours(environ) else {}


def services(
    common: Mapping[str, str], copies: Mapping[str, int] | None = None, health_ports: Mapping[str, int] = NO_PORTS
) -> tuple[Service, ...]:
    """Every process: one of each, or as many ``copies`` as asked for (``normalizer``, ``normalizer-2`` ...).

    Each has a health port: its own of ``health_ports`` where that is free, else any.
    """
    names = [
        (name if ordinal == 1 else f"{name}-{ordinal}", command)
        for name, command in COMMANDS.items()
        for ordinal in range(1, (copies or {}).get(name, 1) + 1)
    ]
    spare = iter(free_ports(len(names)))
    found = []
    for name, command in names:
        usual = health_ports.get(name, 0)
        port = usual if usual and is_free(usual) else next(spare)
        found.append(Service(name, (sys.executable, "-m", *command), {**common, "HEALTH_PORT": str(port)}, port))
    return tuple(found)


def usual_health_ports(ports: Ports) -> Mapping[str, int]:
    """The same at every start of a stack on the usual ports; none beside one, where two could choose the same at once."""
    return USUAL_HEALTH_PORTS if ports == ports_from({}) else NO_PORTS


def kind_of(name: str) -> str:
    """``normalizer-2`` is a ``normalizer``."""
    return next(kind for kind in COMMANDS if name == kind or name.removeprefix(f"{kind}-").isdigit())
