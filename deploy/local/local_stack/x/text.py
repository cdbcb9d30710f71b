"""A post's text as X answers it: escaped, its links shortened, and where in it tags, mentions and links are. Pure.

Offsets count the code points of the escaped text, ends exclusive. Source: docs.x.com, "Post object", and the published counting rules
of twitter-text (version 3): 280 weighted characters, a link is always 23, most scripts of Europe weigh one and the others two.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from local_stack.x.query import HASHTAG
from local_stack.x.records import Account

MAX_WEIGHT = 280
MAX_LONG_CHARS = 25_000
"""Of verified accounts."""
LINK_WEIGHT = 23
LIGHT = (range(4352), range(8192, 8206), range(8208, 8224), range(8242, 8248))
MAX_WORD_CHARS = (MAX_WEIGHT - LINK_WEIGHT - 3) // 2
"""Of a word that fills all the room by itself."""
SHORT_DIGITS = 10
SHOWN_LINK_CHARS = 26

LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?')\]]")
MENTION = re.compile(r"(?<![\w@/])[@＠]([A-Za-z0-9_]{1,15})(?![\w@])")  # noqa: RUF001 - the full-width sign counts as well
PART = re.compile(f"(?P<link>{LINK.pattern})|(?P<tag>{HASHTAG.pattern})|(?P<mention>{MENTION.pattern})")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """A text and its entities."""

    text: str
    entities: Json


def escaped(text: str) -> str:
    """X escapes these three and no more."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def short_link(address: str) -> str:
    """The same address has the same short link."""
    return f"https://t.co/{hashlib.sha256(address.encode()).hexdigest()[:SHORT_DIGITS]}"


def mentioned(text: str) -> list[str]:
    """Usernames that a text names, without their ``@``."""
    return [found["mention"].lstrip("@＠") for found in PART.finditer(text) if found["mention"]]  # noqa: RUF001 - as above


def has_link(text: str) -> bool:
    """Whether there is an address in it."""
    return LINK.search(text) is not None


def weight(text: str) -> int:
    """How long a text is by X's rules."""
    rest = LINK.sub("", text)
    return LINK_WEIGHT * len(LINK.findall(text)) + sum(1 if any(ord(sign) in light for light in LIGHT) else 2 for sign in rest)


def shown(text: str, account: Callable[[str], Account | None], photos: Sequence[tuple[str, str]] = ()) -> Shown:
    """``account``: the one of a username, if there is one; ``photos``: key and page of each, which are links behind the text."""
    pieces: list[str] = []
    found: dict[str, list[Json]] = {}
    at = 0
    for piece, name, values in _parts(text, account):
        if name:
            found.setdefault(name, []).append({"start": at, "end": at + len(piece), **values})
        pieces.append(piece)
        at += len(piece)
    for key, page in photos[:1]:  # one link stands for all of them
        piece = short_link(page)
        at += 1 if pieces else 0
        display = f"pic.x.com/{piece.rpartition('/')[2]}"
        link = {"start": at, "end": at + len(piece), "url": piece, "expanded_url": page, "display_url": display}
        found.setdefault("urls", []).extend(link | {"media_key": other} for other, _ in [(key, page), *photos[1:]])
        pieces.append(f" {piece}" if pieces else piece)
    return Shown("".join(pieces), found)


def shortened(text: str, page: str) -> str:
    """The beginning of a long text and a link to all of it, as it stands where there is no room."""
    rest, kept = MAX_WEIGHT - LINK_WEIGHT - 3, []
    for word in re.split(r"(?<=\s)", text):
        rest -= weight(word)
        if rest < 0:
            break
        kept.append(word)
    beginning = "".join(kept) or text[:MAX_WORD_CHARS]
    return f"{beginning.rstrip()}… {page}"


def _parts(text: str, account: Callable[[str], Account | None]) -> Iterator[tuple[str, str, Json]]:
    """Pieces of the text; with the name of the entity that one is and its values."""
    end = 0
    for part in PART.finditer(text):
        yield escaped(text[end : part.start()]), "", {}
        end = part.end()
        if link := part["link"]:
            bare = link.partition("://")[2]
            display = bare if len(bare) <= SHOWN_LINK_CHARS else f"{bare[:SHOWN_LINK_CHARS]}…"
            yield short_link(link), "urls", {"url": short_link(link), "expanded_url": link, "display_url": display}
        elif tag := part["tag"]:
            yield tag, "hashtags", {"tag": tag[1:]}
        elif (someone := account(part["mention"][1:])) is not None:
            yield part["mention"], "mentions", {"username": someone.username, "id": someone.id}
        else:
            yield part["mention"], "", {}
    yield escaped(text[end:]), "", {}
