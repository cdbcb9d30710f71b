"""The commands that belong to no single service: topics, keys, tracking numbers."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer
from pydantic import ValidationError

from shared.api_keys import Scope, new_key
from shared.errors import ConfigurationError
from shared.kafka.topics import TOPICS
from shared.settings import KafkaSettings, load
from shared.tracking_number import InvalidNumber, NumberFault, display, parse_tracking_number

topics = typer.Typer(help="Kafka topics.", no_args_is_help=True)
keys = typer.Typer(help="API keys of staff and integrators.", no_args_is_help=True)
number = typer.Typer(help="Tracking numbers.", no_args_is_help=True)

_FAULTS: Final = {
    NumberFault.LENGTH: "a tracking number has 12 letters and digits",
    NumberFault.SYMBOL: "a tracking number has digits and letters only, and never a U",
    NumberFault.CHECK: "mistyped: the check symbol does not fit",
}


@topics.callback()
@keys.callback()
@number.callback()
def _group() -> None:
    """A group stays one where it has a single command."""


@topics.command("ensure")
def topics_ensure() -> None:
    """Create the topics that are missing and set the configuration of all; doing it again changes nothing."""
    from shared.kafka.broker import ensure_topics  # noqa: PLC0415 - the Kafka client is loaded for this command only

    asyncio.run(ensure_topics(load(KafkaSettings)))
    for topic in TOPICS:
        typer.echo(topic.name)
        for group in topic.consumers:
            typer.echo(topic.dead_letters(group))


@keys.command("new")
def keys_new(
    prefix: Annotated[str, typer.Option(help="Names the owner in logs and events: letters, digits, _ and -.")],
    scope: Annotated[list[Scope], typer.Option(help="What the key may do; more than one may be given.")],
    expires_in_days: Annotated[int | None, typer.Option(min=1, help="When it ends; without: never.")] = None,
) -> None:
    """Make a key: the caller gets the secret (shown once, stored nowhere), API_KEYS the entry."""
    expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=expires_in_days) if expires_in_days else None
    try:
        secret, key = new_key(prefix, frozenset(scope), expires_at)
    except ValidationError:
        raise ConfigurationError("--prefix: 1 to 64 letters, digits, _ and -") from None
    entry = key.model_dump(mode="json", exclude_none=True)
    entry["scopes"] = sorted(entry["scopes"])
    typer.echo(f"For the caller, shown this once:\n  {secret}\n")
    typer.echo(f"For API_KEYS (a JSON list of such entries):\n  {json.dumps(entry)}")


@number.command("check")
def number_check(written: Annotated[str, typer.Argument(help="A tracking number in any spelling.")]) -> None:
    """Say whether something can be a tracking number, and show it as people read it and as it is stored."""
    parsed = parse_tracking_number(written)
    if isinstance(parsed, InvalidNumber):
        typer.echo(f"not a tracking number: {_FAULTS[parsed.fault]}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{display(parsed)}  (stored as {parsed})")
