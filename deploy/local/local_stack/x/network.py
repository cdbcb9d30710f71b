"""The network itself: who wrote what, what is still there, and who may see it. Everything in it is in the log first."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from local_stack.x.log import Log
from local_stack.x.query import Searchable
from local_stack.x.records import Account, Deleted, Photo, Place, Post, Record, Withheld
from local_stack.x.snowflake import first_id_at, next_id
from local_stack.x.text import has_link, mentioned

ReplySettings = Literal["everyone", "following", "mentionedUsers", "subscribers", "verified"]


class Absent(StrEnum):
    """Why a post cannot be shown."""

    NOT_FOUND = "not_found"
    NOT_AUTHORIZED = "not_authorized"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A post before it is written."""

    text: str = ""
    parent_id: str | None = None
    quoted_id: str | None = None
    reposted_id: str | None = None
    photo_keys: tuple[str, ...] = ()
    place_id: str | None = None
    point: tuple[float, float] | None = None
    lang: str = "en"
    reply_settings: ReplySettings = "everyone"
    at: datetime | None = None
    """When, where not now."""
    found_after: timedelta = timedelta()
    """How much later search finds it."""


class Network:
    """Accounts, posts, photos and places. Made from its log, and written to it before anything is answered."""

    def __init__(self, log: Log, clock: Callable[[], datetime]) -> None:
        self._log = log
        self.clock = clock
        self.accounts: dict[str, Account] = {}
        self.photos: dict[str, Photo] = {}
        self.places: dict[str, Place] = {}
        self.posts: dict[str, Post] = {}
        """Every version ever written."""
        self.replies: Counter[str] = Counter()
        """How many there ever were, by the post that they answer."""
        self._names: dict[str, str] = {}
        self._order: list[int] = []
        self._versions: dict[str, list[str]] = {}
        self._deleted: set[str] = set()
        self._withheld: dict[str, tuple[str, ...]] = {}
        for record in log.read():
            self._take(record)

    def _take(self, record: Record) -> None:
        match record:
            case Account():
                self.accounts[record.id] = record
                self._names[record.username.casefold()] = record.id
            case Photo():
                self.photos[record.key] = record
            case Place():
                self.places[record.id] = record
            case Post():
                self.posts[record.id] = record
                insort(self._order, record.number)
                self.replies[record.parent_id or ""] += record.id == record.first_id
                self._versions.setdefault(record.first_id, []).append(record.id)
            case Deleted():
                self._deleted.add(record.first_id)
            case Withheld():
                self._withheld[record.first_id] = record.country_codes

    def keep(self, record: Record) -> None:
        """Into the log, then into memory."""
        self._log.append(record)
        self._take(record)

    # --- who and what there is ---

    def account_of(self, username: str) -> Account | None:
        """By a username, in any capitals."""
        return self.accounts.get(self._names.get(username.casefold(), ""))

    def account_for(self, username: str) -> Account:
        """By a username; made where there is none."""
        found = self.account_of(username)
        if found is None:
            found = Account(id=self.free_id(), username=username, name=username)
            self.keep(found)
        return found

    def free_id(self, at: datetime | None = None) -> str:
        """An id that nothing has, of this moment or later; of an older moment where one is named."""
        moment = self.clock() if at is None else at
        last = self._order[-1] if self._order and at is None else 0
        number = next_id(moment, max(last, first_id_at(moment) - 1))
        while str(number) in self.posts or str(number) in self.accounts or f"3_{number}" in self.photos:
            number += 1
        return str(number)

    def find(self, post_id: str) -> Post | Absent:
        """A version of a post, as an app sees it."""
        post = self.posts.get(post_id)
        if post is None or post.first_id in self._deleted:
            return Absent.NOT_FOUND
        return Absent.NOT_AUTHORIZED if self.accounts[post.author_id].is_protected else post

    def there(self, post_id: str | None) -> Post | None:
        """The post, if everybody may see it."""
        found = self.find(post_id) if post_id else None
        return found if isinstance(found, Post) else None

    def history(self, post: Post) -> list[str]:
        """The ids of all versions, the first one first."""
        return self._versions[post.first_id]

    def withheld_in(self, post: Post) -> tuple[str, ...]:
        """Countries that do not see it."""
        return self._withheld.get(post.first_id, ())

    def newest_first(self, *, since: int = 0, until: int | None = None) -> Iterator[Post]:
        """The latest versions that search has indexed. ``since``: the smallest id, ``until``: the first that is too large."""
        now = self.clock()
        start = bisect_left(self._order, since)
        stop = len(self._order) if until is None else bisect_left(self._order, until)
        for number in reversed(self._order[start:stop]):
            post = self.there(str(number))
            if post is not None and post.found_from <= now and self.history(post)[-1] == post.id:
                yield post

    def mentions(self, post: Post) -> dict[str, Account]:
        """The accounts that a post names, by id."""
        found = (self.account_of(name) for name in mentioned(post.text))
        return {account.id: account for account in found if account is not None}

    def searchable(self, post: Post) -> Searchable:
        """What a query looks at."""
        author, parent = self.accounts[post.author_id], self.posts.get(post.parent_id or "")
        is_ = {"retweet": post.reposted_id, "reply": post.parent_id, "quote": post.quoted_id, "verified": author.is_verified}
        names = {account.username for account in self.mentions(post).values()}
        has = {
            "images": post.photo_keys,
            "media": post.photo_keys,
            "links": has_link(post.text),
            "hashtags": "#" in post.text,
            "mentions": names,
        }
        return Searchable(
            text=post.text,
            author=author.username,
            author_id=author.id,
            to=self.accounts[parent.author_id].username if parent else "",
            mentions=frozenset(names),
            conversation_id=post.conversation_id,
            lang=post.lang,
            is_=frozenset(name for name, value in is_.items() if value),
            has=frozenset(name for name, value in has.items() if value),
        )

    # --- what happens ---

    def write(self, author: Account, draft: Draft) -> Post:
        """A new post. A reply begins with whom it answers, as X writes it; a repost quotes what it passes on."""
        post_id = self.free_id(draft.at)
        parent, passed_on = self.posts.get(draft.parent_id or ""), self.posts.get(draft.reposted_id or "")
        text = draft.text
        if parent is not None and parent.author_id != author.id:
            answered = self.accounts[parent.author_id].username
            text = text if answered.casefold() in map(str.casefold, mentioned(text)) else f"@{answered} {text}"
        if passed_on is not None:
            text = f"RT @{self.accounts[passed_on.author_id].username}: {passed_on.text}"
        post = Post(
            id=post_id,
            author_id=author.id,
            text=text,
            conversation_id=parent.conversation_id if parent else post_id,
            first_id=post_id,
            parent_id=draft.parent_id,
            quoted_id=draft.quoted_id,
            reposted_id=draft.reposted_id,
            photo_keys=draft.photo_keys,
            place_id=draft.place_id,
            point=draft.point,
            lang=draft.lang,
            reply_settings=draft.reply_settings,
            found_from=(draft.at or self.clock()) + draft.found_after,
        )
        self.keep(post)
        return post

    def edit(self, post: Post, text: str) -> Post:
        """A new version, with an id of its own; it stays where it is in its conversation."""
        version = post.model_copy(update={"id": self.free_id(), "text": text, "found_from": self.clock()})
        self.keep(version)
        return version

    def delete(self, post: Post) -> None:
        """Every version of it."""
        self.keep(Deleted(first_id=post.first_id))

    def withhold(self, post: Post, country_codes: tuple[str, ...]) -> None:
        """In some countries."""
        self.keep(Withheld(first_id=post.first_id, country_codes=country_codes))
