"""Which parts of a mail are its text (RFC 8621, section 4.1.4), and the text in them."""

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from intake_email.limits import Limits
from intake_email.reading.charsets import Decoded, decode
from intake_email.reading.flowed import unfold_flowed
from intake_email.reading.html_text import html_page
from intake_email.reading.page import Page, page_of
from intake_email.reading.structure import Part

_TEXTS: Final = frozenset({"text/plain", "text/html"})
_MEDIA: Final = ("image/", "audio/", "video/")
_META_CHARSET: Final = re.compile(rb"""<meta\s[^>]{0,300}charset\s{0,10}=\s{0,10}["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_META_BYTES: Final = 4_096
_TRIVIAL: Final = re.compile(
    r"(?:view|see|read) (?:this|the) (?:e-?mail|message) in|html[- ](?:capable|enabled|compatible|mail)|does(?: not|n't) support html"
    r"|no soporta html|unterst\u00fctzt kein html",
    re.IGNORECASE,
)
"""What programs put into the plain text when they mean the HTML."""
TRIVIAL_CHARACTERS: Final = 400


@dataclass(slots=True)
class Bodies:
    """The parts of a mail by what they are for."""

    text: list[Part] = field(default_factory=list)
    html: list[Part] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a mail."""

    page: Page
    """What is read: the plain text, or the HTML's where that says more."""
    plain: str
    html: str = field(repr=False)
    """The HTML's source: markers may hide in it."""
    is_from_html: bool
    is_lossy: bool
    """A charset was guessed, or characters were lost."""
    is_cut: bool
    """The text was longer than what is looked at."""


def sort_parts(root: Part) -> Bodies:
    """The parts as a mail program would show them: text, its HTML, and files. The depth is limited by the structure."""
    bodies = Bodies()
    _sort([root], "mixed", bodies, _Shown(bodies.text, bodies.html), in_alternative=False)
    return bodies


class _Shown(NamedTuple):
    """Where shown parts go; None where their kind is shown otherwise."""

    text: list[Part] | None
    html: list[Part] | None


def _sort(parts: list[Part], kind: str, bodies: Bodies, shown: _Shown, *, in_alternative: bool) -> None:
    text_before, html_before = len(shown.text or ()), len(shown.html or ())
    for number, part in enumerate(parts):
        if part.children:
            subkind = part.media_type.partition("/")[2]
            _sort(part.children, subkind, bodies, shown, in_alternative=in_alternative or subkind == "alternative")
        elif not _is_shown(part, kind, number) or part.media_type not in _TEXTS:
            bodies.files.append(part)
        elif kind == "alternative":
            target = shown.text if part.media_type == "text/plain" else shown.html
            (bodies.files if target is None else target).append(part)
        else:
            if in_alternative:  # the alternatives were built as parts of mixed ones
                shown = shown._replace(html=None) if part.media_type == "text/plain" else shown._replace(text=None)
            for target in shown:
                if target is not None:
                    target.append(part)
    if kind == "alternative" and shown.text is not None and shown.html is not None:
        _fill(shown.text, text_before, shown.html, html_before)


def _fill(text: list[Part], text_before: int, html: list[Part], html_before: int) -> None:
    """Alternatives of which only one kind was sent stand for the other, too."""
    if len(text) == text_before and len(html) > html_before:
        text.extend(html[html_before:])
    elif len(html) == html_before and len(text) > text_before:
        html.extend(text[text_before:])


def _is_shown(part: Part, kind: str, number: int) -> bool:
    is_media = part.media_type.startswith(_MEDIA)
    if part.disposition == "attachment" or not (part.media_type in _TEXTS or is_media):
        return False
    return number == 0 or (kind != "related" and (is_media or not part.name))


def read_body(bodies: Bodies, limits: Limits) -> Body:
    """The text of these parts. Plain text is preferred, unless it says nothing beside the HTML."""
    plains = [_decoded(part) for part in bodies.text if part.media_type == "text/plain"]
    sources = [_decoded(part) for part in bodies.html if part.media_type == "text/html"]
    is_lossy = any(decoded.is_lossy for decoded in (*plains, *sources))
    source, source_cut = _limited("\n".join(decoded.text for decoded in sources), limits.max_text_characters * 4)
    plain, plain_cut = _limited("\n".join(decoded.text for decoded in plains), limits.max_text_characters)
    only_html = [part for part in bodies.text if part.media_type == "text/html"]
    if source and (only_html or not is_telling(plain)):
        page = _html_pages(bodies, sources, limits) if only_html and plain.strip() else html_page(source)
        if only_html or len(page.text.strip()) > len(plain.strip()) * 2:
            return Body(page, plain, source, is_from_html=True, is_lossy=is_lossy, is_cut=source_cut)
    return Body(page_of(plain), plain, source, is_from_html=False, is_lossy=is_lossy, is_cut=plain_cut)


def _html_pages(bodies: Bodies, sources: list[Decoded], limits: Limits) -> Page:
    """Plain and HTML parts one after the other, as a mixed mail shows them."""
    html = iter(sources)
    texts = []
    for part in bodies.text:
        if part.media_type == "text/html":
            decoded = next(html, None) or _decoded(part)
            texts.append(html_page(decoded.text[: limits.max_text_characters * 4]).text)
        else:
            texts.append(_decoded(part).text[: limits.max_text_characters])
    return page_of("\n".join(texts))


def is_telling(plain: str) -> bool:
    """Whether a plain text is more than a pointer to the HTML."""
    text = plain.strip()
    return bool(text) and not (len(text) <= TRIVIAL_CHARACTERS and _TRIVIAL.search(text))


def _limited(text: str, characters: int) -> tuple[str, bool]:
    return (text[:characters], True) if len(text) > characters else (text, False)


def _decoded(part: Part) -> Decoded:
    data = part.content()
    charset = part.parameters.get("charset")
    if not charset and part.media_type == "text/html":
        declared = _META_CHARSET.search(data[:_META_BYTES])
        charset = declared.group(1).decode("ascii") if declared else None
    decoded = decode(data, charset)
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if part.media_type == "text/plain" and part.parameters.get("format", "").strip().lower() == "flowed":
        text = unfold_flowed(text, deletes_space=part.parameters.get("delsp", "").strip().lower() == "yes")
    return Decoded(text, decoded.is_lossy)
