"""Which posts of a window are on a page, and where the pages before and behind it are. Pure."""

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from local_stack.x.asking import Query, identifier, moment
from local_stack.x.problems import Json, invalid
from local_stack.x.records import Post
from local_stack.x.snowflake import first_id_at, written_at

REACH = timedelta(days=7)
"""Of recent search."""
LATEST_END = timedelta(seconds=10)
"""``end_time`` is at least so far in the past; without one the answer ends ``DEFAULT_END`` ago."""
DEFAULT_END = timedelta(seconds=30)
TIMES = ("start_time", "end_time", "since_id", "until_id")
TOKENS = ("next_token", "pagination_token")
DIGEST_BYTES = 6


@dataclass(frozen=True, slots=True)
class Span:
    """Posts from this id on, and before that one."""

    since: int
    until: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go on: with older posts than this one, or with newer ones."""

    post_id: int
    goes_back: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A page, newest first."""

    posts: list[Post]
    next_token: str | None
    previous_token: str | None

    def meta(self) -> Json:
        """As it stands in the answer."""
        ids = {"newest_id": self.posts[0].id, "oldest_id": self.posts[-1].id} if self.posts else {}
        tokens = {"next_token": self.next_token, "previous_token": self.previous_token}
        return {**ids, "result_count": len(self.posts), **{name: token for name, token in tokens.items() if token}}


def span_of(query: Query, now: datetime, *, reach: timedelta | None, is_search: bool, shows_at_once: bool = False) -> Span:
    """The window that a question asks for. ``reach``: how far back it may go, None: to the beginning. ``shows_at_once``: up to now.

    Raises:
        ProblemError: it goes further back, its end is too near, or its parts do not fit each other.
    """
    if ("start_time" in query or "end_time" in query) and ("since_id" in query or "until_id" in query):
        value = ",".join(query[name] for name in TIMES if name in query)
        raise invalid("since_id", value, "Invalid use of 'since_id' or 'until_id' in conjunction with 'start_time' or 'end_time'.")
    start, end = moment(query, "start_time"), moment(query, "end_time")
    oldest = now - reach if reach else None
    if start and oldest and start < oldest:
        raise invalid("start_time", query["start_time"], _refused("start_time", query, f"must be on or after {_minute(oldest)}"))
    if end and is_search and not shows_at_once and end > now - LATEST_END:
        raise invalid(
            "end_time", query["end_time"], _refused("end_time", query, "must be a minimum of 10 seconds prior to the request time")
        )
    if start and end and start >= end:
        raise invalid("end_time", query["end_time"], _refused("end_time", query, "must be after 'start_time'"))
    since_id = int(identifier(query["since_id"], "since_id")) if "since_id" in query else None
    if since_id is not None and oldest and written_at(since_id) < oldest:
        larger = f"Please use a 'since_id' that is larger than {first_id_at(oldest)}"
        message = f"'since_id' must be a tweet id created after {_minute(oldest)}. {larger}"
        raise invalid("since_id", query["since_id"], message)
    until_id = int(identifier(query["until_id"], "until_id")) if "until_id" in query else None
    begins = [first_id_at(known) for known in (start, oldest) if known] + ([since_id + 1] if since_id is not None else [])
    if until_id is None and (end or is_search):
        until_id = first_id_at(end or (now if shows_at_once else now - DEFAULT_END))
    return Span(max(begins, default=0), until_id)


def _refused(name: str, query: Query, rule: str) -> str:
    return f"Invalid '{name}':'{query[name]}'. '{name}' {rule}."


def _minute(moment_: datetime) -> str:
    return moment_.strftime("%Y-%m-%dT%H:%MZ")


def place_of(query: Query, question: str) -> Place | None:
    """Where a token leads, by either of its names.

    Raises:
        ProblemError: it is none of ours, or belongs to another question.
    """
    given = {name: query[name] for name in TOKENS if name in query}
    if len(set(given.values())) > 1:
        raise invalid("next_token", query["next_token"], "At most one of 'next_token' and 'pagination_token' may be given.")
    for name, token in given.items():
        place = _read(token, question)
        if place is None:
            raise invalid(name, token, f"The `{name}` query parameter value [{token}] is not valid.")
        return place
    return None


def narrowed(span: Span, place: Place | None) -> Span:
    """The part of a window that a page is taken from: before the post where a token leads, or behind it."""
    if place is None:
        return span
    if place.goes_back:
        return Span(span.since, place.post_id if span.until is None else min(span.until, place.post_id))
    return Span(max(span.since, place.post_id + 1), span.until)


def page_of(posts: Iterator[Post], size: int, place: Place | None, question: str) -> Page:
    """A page of the posts of a narrowed window, which come newest first. ``question``: what the tokens belong to.

    Where a token led there was a post on its other side.
    """
    if place is None or place.goes_back:
        found = list(islice(posts, size + 1))
        shown, has_older, has_newer = found[:size], len(found) > size, place is not None
    else:
        found = list(posts)
        shown, has_older, has_newer = found[-size:], True, len(found) > size
    if not shown:
        return Page([], None, None)
    return Page(
        shown,
        _token(Place(shown[-1].number, goes_back=True), question) if has_older else None,
        _token(Place(shown[0].number, goes_back=False), question) if has_newer else None,
    )


def question_of(path: str, query: Mapping[str, str]) -> str:
    """What stays the same from page to page: who is asked for what; not in which detail, and not how much at once."""
    kept = {name: query[name] for name in ("query", "sort_order") if name in query}
    return f"{path}?{sorted(kept.items())}"


def _token(place: Place, question: str) -> str:
    text = f"{'b' if place.goes_back else 'f'}{place.post_id}"
    raw = _digest(text, question) + text.encode()
    return base64.b32hexencode(raw).decode().rstrip("=").lower()


def _read(token: str, question: str) -> Place | None:
    try:
        raw = base64.b32hexdecode(token.upper() + "=" * (-len(token) % 8))
        digest, text = raw[:DIGEST_BYTES], raw[DIGEST_BYTES:].decode("ascii")
    except (binascii.Error, ValueError):
        return None
    if digest != _digest(text, question):
        return None
    return Place(int(text[1:]), goes_back=text[0] == "b")


def _digest(text: str, question: str) -> bytes:
    return hashlib.sha256(f"{text} {question}".encode()).digest()[:DIGEST_BYTES]
