"""A post as ``SubmissionReceived``: cleaned, cut to what a record may hold, with what the adapter found out since. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from intake_social.posts import Post, UnreadablePost, Window
from shared.cleaning import clean_text
from shared.contracts import (
    MAX_ATTACHMENTS,
    Attachment,
    Channel,
    ClaimProof,
    Person,
    ReplyAddress,
    Source,
    SubmissionReceived,
    ThreadClaim,
)
from shared.identity import submission_id
from shared.tracking_number import tracking_number

MAX_CHARACTERS: Final = 30_000
"""The longest posts have 25,000. With its quotation a text stays below what a record may hold (256 KiB), whatever its characters."""
MAX_QUOTED_CHARACTERS: Final = 8_000

UNREADABLE: Final = "[A post to us could not be read here. The original is kept: {url}]"
GAP: Final = (
    "[Posts to us from {since} to {until} (UTC) could not be fetched: the network does not show what is older than {days} days. "
    "Please look there by hand.]"
)
"""For an advocate."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the adapter knows beside the post itself."""

    received_at: datetime
    channel: Channel
    tracking_secret: bytes = field(repr=False)
    claim: ThreadClaim | None = None
    """As stored under the post's id, so that a repeat carries the same."""
    attachments: tuple[Attachment, ...] = ()
    lost_photos: bool = False
    """A photo could not be had."""


def number_of(channel: Channel, native_id: str, secret: bytes) -> str:
    """The tracking number that a post has, or would have, by itself."""
    return tracking_number(secret, submission_id(channel, native_id))


def claim_on(number: str) -> ThreadClaim:
    """The claim of an edit, and of the author's own reply."""
    return ThreadClaim(service_request_id=number, proof=ClaimProof.THREAD)


def to_submission(post: Post, known: Circumstances) -> SubmissionReceived:
    """The submission. The same post and circumstances always give the same bytes."""
    identity = submission_id(known.channel, post.id)
    text, cut = clean_text(post.text, max_characters=MAX_CHARACTERS)
    quoted = clean_text(post.quoted.text, max_characters=MAX_QUOTED_CHARACTERS)[0] if post.quoted else ""
    return SubmissionReceived(
        submission_id=identity,
        service_request_id=tracking_number(known.tracking_secret, identity),
        channel=known.channel,
        received_at=known.received_at,
        written_at=post.written_at,
        text=text,
        cut_characters=cut,
        quoted_text=quoted or None,
        place=post.place,
        reporter=Person(account_id=post.author_id),
        reply_addresses=(_reply_address(post, known.channel),),
        attachments=known.attachments[:MAX_ATTACHMENTS],
        claim=known.claim,
        source=Source(url=post.url or None, native_id=post.id, raw_id=str(identity), decoded_with_losses=known.lost_photos or cut > 0),
    )


def _reply_address(post: Post, channel: Channel) -> ReplyAddress:
    earlier = (post.conversation_id, post.parent.id if post.parent else post.conversation_id)
    references = tuple(dict.fromkeys((*earlier, post.id)))
    return ReplyAddress(channel=channel, address=post.id, language=post.language, references=references, conversation=post.conversation_id)


def stand_in_key(key: str) -> str:
    """Under which an advocate is shown what could not be read. Not the post's own id: read after all, it is a submission by itself."""
    return f"stand-in:{key}"


def gap_key(window: Window) -> str:
    """Under which an advocate is told of a gap: by its beginning, for its end moves on until somebody has been told."""
    return f"gap:{window.since.isoformat()}"


def stand_in(post: UnreadablePost, known: Circumstances) -> SubmissionReceived:
    """For an advocate, who is told where the original is; nobody is answered."""
    return _for_an_advocate(stand_in_key(post.key), UNREADABLE.format(url=post.url or post.key), known, post.url)


def gap(key: str, window: Window, days: int, known: Circumstances) -> SubmissionReceived:
    """For an advocate: what was posted in ``window`` can no longer be had."""
    since, until = (moment.strftime("%Y-%m-%d %H:%M") for moment in (window.since, window.until))
    return _for_an_advocate(key, GAP.format(since=since, until=until, days=days), known)


def _for_an_advocate(key: str, text: str, known: Circumstances, url: str = "") -> SubmissionReceived:
    identity = submission_id(known.channel, key)
    return SubmissionReceived(
        submission_id=identity,
        service_request_id=tracking_number(known.tracking_secret, identity),
        channel=known.channel,
        received_at=known.received_at,
        text=text,
        source=Source(url=url or None, native_id=key, raw_id=str(identity), decoded_with_losses=True),
    )
