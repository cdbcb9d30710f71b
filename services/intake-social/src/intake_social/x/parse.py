"""A page of X's JSON as posts. One that is not what it should be is set aside with its bytes, and the others go on. Pure."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn

from intake_social.posts import Page, Photo, Post, Reference, UnreadablePost
from intake_social.x.entities import mentioned, readable, tags
from intake_social.x.vocabulary import REPOSTED, Json, identifier, mapping, mappings, named, words
from shared.cleaning import clean_line
from shared.contracts import Area, Language, Place, WithdrawalReason

MAX_PHOTOS: Final = 20
"""X allows four; whatever else may come is not ours to refuse and not ours to fetch."""
MAX_ALT_CHARACTERS: Final = 1_000
HALF_TURN: Final = 180
"""Degrees."""
WITHHELD_HERE: Final = frozenset({"US", "XX", "XY"})
"""Country codes of a post that nobody in the town sees: the country's, everywhere, everywhere for copyright (X's own codes)."""
_GONE: Final = {
    "resource-not-found": WithdrawalReason.DELETED,
    "not-authorized-for-resource": WithdrawalReason.PROTECTED,
}
"""The end of a problem's type, by X's documentation of partial errors."""
_EPOCH: Final = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
"""From which the milliseconds in an id count (its upper bits, above 22 others)."""
_YOUNGEST_FORM: Final = 1 << 49
"""Ids below were given before they held a time."""


class _OddError(Exception):
    """The named field is not what it should be."""


@dataclass(frozen=True, slots=True)
class _Beside:
    """What a page tells beside its posts (``includes``)."""

    posts: Mapping[str, Json]
    media: Mapping[str, Json]
    places: Mapping[str, Json]


def page_of(answer: object) -> Page | None:
    """The page; None where it is no answer to a question for posts (no object, or without ``data`` and ``meta``)."""
    if not isinstance(answer, dict) or not ({"data", "meta"} & answer.keys()):
        return None
    items = answer.get("data")
    if items is None:
        items = []
    if not isinstance(items, list):
        return None
    beside = _beside(mapping(answer.get("includes")))
    read = [_read(item, beside) for item in items]
    return Page(
        posts=tuple(post for post in read if isinstance(post, Post)),
        unreadable=tuple(post for post in read if isinstance(post, UnreadablePost)),
        next_token=words(mapping(answer.get("meta")).get("next_token")) or None,
    )


def withdrawn_in(answer: Json, asked: Collection[str]) -> dict[str, WithdrawalReason]:
    """Which of the posts that were asked for are gone: by the type of X's problem, and by where they are withheld."""
    found: dict[str, WithdrawalReason] = {}
    for item in mappings(answer.get("data")):
        codes = mapping(item.get("withheld")).get("country_codes")
        native_id = identifier(item.get("id"))
        if native_id is not None and isinstance(codes, list) and not WITHHELD_HERE.isdisjoint(filter(words, codes)):
            found[native_id] = WithdrawalReason.WITHHELD
    present = {identifier(item.get("id")) for item in mappings(answer.get("data"))}
    for problem in mappings(answer.get("errors")):
        native_id, kind = identifier(problem.get("resource_id")), words(problem.get("type")).rpartition("/")[2]
        if native_id is not None and native_id not in present and kind in _GONE:
            found[native_id] = _GONE[kind]
    return {native_id: reason for native_id, reason in found.items() if native_id in asked}


def _read(item: object, beside: _Beside) -> Post | UnreadablePost:
    raw = json.dumps(item, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    try:
        return _post(item, beside, raw) if isinstance(item, dict) else _odd("post")
    except _OddError as error:
        native_id = identifier(item.get("id")) if isinstance(item, dict) else None
        return UnreadablePost(native_id or hashlib.sha256(raw).hexdigest(), str(error), raw, _url(native_id) if native_id else "")


def _odd(field: str) -> NoReturn:
    raise _OddError(field)


def _post(item: Json, beside: _Beside, raw: bytes) -> Post:
    native_id = identifier(item.get("id")) or _odd("id")
    author_id = identifier(item.get("author_id")) or _odd("author_id")
    note = mapping(named(item, "note"))
    text = words(note.get("text")) or item.get("text")
    if not isinstance(text, str):
        _odd("text")
    entities = mapping(note.get("entities")) if note.get("text") else mapping(item.get("entities"))
    references = _referred(item)
    conversation_id = identifier(item.get("conversation_id")) or native_id
    history = named(item, "history")
    first_id = identifier(history[0]) if isinstance(history, list) and history else None
    root = beside.posts.get(conversation_id)
    return Post(
        id=native_id,
        author_id=author_id,
        written_at=_moment(item.get("created_at")) or _moment_in(native_id),
        text=readable(text, entities, references.get("quoted")),
        hashtags=tags(text, entities) | _marked(item),
        mentions=mentioned(entities) | mentioned(mapping(item.get("entities"))),
        conversation_id=conversation_id,
        first_id=first_id or native_id,
        parent=_reference(references.get("replied_to"), beside),
        root_author_id=identifier(root.get("author_id")) if root else None,
        quoted=_reference(references.get("quoted"), beside),
        is_repost=not REPOSTED.isdisjoint(references),
        is_restricted=words(item.get("reply_settings")) not in {"", "everyone"},
        photos=_photos(item, beside),
        place=_place(mapping(item.get("geo")), beside),
        language=Language.ES if item.get("lang") == "es" else Language.EN,
        url=_url(native_id),
        raw=raw,
    )


def _url(native_id: str) -> str:
    """Leads to the post without naming its author."""
    return f"https://x.com/i/web/status/{native_id}"


def _marked(item: Json) -> frozenset[str]:
    """A long post's tags are marked in its short form too."""
    return tags("", mapping(item.get("entities")))


def _beside(includes: Json) -> _Beside:
    return _Beside(
        posts=_by(named(includes, "posts"), "id"),
        media=_by(includes.get("media"), "media_key"),
        places=_by(includes.get("places"), "id"),
    )


def _by(items: object, key: str) -> dict[str, Json]:
    return {str(item[key]): item for item in mappings(items) if isinstance(item.get(key), str | int)}


def _referred(item: Json) -> dict[str, str | None]:
    """What a post says that it quotes, answers and passes on."""
    return {words(reference.get("type")): identifier(reference.get("id")) for reference in mappings(named(item, "references"))}


def _reference(native_id: str | None, beside: _Beside) -> Reference | None:
    if native_id is None:
        return None
    item = beside.posts.get(native_id)
    if item is None:
        return Reference(native_id)
    note = mapping(named(item, "note"))
    text, entities = words(note.get("text")), mapping(note.get("entities"))
    if not text:
        text, entities = words(item.get("text")), mapping(item.get("entities"))
    return Reference(native_id, identifier(item.get("author_id")), readable(text, entities, _referred(item).get("quoted")))


def _photos(item: Json, beside: _Beside) -> tuple[Photo, ...]:
    keys = mapping(item.get("attachments")).get("media_keys")
    media = [beside.media[key] for key in keys if isinstance(key, str) and key in beside.media] if isinstance(keys, list) else []
    photos = [
        Photo(words(one["url"]), clean_line(words(one.get("alt_text")), max_characters=MAX_ALT_CHARACTERS) or None)
        for one in media
        if one.get("type") == "photo" and words(one.get("url"))
    ]
    return tuple(photos[:MAX_PHOTOS])


def _place(geo: Json, beside: _Beside) -> Place | None:
    """The exact point where there is one, else the rectangle of the place that the author chose."""
    point = _degrees(mapping(geo.get("coordinates")).get("coordinates"), 2)
    if point is not None and (place := _placed(point[1], point[0])):
        return place
    chosen = beside.places.get(words(geo.get("place_id")))
    corners = _degrees(mapping(chosen.get("geo")).get("bbox"), 4) if chosen else None
    if chosen is None or corners is None:
        return None
    west, south, east, north = corners
    if not (_is_position(south, west) and _is_position(north, east)):
        return None
    name = clean_line(words(chosen.get("full_name")), max_characters=MAX_ALT_CHARACTERS)
    return Place(address=name or None, area=Area(south=south, west=west, north=north, east=east))


def _placed(lat: float, long: float) -> Place | None:
    return Place(lat=lat, long=long) if _is_position(lat, long) else None


def _is_position(lat: float, long: float) -> bool:
    return abs(lat) <= HALF_TURN / 2 and abs(long) <= HALF_TURN


def _degrees(value: object, count: int) -> list[float] | None:
    if not isinstance(value, list) or len(value) != count:
        return None
    if not all(isinstance(part, int | float) and not isinstance(part, bool) and abs(part) <= HALF_TURN for part in value):
        return None
    return [float(part) for part in value]


def _moment(value: object) -> datetime | None:
    """A timestamp, with or without a fraction of a second; None for anything else, and for one without a zone."""
    try:
        moment = datetime.fromisoformat(words(value))
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _moment_in(native_id: str) -> datetime | None:
    """The time that X wrote into the id."""
    number = int(native_id)
    if number < _YOUNGEST_FORM or number >= 1 << 63:
        return None
    return _EPOCH + timedelta(milliseconds=number >> 22)
