"""The story of a page of posts, read top to bottom: which are ours, known again, kept with their claims, published, noted.

The cursor has not moved when this begins, and moves only when the last page of its sweep has been through here. What if the process
dies in between? Then the sweep comes again; the ledger has the claims, the attachment store the photos, and identity absorbs what
Kafka has twice.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from intake_social import hashtags
from intake_social.claims import authors_told, named_by, origin_of, unknown_roots
from intake_social.ports import ConversationStore, LedgerStore, LookUp, Photos
from intake_social.posts import Conversation, Net, Page, Post, UnreadablePost, Window
from intake_social.source import SourceStoppedError
from intake_social.store.ledger import Entry, Quarantined
from intake_social.submission import (
    Circumstances,
    claim_on,
    gap,
    gap_key,
    number_of,
    stand_in,
    stand_in_key,
    to_submission,
)
from shared.contracts import Attachment, Channel, SubmissionReceived
from shared.errors import TransientError
from shared.identity import submission_id
from shared.kafka.ports import Publisher
from shared.observability.logs import logger
from shared.observability.metrics import METRICS
from shared.submissions import submission_record
from shared.tracking_number import tracking_number

_log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is the same for all posts of a network."""

    channel: Channel
    hashtags: tuple[str, ...]
    own_account_ids: frozenset[str]
    tracking_secret: bytes = field(repr=False)
    ledger_days: int = 1_095
    raw_post_days: int = 90
    recheck_after: timedelta = timedelta(hours=12)
    """When a new post is first looked for again."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Where everything goes."""

    ledger: LedgerStore
    conversations: ConversationStore
    photos: Photos
    publisher: Publisher


def is_ours(post: Post, net: Net, rules: Rules) -> bool:
    """Whether somebody wrote to us: nobody's passed-on words, not our own, and with a tag that is ours to the letter."""
    if post.is_repost or post.author_id in rules.own_account_ids:
        return False
    return net is not Net.TAGS or hashtags.any_of(post.hashtags, rules.hashtags)


class Settling:
    """Settles the pages of one network."""

    def __init__(self, rules: Rules, stores: Stores, look_up: LookUp, clock: Callable[[], datetime]) -> None:
        self._rules = rules
        self._stores = stores
        self._look_up = look_up
        self._clock = clock

    async def settle(self, net: Net, page: Page) -> None:
        """Returns when Kafka has everything on the page that is ours.

        Raises:
            TransientError: Kafka or MongoDB is away; settling again is right.
        """
        ours = {self._id(post.id): post for post in sorted(page.posts, key=_age) if is_ours(post, net, self._rules)}
        odd = {self._id(stand_in_key(post.key)): post for post in page.unreadable}
        known = await self._stores.ledger.find([*ours, *odd])
        waiting = {identity: post for identity, post in ours.items() if not _is_published(known.get(identity))}
        waiting_odd = {identity: post for identity, post in odd.items() if not _is_published(known.get(identity))}
        self._count(len(page.posts) - len(ours), "not_ours")
        self._count(len(ours) - len(waiting), "repeated")

        # What do they belong to? What was said once stays said, and is kept before anybody hears of it.
        entries = await self._kept(waiting, waiting_odd, known)

        submissions = await self._submissions({identity: entry for identity, entry in entries.items() if not entry.is_published}, ours)
        submissions += [
            stand_in(post, self._circumstances(entries[identity]))
            for identity, post in waiting_odd.items()
            if not entries[identity].is_published
        ]
        await self._publish(submissions)
        self._count(len(waiting), "published")
        self._count(len(waiting_odd), "stand_in")

    async def report_gap(self, name: str, window: Window, days: int) -> None:
        """Put before an advocate that posts of a stretch of time can no longer be had. ``name``: of the net.

        Raises:
            TransientError: Kafka or MongoDB is away; reporting again is right.
        """
        key = f"{name}:{gap_key(window)}"
        entry = self._entry(self._id(key), None)
        stored = await self._stores.ledger.store([entry], self._until(self._rules.ledger_days))
        entry = stored[entry.submission_id]
        if not entry.is_published:
            await self._publish([gap(key, window, days, self._circumstances(entry))])
        METRICS.social_gaps.labels(network=self._rules.channel.value, net=name).inc()
        _log.error("posts_can_no_longer_be_had", net=name, since=window.since.isoformat(), until=window.until.isoformat())

    async def _kept(self, posts: Mapping[UUID, Post], odd: Mapping[UUID, UnreadablePost], known: Mapping[UUID, Entry]) -> dict[UUID, Entry]:
        if not posts and not odd:
            return {}
        new = {identity: post for identity, post in posts.items() if identity not in known}
        odd_ids = {identity: post.key if post.url else None for identity, post in odd.items() if identity not in known}
        entries = [*await self._entries(new), *(self._entry(identity, native_id) for identity, native_id in odd_ids.items())]
        raws = {identity: post.raw for identity, post in posts.items() if post.raw}
        quarantined = [Quarantined(identity, post.key, post.reason, post.raw, bool(post.url)) for identity, post in odd.items()]
        until = self._until(self._rules.raw_post_days)
        await self._stores.ledger.keep_raw(raws, until)
        await self._stores.ledger.keep_quarantined(quarantined, until)
        stored = await self._stores.ledger.store(entries, self._until(self._rules.ledger_days))
        for post in odd.values():
            _log.error("post_quarantined", network=self._rules.channel.value, field=post.reason)
        return {identity: stored.get(identity) or known[identity] for identity in (*posts, *odd)}

    async def _entries(self, posts: Mapping[UUID, Post]) -> list[Entry]:
        """New entries, the oldest post first: a later one may belong to it."""
        earlier = {self._id(native_id): native_id for post in posts.values() for native_id in named_by(post)}
        there = {earlier[identity]: entry for identity, entry in (await self._stores.ledger.find(earlier)).items()}
        authors = authors_told(posts.values())
        authors |= {native_id: entry.author_id for native_id, entry in there.items() if entry.author_id is not None}
        authors |= await self._asked(unknown_roots(posts.values(), authors))
        going_on = await self._stores.conversations.requests_of([_conversation(post) for post in posts.values() if post.is_reply])
        made: list[Entry] = []
        for identity, post in posts.items():
            parent = there.get(post.parent.id) if post.parent else None
            origin = origin_of(post, authors.get(post.conversation_id), parent.author_id if parent else None)
            number = self._number_of(post, origin, there, going_on)
            entry = replace(
                self._entry(identity, post.id, number),
                author_id=post.author_id,
                written_at=post.written_at,
                has_place=post.place is not None,
            )
            there[post.id] = entry
            made.append(entry)
        return made

    async def _asked(self, roots: Sequence[str]) -> dict[str, str]:
        """Who began these conversations. A post does not wait for the answer: without one it is a new matter, as a stranger's would be."""
        if not roots:
            return {}
        try:
            found = await self._look_up(roots)
        except (TransientError, SourceStoppedError) as error:
            _log.warning("conversations_not_looked_up", count=len(roots), failure=error)
            return {}
        return {native_id: post.author_id for native_id, post in found.items()}

    def _number_of(self, post: Post, origin: str | None, there: Mapping[str, Entry], going_on: Mapping[Conversation, str]) -> str | None:
        """The request that a post claims: that of its origin; without a tag, or where nobody knows the origin, the one that its author
        has in the conversation.
        """
        entry = there.get(origin) if origin else None
        known = going_on.get(_conversation(post))
        if known is not None and (not hashtags.any_of(post.hashtags, self._rules.hashtags) or (origin and entry is None)):
            return known
        if entry is not None:
            return entry.belongs_to
        return number_of(self._rules.channel, origin, self._rules.tracking_secret) if origin else None

    def _entry(self, identity: UUID, native_id: str | None, number: str | None = None) -> Entry:
        now = self._clock()
        return Entry(
            submission_id=identity,
            service_request_id=self._own_number(identity),
            received_at=now,
            claim=claim_on(number) if number else None,
            native_id=native_id,
            recheck_at=now + self._rules.recheck_after,
        )

    async def _submissions(self, entries: Mapping[UUID, Entry], posts: Mapping[UUID, Post]) -> list[SubmissionReceived]:
        wanted = [(entry, posts[identity]) for identity, entry in entries.items() if identity in posts]
        photos = await asyncio.gather(*(self._stores.photos.attach(entry.submission_id, post.photos) for entry, post in wanted))
        return [
            to_submission(post, self._circumstances(entry, attached, lost_photos=len(attached) < len(post.photos)))
            for (entry, post), attached in zip(wanted, photos, strict=True)
        ]

    async def _publish(self, submissions: Sequence[SubmissionReceived]) -> None:
        if not submissions:
            return
        await self._stores.publisher.publish([submission_record(submission) for submission in submissions])
        await self._stores.ledger.note_published([submission.submission_id for submission in submissions])
        METRICS.submissions_accepted.labels(channel=self._rules.channel.value).inc(len(submissions))

    def _circumstances(self, entry: Entry, attached: Sequence[Attachment] = (), *, lost_photos: bool = False) -> Circumstances:
        return Circumstances(
            received_at=entry.received_at,
            channel=self._rules.channel,
            tracking_secret=self._rules.tracking_secret,
            claim=entry.claim,
            attachments=tuple(attached),
            lost_photos=lost_photos,
        )

    def _id(self, native_id: str) -> UUID:
        return submission_id(self._rules.channel, native_id)

    def _own_number(self, identity: UUID) -> str:
        return tracking_number(self._rules.tracking_secret, identity)

    def _until(self, days: int) -> datetime:
        return self._clock() + timedelta(days=days)

    def _count(self, posts: int, outcome: str) -> None:
        METRICS.posts_taken.labels(network=self._rules.channel.value, outcome=outcome).inc(posts)


def _is_published(entry: Entry | None) -> bool:
    return entry is not None and entry.is_published


def _conversation(post: Post) -> Conversation:
    return Conversation(post.conversation_id, post.author_id)


def _age(post: Post) -> tuple[int, str]:
    """Ids grow with time, on every network that we know; as numbers or as strings of one length."""
    return len(post.id), post.id
