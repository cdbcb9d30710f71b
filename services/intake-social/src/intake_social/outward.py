"""The way out, put together: announcements into the outbox, the outbox to the network; and what is no longer there, to the log."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from intake_social.answering import Answering, ReplyRules
from intake_social.noting import Noting, NotingRules
from intake_social.parts import Parts
from intake_social.rechecking import Rechecking, RecheckRules
from intake_social.reply import every_reply
from intake_social.replying import Replying, ReplyingRules
from intake_social.settings import IntakeSocialSettings
from intake_social.source import SocialSource
from intake_social.spending import Spending
from intake_social.windows import first_cursor
from shared.announcements import Following
from shared.errors import ConfigurationError
from shared.kafka.topics import INTAKE_SOCIAL_GROUP
from shared.leases import Lease
from shared.town.calendar import load_calendar
from shared.town.town import Town, load_town
from shared.waiting import until_available

REPLIES: Final = "replies"
"""Under which the moment of the first start is noted, beside those of the nets."""


class Outward:
    """All tasks of the way out. A source that may not reply leaves every post to an advocate."""

    def __init__(self, parts: Parts, spending: Spending, clock: Callable[[], datetime]) -> None:
        settings = parts.settings
        self._parts = parts
        self._clock = clock
        self._town = town_of(settings, parts.source)
        self._calendar = load_calendar(settings)
        rules = ReplyingRules(
            per_conversation=settings.social_replies_per_conversation,
            per_author=settings.social_replies_per_author,
            per_day=settings.social_replies_per_day,
            age_limit=timedelta(hours=settings.social_reply_age_limit_hours),
            lease=timedelta(seconds=settings.social_reply_lease_seconds),
        )
        noting_rules = NotingRules(
            channel=parts.source.channel,
            tracking_secret=settings.tracking_number_secret.get_secret_value(),
            ledger_days=settings.social_ledger_days,
        )
        noting = Noting(parts.outbox, parts.ledger, parts.publisher, noting_rules, clock)
        self._replying = Replying(parts.outbox, parts.source, noting, spending, rules=rules, clock=clock)
        self._rechecking = Rechecking(
            parts.watch,
            parts.source,
            parts.publisher,
            spending,
            Lease(parts.leases, f"recheck:{parts.source.channel}", settings.social_lease_seconds),
            rules=RecheckRules(every=timedelta(seconds=settings.social_recheck_seconds)),
            clock=clock,
        )
        self._following = Following(parts.join, parts.publisher, INTAKE_SOCIAL_GROUP)

    async def run(self, stop: asyncio.Event) -> None:
        """Answer, reply and look again until ``stop``; Kafka may be away at the start.

        Raises:
            Exception: more bugs than the loop's limit, or a dead letter that could not be written.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._answer(stop))
            group.create_task(self._replying.run(stop))
            group.create_task(self._rechecking.run(stop))

    def complaint(self) -> str | None:
        """What an operator should know."""
        return self._replying.complaint() or self._rechecking.complaint() or self._following.complaint("replies")

    def facts(self) -> dict[str, object]:
        """For the health page."""
        return self._replying.facts()

    async def _answer(self, stop: asyncio.Event) -> None:
        since = await until_available(stop, self._since)
        if since is None:
            return
        parts = self._parts
        rules = ReplyRules(
            channel=parts.source.channel,
            town=self._town,
            calendar=self._calendar,
            secret=parts.settings.tracking_number_secret.get_secret_value(),
            since=since,
        )
        handler = Answering(parts.outbox, parts.ledger, parts.watch, parts.conversations, parts.attachments, rules, self._clock)
        await self._following.run(handler, stop)

    async def _since(self) -> datetime:
        """The moment of the first start: nothing older is replied to."""
        name = f"{self._parts.source.channel}:{REPLIES}"
        await self._parts.cursors.put(name, first_cursor(self._clock(), takes_back=timedelta()))  # first wins
        known = await self._parts.cursors.get(name)
        assert known is not None
        return known.started_at.replace(microsecond=0)  # networks tell whole seconds


def town_of(settings: IntakeSocialSettings, source: SocialSource) -> Town:
    """The town that replies.

    Raises:
        ConfigurationError: the town's file is wrong, or makes a reply longer than the network takes.
    """
    town = load_town(settings.town_file)
    if not all(source.fits(text) for text in every_reply(town)):
        raise ConfigurationError(
            "TOWN_FILE: with its telephone number and the names of its holidays a reply is longer than the network takes"
        )
    return town
