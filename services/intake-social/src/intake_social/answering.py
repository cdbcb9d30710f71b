"""From announcements to the outbox: the handler of the consumer group ``intake-social`` of ``request.updated.v1``.

Its effect is the durable outbox entry; replying is ``replying``'s and never holds a partition. A redaction is obeyed here: what was
to be said and has not gone out, the raw posts and their photos are deleted.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from intake_social.posts import Conversation
from intake_social.reply import CREATED, reply_text
from intake_social.store import ledger, outbox
from intake_social.store.conversations import Conversations
from shared.announcements import announcements_in
from shared.contracts import Channel, ReplyAddress, ServiceRequestUpdated, Status
from shared.identity import submission_id
from shared.kafka.ports import Handled
from shared.kafka.records import Record
from shared.town.calendar import BusinessCalendar
from shared.town.town import Town

CONVERSATION_AGE: Final = timedelta(days=30)
"""How long it is looked into a conversation, and known whose request goes on there."""


class Replies(Protocol):
    """``store.outbox.Outbox``."""

    async def add(self, entries: Sequence[outbox.Entry]) -> None: ...  # noqa: D102 - the outbox's own
    async def redact(self, numbers: Sequence[str], now: datetime) -> None: ...  # noqa: D102 - as above


class KeptPosts(Protocol):
    """``store.ledger.Ledger``."""

    async def find(self, ids: Iterable[UUID]) -> dict[UUID, ledger.Entry]: ...  # noqa: D102 - the ledger's own
    async def forget(self, ids: Sequence[UUID]) -> None: ...  # noqa: D102 - as above


class Files(Protocol):
    """Where photos are kept."""

    async def delete(self, file_ids: Iterable[str]) -> None:
        """Remove these; one that is not there changes nothing. Raises TransientError."""


class WatchedPosts(Protocol):
    """``store.watch.Watch``."""

    async def closed(self, numbers: Sequence[str]) -> None: ...  # noqa: D102 - the watch's own
    async def opened(self, numbers: Sequence[str], next_at: datetime) -> None: ...  # noqa: D102 - as above


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRules:
    """What is replied to."""

    channel: Channel
    town: Town
    calendar: BusinessCalendar
    secret: bytes = field(repr=False)
    """Keys the digests of authors and conversations."""
    since: datetime
    """The first start: no post that was written before, and no request that was made before, is replied to."""


class Answering:
    """The handler."""

    def __init__(  # noqa: PLR0913, PLR0917 - the roles around it, each named
        self,
        replies: Replies,
        posts: KeptPosts,
        watch: WatchedPosts,
        conversations: Conversations,
        files: Files,
        rules: ReplyRules,
        clock: Callable[[], datetime],
    ) -> None:
        self._replies = replies
        self._posts = posts
        self._watch = watch
        self._conversations = conversations
        self._files = files
        self._rules = rules
        self._clock = clock

    async def __call__(self, records: Sequence[Record]) -> Handled:
        """Make durable what is to be said, and forget what is to be forgotten."""
        updates, failures = announcements_in(records)
        asked = [(update, index, reply) for update in updates for index, reply in self._to_be_answered(update)]
        known = await self._posts.find(self._id(reply) for _, _, reply in asked)
        entries = [self._entry(update, index, reply, known) for update, index, reply in asked]
        await self._replies.add([entry for entry in entries if entry.written_at >= self._rules.since])
        await self._note_conversations(asked, known)
        await self._watch_open_ones([update for update in updates if update.channel is self._rules.channel])
        for update in updates:
            if update.redacted:
                await self._forget(update)
        return Handled((), failures)

    def _to_be_answered(self, update: ServiceRequestUpdated) -> Iterable[tuple[int, ReplyAddress]]:
        if update.event_kind == CREATED and update.occurred_at >= self._rules.since:
            yield from ((index, reply) for index, reply in enumerate(update.replies) if reply.channel is self._rules.channel)

    def _entry(self, update: ServiceRequestUpdated, index: int, reply: ReplyAddress, known: Mapping[UUID, ledger.Entry]) -> outbox.Entry:
        post = known.get(self._id(reply))
        author_id, written_at = (post.author_id, post.written_at) if post else (None, None)
        conversation_id = reply.conversation or reply.address
        return outbox.Entry(
            service_request_id=update.service_request_id,
            announcement_id=update.announcement_id,
            reply_index=index,
            post_id=reply.address,
            conversation_id=conversation_id,
            author_id=author_id,
            author_key=self._key("author", author_id) if author_id else None,
            conversation_key=self._key("conversation", conversation_id),
            text=reply_text(update, reply.language, self._rules.town, self._rules.calendar, has_place=post is not None and post.has_place),
            written_at=written_at or update.requested_datetime,
            created_at=self._clock(),
        )

    async def _note_conversations(
        self, asked: Sequence[tuple[ServiceRequestUpdated, int, ReplyAddress]], known: Mapping[UUID, ledger.Entry]
    ) -> None:
        """What the author writes on in the conversation belongs to the request, under the number that it has now."""
        authors = [(update, reply, known[self._id(reply)].author_id) for update, _, reply in asked if self._id(reply) in known]
        found = [
            (Conversation(reply.conversation or reply.address, author_id), update.service_request_id)
            for update, reply, author_id in authors
            if author_id is not None
        ]
        now = self._clock()
        await self._conversations.note(found, now, now + CONVERSATION_AGE)

    async def _watch_open_ones(self, updates: Sequence[ServiceRequestUpdated]) -> None:
        """The posts of a request are looked for again as long as it is open: its newest state in the batch counts."""
        states = {update.service_request_id: update.status for update in updates}
        closed = [number for number, status in states.items() if status is Status.CLOSED]
        opened = [number for number, status in states.items() if status is Status.OPEN]
        await self._watch.closed(closed)
        await self._watch.opened(opened, self._clock())
        await self._conversations.closed(closed)
        await self._conversations.opened(opened)

    async def _forget(self, update: ServiceRequestUpdated) -> None:
        await self._replies.redact([update.service_request_id], self._clock())
        await self._posts.forget(update.redacted_submission_ids)
        await self._conversations.forget([update.service_request_id])
        await self._files.delete([file_id for scope in update.redacted for file_id in scope.file_ids])

    def _id(self, reply: ReplyAddress) -> UUID:
        return submission_id(self._rules.channel, reply.address)

    def _key(self, what: str, native_id: str) -> str:
        """As we know it again without keeping it: keyed, because ids are public."""
        return hmac.digest(self._rules.secret, f"{what}:{self._rules.channel}:{native_id}".encode(), hashlib.sha256).hex()[:32]
