"""``cary311 intake-social …``: what would be made of an answer of X, and a second chance for what was put aside."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from intake_social import requeueing
from intake_social.app import assemble, settling_of, source_of
from intake_social.requeueing import Requeued
from intake_social.settings import IntakeSocialSettings
from intake_social.submission import Circumstances, stand_in, to_submission
from intake_social.x.parse import page_of
from shared.contracts import Channel
from shared.errors import ConfigurationError
from shared.lifecycle import Closers
from shared.settings import load

app = typer.Typer(help="Posts on social networks.", no_args_is_help=True)

_FILE: Final = typer.Argument(exists=True, dir_okay=False, help="A page of posts as X answers it (JSON with data, includes, meta).")


@app.command("dry-run")
def dry_run(file: Annotated[Path, _FILE]) -> None:
    """Print what would be published for each post, without claims and photos. Nothing is kept, asked or sent."""
    settings = load(IntakeSocialSettings)
    known = Circumstances(
        received_at=datetime.now(UTC), channel=Channel.X, tracking_secret=settings.tracking_number_secret.get_secret_value()
    )
    try:
        page = page_of(json.loads(file.read_bytes()))
    except (ValueError, RecursionError):
        page = None
    if page is None:
        raise ConfigurationError(f"{file.name} is no answer of X: it needs data, includes and meta")
    for submission in [*(to_submission(post, known) for post in page.posts), *(stand_in(post, known) for post in page.unreadable)]:
        typer.echo(json.dumps(json.loads(submission.encode()), indent=2, ensure_ascii=False))


@app.command("requeue")
def requeue() -> None:
    """Take the posts in quarantine that can be read now, beside a running service too. They are looked up on the network again."""
    result = asyncio.run(_requeued(load(IntakeSocialSettings)))
    typer.echo(f"{result.read} {'post' if result.read == 1 else 'posts'} taken from the quarantine; {result.left} left there.")


async def _requeued(settings: IntakeSocialSettings) -> Requeued:
    async with Closers() as closers:
        source = source_of(settings, closers)
        if source is None:
            raise ConfigurationError("X_BEARER_TOKEN is not set: posts cannot be looked up")
        parts = await assemble(settings, closers, source)
        return await requeueing.requeue(parts.ledger, source.look_up, settling_of(parts), settings.x_account_ids)
