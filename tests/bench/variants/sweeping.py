"""Posts on X: their pages asked for and decoded and no more, and swept by the service."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp

from bench.processes import peak_mib, tree
from bench.stopwatch import Stopwatch
from intake_social.app import INDEXES, assemble, settling_of, spending_of
from intake_social.posts import Net
from intake_social.settings import IntakeSocialSettings
from intake_social.sweeping import Sweeping, SweepRules
from intake_social.x.queries import query_for
from intake_social.x.source import FIELDS, XSource
from shared.lifecycle import Closers
from shared.settings import load

REACH: Final = timedelta(days=7) - timedelta(minutes=5)


async def read_pages_bare(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """Every page of the search, as JSON: kept nowhere, published nowhere."""
    settings, watch, read = load(IntakeSocialSettings), Stopwatch(), 0
    assert settings.x_bearer_token is not None
    asked = {name.replace("_fields", ".fields"): ",".join(values) for name, values in FIELDS.items()}
    asked |= {"query": query_for(settings.social_hashtags), "max_results": str(settings.x_page_posts)}
    asked["start_time"] = (datetime.now(UTC) - REACH).strftime("%Y-%m-%dT%H:%M:%SZ")
    headers = {"Authorization": f"Bearer {settings.x_bearer_token.get_secret_value()}"}
    async with aiohttp.ClientSession(settings.x_api_base, headers=headers) as session:
        watch.start()
        token: str | None = None
        while True:
            page = {**asked, "next_token": token} if token else asked
            async with session.get("/2/tweets/search/recent", params=page) as answer:
                answer.raise_for_status()
                found = await answer.json()
            read += len(found["data"])
            token = found["meta"].get("next_token")
            if token is None:
                break
        watch.stop()
    assert read == spec["items"], read
    return watch.figure(read)


async def sweep(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first sweep of a net, from its first page to its cursor; the indexes are made."""
    settings, watch = load(IntakeSocialSettings), Stopwatch()
    async with Closers() as closers:
        source = XSource.open(settings, settings.social_hashtags)
        closers.add("x", source.close)
        parts = await assemble(settings, closers, source)
        await parts.connection.prepare(INDEXES)
        rules = SweepRules(timedelta(seconds=settings.social_overlap_seconds), takes_everything=True)
        sweeping = Sweeping(
            Net.TAGS,
            source,
            settling_of(parts),
            parts.cursors,
            parts.conversations.open_ones,
            spending_of(parts),
            rules,
            lambda: datetime.now(UTC),
        )
        watch.start()
        assert await sweeping.run(lambda: True)
        watch.stop()
        peak = peak_mib(tree(os.getpid()))
    return {**watch.figure(spec["items"]), "more": {"peak_mib": peak}}
