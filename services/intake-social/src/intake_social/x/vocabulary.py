"""The two vocabularies of API v2: in August 2026 tweets became posts. Answers of both are read, of whichever fields they are. Pure.

Here also the field readers: each gives the value if it is what it should be, and nothing else ever.
"""

from collections.abc import Mapping
from typing import Any, Final

Json = Mapping[str, Any]

NAMES: Final = {
    "note": ("note_post", "note_tweet"),
    "references": ("referenced_posts", "referenced_tweets"),
    "history": ("edit_history_post_ids", "edit_history_tweet_ids"),
    "posts": ("posts", "tweets"),
}
"""What a field is called now, and what it was called before."""
REPOSTED: Final = frozenset({"reposted", "retweeted"})
MAX_ID_DIGITS: Final = 25


def named(item: Json, name: str) -> Any:  # noqa: ANN401 - whatever the JSON holds
    """A field by either of its names; None where there is none."""
    return next((item[known] for known in NAMES[name] if item.get(known) is not None), None)


def mapping(value: object) -> Json:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Json]:
    """The objects of a JSON array."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def identifier(value: object) -> str | None:
    """An id: digits, in a string as documented, or as a number as some proxies make of it."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if 0 <= value < 10**MAX_ID_DIGITS else None
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > MAX_ID_DIGITS:
        return None
    return value


def words(value: object) -> str:
    """A string; an empty one for anything else."""
    return value if isinstance(value, str) else ""
