"""Posts, users, photos and places as X's JSON: only the fields that were asked for, and beside them what was expanded."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from local_stack.x.asking import Asked
from local_stack.x.network import Absent, Network
from local_stack.x.problems import Json, missing
from local_stack.x.records import Account, Photo, Place, Post
from local_stack.x.rules import EDITABLE, MAX_EDITS
from local_stack.x.snowflake import written_at
from local_stack.x.text import MAX_WEIGHT, Shown, shortened, shown, weight

SOURCE = "Stand-in for X"
LEADING_MENTIONS = re.compile(r"(?:@\w{1,15}\s+)+")


class Shapes:
    """Makes answers of one question."""

    def __init__(self, network: Network, asked: Asked, base: str) -> None:
        self._network = network
        self._asked = asked
        self._base = base

    def posts(self, posts: Sequence[Post], errors: Sequence[Json] = (), *, is_single: bool = False) -> Json:
        """``data``, ``includes`` and ``errors``, as far as there are any."""
        includes, unseen = self._beside(posts)
        data: list[Json] = [self.post(post) for post in posts]
        every = [*errors, *unseen]
        return {
            **({"data": data[0] if is_single else data} if data else {}),
            **({"includes": includes} if includes else {}),
            **({"errors": every} if every else {}),
        }

    def post(self, post: Post) -> Json:
        """One of them."""
        names = self._asked.names
        is_long = weight(post.text) > MAX_WEIGHT
        note = shown(post.text, self._network.account_of) if is_long else None
        whole = self._shown(post, shortened(post.text, self._page_of(post)) if is_long else post.text)
        values = {
            "id": post.id,
            "text": whole.text,
            "history": self._network.history(post),
            "author_id": post.author_id,
            "attachments": {"media_keys": list(post.photo_keys)} if post.photo_keys else None,
            "conversation_id": post.conversation_id,
            "created_at": _time(post.written_at),
            "display_text_range": _visible(post, whole),
            "edit_controls": self._edit_controls(post),
            "entities": whole.entities or None,
            "geo": _geo(post),
            "in_reply_to_user_id": self._network.posts[post.parent_id].author_id if post.parent_id in self._network.posts else None,
            "lang": post.lang,
            "note": {"text": note.text, **({"entities": note.entities} if note.entities else {})} if note else None,
            "possibly_sensitive": False,
            "public_metrics": self._metrics(post),
            "references": [{"type": kind, "id": post_id} for kind, post_id in _references(post)] or None,
            "reply_settings": post.reply_settings,
            "source": SOURCE,
            "withheld": self._withheld(post),
        }
        return {names.get(name, name): value for name, value in values.items() if name in self._asked.posts and value is not None}

    def user(self, account: Account) -> Json:
        """An account."""
        values = {
            "id": account.id,
            "name": account.name,
            "username": account.username,
            "created_at": _time(written_at(int(account.id))) if len(account.id) > 10 else "2012-01-01T00:00:00.000Z",  # noqa: PLR2004 - older ids hold no time
            "description": "",
            "protected": account.is_protected,
            "public_metrics": {"followers_count": 0, "following_count": 0, "listed_count": 0, "tweet_count": 0},
            "verified": account.is_verified,
            "verified_type": "blue" if account.is_verified else "none",
        }
        return {name: value for name, value in values.items() if name in self._asked.users}

    def _beside(self, posts: Sequence[Post]) -> tuple[Json, list[Json]]:
        """What was expanded, each thing once; and what of it is not there."""
        wanted, found, network = self._asked.expansions, _Beside(), self._network
        for post in posts:
            self._expand(post, found, wanted)
            if "history" in wanted:
                found.add_posts(network, network.history(post))
            if not wanted.isdisjoint({"references", "references.author", "references.media"}):
                found.add_posts(network, [post_id for _, post_id in _references(post)])
        deeper = {name.partition(".")[2] for name in wanted if name.startswith("references.")}
        for post in list(found.posts.values()):
            self._expand(post, found, frozenset(deeper))
        shaped = {
            "media": [self._photo(photo) for photo in found.photos.values()],
            "places": [self._place(place) for place in found.places.values()],
            self._asked.names["posts"]: [self.post(post) for post in found.posts.values()],
            "users": [self.user(account) for account in found.accounts.values()],
        }
        return {name: values for name, values in shaped.items() if values}, found.errors

    def _expand(self, post: Post, found: "_Beside", wanted: frozenset[str]) -> None:
        network = self._network
        if "author" in wanted:
            found.accounts[post.author_id] = network.accounts[post.author_id]
        if "mentions" in wanted:
            found.accounts |= network.mentions(post)
        if "answered" in wanted and post.parent_id in network.posts:
            answered = network.posts[post.parent_id].author_id
            found.accounts[answered] = network.accounts[answered]
        if "media" in wanted:
            found.photos |= {key: network.photos[key] for key in post.photo_keys}
        if "place" in wanted and post.place_id in network.places:
            found.places[post.place_id] = network.places[post.place_id]

    def _shown(self, post: Post, text: str) -> Shown:
        """With the links behind it that X adds: to what it quotes, and to its photos."""
        quoted = self._network.posts.get(post.quoted_id or "")
        text = f"{text} {self._page_of(quoted)}".strip() if quoted else text
        photos = [(key, f"{self._page_of(post)}/photo/{index}") for index, key in enumerate(post.photo_keys, start=1)]
        return shown(text, self._network.account_of, photos)

    def _page_of(self, post: Post) -> str:
        return f"https://x.com/{self._network.accounts[post.author_id].username}/status/{post.id}"

    def _photo(self, photo: Photo) -> Json:
        values = {
            "media_key": photo.key,
            "type": "photo",
            "url": f"{self._base}/media/{photo.file_name}",
            "width": photo.width,
            "height": photo.height,
            "alt_text": photo.alt_text,
        }
        return {name: value for name, value in values.items() if name in self._asked.media and value is not None}

    def _place(self, place: Place) -> Json:
        values = {
            "id": place.id,
            "full_name": place.full_name,
            "name": place.full_name.partition(",")[0],
            "country": "United States",
            "country_code": "US",
            "place_type": "city",
            "geo": {"type": "Feature", "bbox": list(place.bbox), "properties": {}},
        }
        return {name: value for name, value in values.items() if name in self._asked.places}

    def _edit_controls(self, post: Post) -> Json:
        until = self._network.posts[post.first_id].written_at + EDITABLE
        left = max(0, MAX_EDITS + 1 - len(self._network.history(post)))
        return {"edits_remaining": left, "is_edit_eligible": post.parent_id is None, "editable_until": _time(until)}

    def _metrics(self, post: Post) -> Json:
        others = dict.fromkeys(("retweet_count", "like_count", "quote_count", "bookmark_count", "impression_count"), 0)
        return {"reply_count": self._network.replies[post.id], **others}

    def _withheld(self, post: Post) -> Json | None:
        countries = self._network.withheld_in(post)
        scope = self._asked.names["post"]
        return {"copyright": False, "country_codes": list(countries), "scope": scope} if countries else None


class _Beside:
    """What a page brings beside its posts."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.photos: dict[str, Photo] = {}
        self.places: dict[str, Place] = {}
        self.posts: dict[str, Post] = {}
        self.errors: list[Json] = []

    def add_posts(self, network: Network, ids: Sequence[str]) -> None:
        """Posts that are named; of those that cannot be shown, why."""
        for post_id in ids:
            post = network.find(post_id)
            if isinstance(post, Post):
                self.posts[post_id] = post
            else:
                is_hidden = post is Absent.NOT_AUTHORIZED
                self.errors.append(missing("tweet", "referenced_tweets.id", post_id, is_hidden=is_hidden, section="includes"))


def _references(post: Post) -> list[tuple[str, str]]:
    every = (("replied_to", post.parent_id), ("quoted", post.quoted_id), ("retweeted", post.reposted_id))
    return [(kind, post_id) for kind, post_id in every if post_id is not None]


def _visible(post: Post, whole: Shown) -> list[int]:
    """Without whom a reply answers, and without the link to its photos."""
    answered = LEADING_MENTIONS.match(whole.text) if post.parent_id else None
    photos = [link["start"] for link in whole.entities.get("urls", []) if "media_key" in link]
    return [answered.end() if answered else 0, len(whole.text[: min(photos, default=len(whole.text))].rstrip())]


def _geo(post: Post) -> Json | None:
    point = {"coordinates": {"type": "Point", "coordinates": list(post.point)}} if post.point else {}
    return {**({"place_id": post.place_id} if post.place_id else {}), **point} or None


def _time(moment: datetime) -> str:
    """Milliseconds and a ``Z``."""
    rounded = moment.astimezone(UTC) - timedelta(microseconds=moment.microsecond % 1000)
    return rounded.isoformat(timespec="milliseconds").replace("+00:00", "Z")
