"""A post's text as people read it. Offsets of entities count the code points of the *escaped* text: cut first, unescape after. Pure."""

from typing import TypeGuard

from intake_social import hashtags
from intake_social.x.vocabulary import Json, identifier, mapping, mappings, words


def readable(text: str, entities: Json) -> str:
    """The text with its links in full and without those that only stand for its own photos; what does not fit is left alone."""
    pieces: list[str] = []
    end = 0
    for start, stop, shown in sorted(_links(text, entities)):
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
