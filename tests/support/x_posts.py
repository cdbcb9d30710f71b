"""Posts as X answers them, invented; in the vocabulary before August 2026 unless a test asks for the later one."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 9, 1, 16, 0, tzinfo=UTC)
EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
AUTHOR, STRANGER, TOWN = "1001", "1002", "3110"
RENAMED = {
    "note_tweet": "note_post",
    "referenced_tweets": "referenced_posts",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "tweets": "posts",
    "retweeted": "reposted",
}


def post_id(moment: datetime, serial: int = 0) -> str:
    """An id as X derives it from the time."""
    return str((int((moment - EPOCH) / timedelta(milliseconds=1)) << 22) + serial)


def post(native_id: str = "2000000000000000001", text: str = "A pothole at 300 N Academy St #311Cary", **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A post by ``AUTHOR``."""
    values = {
        "id": native_id,
        "text": text,
        "author_id": AUTHOR,
        "conversation_id": native_id,
        "created_at": "2026-09-01T15:59:00.000Z",
        "edit_history_tweet_ids": [native_id],
        "lang": "en",
    }
    return values | fields


def reply(native_id: str, parent: str, root: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A reply in a conversation."""
    return post(native_id, **{"conversation_id": root, "referenced_tweets": [{"type": "replied_to", "id": parent}], **fields})


def answer(*posts: object, next_token: str | None = None, **includes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A page."""
    meta = {"result_count": len(posts), **({"next_token": next_token} if next_token else {})}
    return {**({"data": list(posts)} if posts else {}), "meta": meta, **({"includes": includes} if includes else {})}


def renamed(value: Any) -> Any:  # noqa: ANN401 - JSON
    """The same in the vocabulary since August 2026."""
    text = json.dumps(value)
    for before, now in RENAMED.items():
        text = text.replace(f'"{before}"', f'"{now}"')
    return json.loads(text)
