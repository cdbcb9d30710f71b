"""HTML cut into text and tags, in one pass.

A tree builder follows the HTML standard into quadratic time and memory: nested elements and reopened formatting turn 200 kB into
nine seconds and 27 kB into 700 MB (measured with Lexbor). The layout of a mail needs no tree, only the tags in their order.
"""

import html
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Final

_TAG_NAME: Final = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9:_-]{0,60})")
_CLOSED_ATTRIBUTES: Final = re.compile(r"""(?:[^=]++|=\s*+(?:"[^"]*+"|'[^']*+'|(?!["'])))*+""")
_OPENING_QUOTE: Final = re.compile(r"""=\s*+(["'])""")
_ATTRIBUTE: Final = re.compile(r"""([^\s=/"'<>]{1,60})\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
_BARE: Final = re.compile(r"<+")
_ANY_TAG: Final = re.compile(r"<[^<>]*+>")
MAX_TOKENS: Final = 60_000
"""A long newsletter has some ten thousand. Beyond, tags are only taken out."""
RAW_TEXT: Final = frozenset({"style", "script", "title", "template", "noscript", "xml", "iframe", "object", "svg", "math"})
"""Elements whose content nobody reads as text."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A start or end tag."""

    name: str
    is_end: bool
    attributes: str
    """As written: most tags' attributes are never looked at."""

    def attribute(self, wanted: str) -> str:
        """The value of an attribute in lower case, empty where it is missing."""
        if wanted not in self.attributes.lower():
            return ""
        for match in _ATTRIBUTE.finditer(self.attributes):
            if match.group(1).lower() == wanted:
                return html.unescape(match.group(2) or match.group(3) or match.group(4) or "").strip().lower()
        return ""


def tokens(source: str) -> Iterator[Tag | str]:
    """The tags and the raw text between them. Comments, declarations and what is no text are left out."""
    position, last_close = 0, source.rfind(">")
    unclosed: set[str] = set()
    for _ in range(MAX_TOKENS):
        start = source.find("<", position)
        if start < 0 or start > last_close:  # what begins and is never closed is text: no word is lost
            break
        if start > position:
            yield source[position:start]
        match = _TAG_NAME.match(source, start + 1)
        if match is None:
            position = yield from _no_tag(source, start)
            continue
        end = _end_of_tag(source, match.end())
        tag = Tag(match.group(2).lower(), bool(match.group(1)), source[match.end() : end])
        yield tag
        position = end + 1
        if tag.name in RAW_TEXT and not tag.is_end and tag.name not in unclosed and not tag.attributes.rstrip().endswith("/"):
            closing = re.compile(f"</{tag.name}", re.IGNORECASE).search(source, position)
            if closing is None:  # an element that is never closed hides nothing
                unclosed.add(tag.name)
            else:
                position = closing.start()
    else:
        yield _ANY_TAG.sub(" ", source[position:])
        return
    if position < len(source):
        yield source[position:]


def _no_tag(source: str, start: int) -> Generator[str, None, int]:
    """A comment or declaration is skipped; a bare ``<`` is text. Returns where to go on."""
    if source.startswith("<!--", start):
        end = source.find("-->", start + 4)
        return end + 3 if end >= 0 else _after(source, start)
    if source.startswith(("<!", "<?", "</"), start):
        return _after(source, start)
    run = _BARE.match(source, start)
    length = max(1, run.end() - start - 1) if run else 1  # the last of several may open a tag
    yield source[start : start + length]
    return start + length


def _after(source: str, start: int) -> int:
    end = source.find(">", start)
    return end + 1 if end >= 0 else len(source)


def _end_of_tag(source: str, start: int) -> int:
    """The ``>`` that closes a tag, not one in a quoted value."""
    end = source.find(">", start)
    if "=" not in source[start:end]:
        return end
    checked = start
    while True:
        closed = _CLOSED_ATTRIBUTES.match(source, checked, end)
        stop = closed.end() if closed else end
        quote = _OPENING_QUOTE.match(source, stop, end) if stop < end else None
        if quote is None:
            return end
        closing = source.find(quote.group(1), end)
        further = source.find(">", closing + 1) if closing >= 0 else -1
        if further < 0:  # the quote or the tag is never closed: take it as it first seemed
            return end
        checked, end = closing + 1, further
