"""What the API does not let an app write, by X's published rules. Pure: the network is only read."""

from datetime import datetime, timedelta
from http import HTTPStatus

from local_stack.x.network import Draft, Network
from local_stack.x.problems import ProblemError, plain
from local_stack.x.records import Account, Post
from local_stack.x.text import MAX_LONG_CHARS, MAX_WEIGHT, weight

DUPLICATE_WITHIN = timedelta(days=1)
"""X says "recent" and no more."""
EDITABLE = timedelta(minutes=30)
MAX_EDITS = 5
MAX_PHOTOS = 4


def refusal(network: Network, author: Account, draft: Draft, *, answers_anybody: bool) -> ProblemError | None:
    """Why this draft cannot be written; None where it can.

    ``answers_anybody``: a plan that has more than the self-serve ones, which since February 2026 answer only whoever named or quoted
    the account.
    """
    if not draft.text.strip() and not draft.photo_keys:
        return plain(HTTPStatus.BAD_REQUEST, "The text of your Tweet is required, unless media is attached.", title="Invalid Request")
    if (long := too_long(author, draft.text)) is not None:
        return long
    if len(draft.photo_keys) > MAX_PHOTOS or not set(draft.photo_keys) <= network.photos.keys():
        return plain(HTTPStatus.BAD_REQUEST, "Your media IDs are invalid.", title="Bad Request")
    for post_id, does in ((draft.parent_id, "reply to"), (draft.quoted_id, "quote")):
        if post_id is not None and network.there(post_id) is None:
            return plain(HTTPStatus.FORBIDDEN, f"You attempted to {does} a Tweet that is deleted or not visible to you.")
    parent = network.there(draft.parent_id)
    if parent is not None and (closed := _closed(network, author, parent, answers_anybody=answers_anybody)) is not None:
        return closed
    return _duplicate(network, author, draft.text, parent)


def edit_refusal(network: Network, author: Account, post: Post | None, text: str, now: datetime) -> ProblemError | None:
    """Why this post cannot become this text; None where it can."""
    if post is None or post.author_id != author.id:
        return plain(HTTPStatus.FORBIDDEN, "You are not allowed to edit this Tweet.")
    first = network.posts[post.first_id]
    is_over = now - first.written_at > EDITABLE or len(network.history(post)) > MAX_EDITS
    if is_over or network.history(post)[-1] != post.id:
        return plain(HTTPStatus.FORBIDDEN, "This Tweet can no longer be edited.")
    return too_long(author, text)


def too_long(author: Account, text: str) -> ProblemError | None:
    """Why a text is too long for its author; None where it is not."""
    if (author.is_verified and len(text) <= MAX_LONG_CHARS) or weight(text) <= MAX_WEIGHT:
        return None
    return plain(HTTPStatus.FORBIDDEN, "Your Tweet text is too long.")


def _closed(network: Network, author: Account, parent: Post, *, answers_anybody: bool) -> ProblemError | None:
    if parent.author_id == author.id:
        return None
    quoted = network.there(parent.quoted_id)
    is_named = author.id in network.mentions(parent)
    if parent.reply_settings != "everyone" and not is_named:
        return plain(HTTPStatus.FORBIDDEN, "The original Tweet author restricted who can reply to this Tweet.")
    if answers_anybody or is_named or (quoted is not None and quoted.author_id == author.id):
        return None
    return plain(
        HTTPStatus.FORBIDDEN,
        "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post "
        "you are replying to.",
    )


def _duplicate(network: Network, author: Account, text: str, parent: Post | None) -> ProblemError | None:
    """The same words by the same account, below the same author's posts (whose name is part of the text)."""
    answered = network.accounts[parent.author_id].username if parent is not None and parent.author_id != author.id else ""
    written = {text.strip(), f"@{answered} {text}".strip()} if answered else {text.strip()}
    since = network.clock() - DUPLICATE_WITHIN
    for post in network.newest_first():
        if post.written_at < since:
            break
        if post.author_id == author.id and post.text.strip() in written:
            return plain(HTTPStatus.FORBIDDEN, "You are not allowed to create a Tweet with duplicate content.")
    return None
