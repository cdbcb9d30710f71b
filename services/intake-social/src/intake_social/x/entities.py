"""A post's text as people read it. Offsets of entities count the code points of the *escaped* text: cut first, unescape after. Pure."""

import re
from typing import Final, TypeGuard

from intake_social import hashtags
from intake_social.x.vocabulary import Json, identifier, mapping, mappings, words

_POST: Final = re.compile(r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/(?:i/web|\w{1,50})/status(?:es)?/([0-9]{1,25})(?![0-9])")
"""The address of a post."""


def readable(text: str, entities: Json, quoted_id: str | None = None) -> str:
    """The text with its links in full; what does not fit is left alone.

    Without those that only stand for its own photos, and without the one behind the words that X adds to a post that quotes another.
    """
    pieces: list[str] = []
    end = 0
    for start, stop, shown in _without_quotation(text, sorted(_links(text, entities)), quoted_id):
        if start >= end:  # an overlapping one is damaged
            pieces += [_unescaped(text[end:start]), shown]
            end = stop
    return "".join([*pieces, _unescaped(text[end:])]).strip()


def tags(text: str, entities: Json) -> frozenset[str]:
    """The hashtags, folded: those that X marked, and those that stand in the text."""
    marked = {hashtags.folded(words(item.get("tag"))) for item in mappings(entities.get("hashtags"))}
    return frozenset(marked - {""}) | hashtags.in_text(readable(text, entities))


def mentioned(entities: Json) -> frozenset[str]:
    """Ids of the accounts that it names."""
    return frozenset(found for item in mappings(entities.get("mentions")) if (found := identifier(item.get("id"))) is not None)


def _without_quotation(text: str, links: list[tuple[int, int, str]], quoted_id: str | None) -> list[tuple[int, int, str]]:
    """The links, the last one not shown where nothing but the post's own photos stands behind it and it leads to what is quoted."""
    end = len(text)
    for index in reversed(range(len(links) if quoted_id else 0)):
        start, stop, shown = links[index]
        if text[stop:end].strip():
            break
        found = _POST.match(shown)
        if found is not None and found[1] == quoted_id:
            return [*links[:index], (start, stop, ""), *links[index + 1 :]]
        if shown:
            break
        end = min(end, start)
    return links


def _links(text: str, entities: Json) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    for item in mappings(mapping(entities).get("urls")):
        start, stop, short = item.get("start"), item.get("end"), words(item.get("url"))
        if not (_is_offset(start) and _is_offset(stop) and 0 <= start < stop <= len(text)) or text[start:stop] != short:
            continue
        is_own_photo = identifier(words(item.get("media_key")).rpartition("_")[2]) is not None
        found.append((start, stop, "" if is_own_photo else words(item.get("expanded_url")) or short))
    return found


def _is_offset(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _unescaped(text: str) -> str:
    """X escapes these three and no more; the ampersand comes last, or ``&amp;lt;`` would be undone twice."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
