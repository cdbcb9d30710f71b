"""X as a ``SocialSource``, by tweepy. The one seam where X's failures become ours."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final, Self, assert_never

import aiohttp
from tweepy import TweepyException
from tweepy.asynchronous import AsyncClient

from intake_social.posts import Conversation, Found, Net, Page, Post, Refusal, Replied, Window
from intake_social.source import SourceAwayError, SourceLimitedError, SourceStoppedError
from intake_social.x.asking import StatusError, open_session
from intake_social.x.length import MAX_LENGTH, weighted_length
from intake_social.x.parse import page_of, withdrawn_in
from intake_social.x.queries import conversation_queries, own_replies, query_for
from intake_social.x.settings import XSettings
from intake_social.x.vocabulary import identifier, mapping
from shared.contracts import Channel, WithdrawalReason

REACH_DAYS: Final = 7
"""Recent search looks back so far."""
MAX_LOOK_UPS: Final = 100
FIELDS: Final = {
    "tweet_fields": [
        "attachments", "author_id", "conversation_id", "created_at", "edit_history_tweet_ids", "entities", "geo", "id",
        "in_reply_to_user_id", "lang", "note_tweet", "referenced_tweets", "reply_settings", "text", "withheld",
    ],
    "expansions": ["attachments.media_keys", "author_id", "geo.place_id", "referenced_tweets.id"],
    "media_fields": ["alt_text", "height", "media_key", "type", "url", "width"],
    "place_fields": ["full_name", "geo", "id", "place_type"],
    "user_fields": ["id", "protected", "username"],
}  # fmt: skip
_TEMPORARY: Final = frozenset({408, 425})
_NOT_AN_ANSWER: Final = (TweepyException, aiohttp.ClientError, TimeoutError, ValueError, AttributeError, TypeError, OSError, RecursionError)
"""What tweepy and aiohttp raise over an answer that is HTML, empty, cut short or of another shape, and over a lost connection."""


class XSource:
    """``SocialSource`` of X."""

    channel: Final = Channel.X
    reach_days: Final = REACH_DAYS

    def __init__(self, settings: XSettings, hashtags: Sequence[str], session: aiohttp.ClientSession) -> None:
        assert settings.x_bearer_token is not None
        self._query = query_for(hashtags) if hashtags else None
        self._accounts = settings.x_account_ids
        self._signs = settings.x_consumer_key is not None
        self._page_posts = settings.x_page_posts
        self._indexing = timedelta(seconds=settings.x_indexing_seconds)
        self._client = _client(settings, session)
        self._session = session

    @classmethod
    def open(cls, settings: XSettings, hashtags: Sequence[str]) -> Self:
        """Nothing is sent yet; needs a running event loop.

        Raises:
            ConfigurationError: the query for the hashtags is too long.
        """
        return cls(settings, hashtags, open_session(settings.x_api_base, settings.x_request_seconds))

    async def close(self) -> None:
        """Close the sockets."""
        await self._session.close()

    @property
    def nets(self) -> Sequence[Net]:
        """As ``SocialSource.nets``."""
        return [*([Net.TAGS] if self._query else []), *([Net.MENTIONS] if self._accounts else [])]

    @property
    def may_reply(self) -> bool:
        """As ``SocialSource.may_reply``."""
        return self._signs

    def fits(self, text: str) -> bool:
        """As ``SocialSource.fits``."""
        return weighted_length(text) <= MAX_LENGTH

    async def sweep(self, net: Net, window: Window, token: str | None = None, conversations: Sequence[Conversation] = ()) -> Page:
        """As ``SocialSource.sweep``."""
        until = window.until - self._indexing  # what is younger is the next sweep's
        if until <= window.since:
            return Page()
        times = {"start_time": _second(window.since), "end_time": _second(until)}
        match net:
            case Net.TAGS:
                return await self._searched(self._query, times, token)
            case Net.CONVERSATIONS:
                return await self._in_turn(
                    conversation_queries(conversations), token, lambda query, inner: self._searched(query, times, inner)
                )
            case Net.MENTIONS:
                return await self._in_turn(self._accounts, token, lambda account, inner: self._mentions(account, times, inner))
            case _:
                assert_never(net)

    async def _searched(self, query: str | None, times: dict[str, str], token: str | None) -> Page:
        async with _sorted_by_status(token):
            return _page(await self._client.search_recent_tweets(query, max_results=self._page_posts, next_token=token, **times, **FIELDS))

    async def _mentions(self, account: str, times: dict[str, str], token: str | None) -> Page:
        async with _sorted_by_status(token):
            return _page(
                await self._client.get_users_mentions(account, max_results=self._page_posts, pagination_token=token, **times, **FIELDS)
            )

    @staticmethod
    async def _in_turn(asked: Sequence[str], token: str | None, ask: Callable[[str, str | None], Awaitable[Page]]) -> Page:
        """Several questions one after the other, as one sweep; a token says which one, and where in it."""
        if not asked:
            return Page()
        index, _, inner = (token or "0:").partition(":")
        page = await ask(asked[int(index)], inner or None)
        following = f"{index}:{page.next_token}" if page.next_token else None
        if following is None and int(index) + 1 < len(asked):
            following = f"{int(index) + 1}:"
        return Page(page.posts, page.unreadable, following)

    async def look_up(self, ids: Sequence[str]) -> dict[str, Post]:
        """As ``SocialSource.look_up``."""
        found: dict[str, Post] = {}
        for start in range(0, len(ids), MAX_LOOK_UPS):
            async with _sorted_by_status(None):
                answer = await self._client.get_tweets(list(ids[start : start + MAX_LOOK_UPS]), **FIELDS)
                # All of them gone: X answers with errors and without data.
                page = page_of(answer) if "data" in mapping(answer) or "errors" not in mapping(answer) else Page()
                if page is None:
                    raise SourceAwayError("no answer")
            found |= {post.id: post for post in page.posts}
        return found

    async def gone(self, ids: Sequence[str]) -> dict[str, WithdrawalReason]:
        """As ``SocialSource.gone``. What X only leaves out, without a word, may be there."""
        async with _sorted_by_status(None):
            answer = mapping(await self._client.get_tweets(list(ids), tweet_fields=["id", "withheld"]))
            if not {"data", "errors"} & answer.keys():
                raise SourceAwayError("no answer")
        return withdrawn_in(answer, ids)

    async def reply(self, post_id: str, text: str) -> Replied | Refusal:
        """As ``SocialSource.reply``. Whether a refused one is there already the caller finds out: X does not say it by status."""
        try:
            async with _sorted_by_status(None):
                answer = await self._client.create_tweet(in_reply_to_tweet_id=post_id, text=text, user_auth=True)
        except SourceStoppedError as error:
            if error.reason == "forbidden":
                return Refusal.NOT_PERMITTED
            if error.reason == "refused":
                return Refusal.GONE
            raise
        native_id = identifier(mapping(mapping(answer).get("data")).get("id"))
        if native_id is None:
            raise SourceAwayError("no answer")
        return Replied(native_id)

    async def find_reply(self, post_id: str, conversation_id: str) -> Found:
        """As ``SocialSource.find_reply``: by search, within its reach, and a moment after X has it."""
        async with _sorted_by_status(None):
            page = _page(
                await self._client.search_recent_tweets(
                    own_replies(conversation_id, self._accounts), max_results=self._page_posts, **FIELDS
                )
            )
        ours = (post for post in page.posts if post.author_id in self._accounts and post.parent and post.parent.id == post_id)
        return Found(next((post.id for post in ours), None), page.count)


def _client(settings: XSettings, session: aiohttp.ClientSession) -> Any:  # noqa: ANN401 - tweepy has no types
    def told(secret: Any) -> str | None:  # noqa: ANN401 - a secret or None
        return secret.get_secret_value() if secret is not None else None

    client = AsyncClient(
        told(settings.x_bearer_token),
        told(settings.x_consumer_key),
        told(settings.x_consumer_secret),
        told(settings.x_access_token),
        told(settings.x_access_token_secret),
        return_type=dict,
        wait_on_rate_limit=False,
    )
    client.session = session
    return client


def _second(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _page(answer: object) -> Page:
    page = page_of(answer)
    if page is None:
        raise SourceAwayError("no answer")
    return page


@asynccontextmanager
async def _sorted_by_status(token: str | None) -> AsyncIterator[None]:
    """``token``: where on the way we were; X forgets such places, and then the way begins anew."""
    try:
        yield
    except StatusError as error:
        raise _sorted(error, token) from None  # the cause might quote what was asked
    except _NOT_AN_ANSWER as error:
        raise SourceAwayError(type(error).__name__) from None


def _sorted(error: StatusError, token: str | None) -> Exception:
    match error.status:
        case 401:
            return SourceStoppedError("unauthorized")
        case 402:
            return SourceStoppedError("credits_spent")
        case 403:
            return SourceStoppedError("forbidden")
        case 429:
            return SourceLimitedError(error.reset_at)
        case status if 400 <= status < 500 and status not in _TEMPORARY:  # noqa: PLR2004 - what HTTP calls the client's fault
            return SourceAwayError(f"status {status}", lost_place=True) if token else SourceStoppedError("refused")
        case status:
            return SourceAwayError(f"status {status}")
