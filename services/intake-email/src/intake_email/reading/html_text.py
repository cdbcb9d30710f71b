"""HTML as text: blocks become lines, quotations get ``>``, what mail programs mark as history or signature is noted.

Linear in the length of the source: every token is handled once, or twice where hidden text turns out never to end.
"""

import html
import re
from dataclasses import dataclass
from typing import Final

from intake_email.reading.html_tags import Tag, tokens
from intake_email.reading.page import Page

MAX_QUOTE_DEPTH: Final = 20
_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_SPACED: Final = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "blockquote"})
"""Blocks with an empty line around them."""
_NEVER_HIDDEN: Final = frozenset({"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "wbr", "html", "body"})
_BLANKS: Final = re.compile(r"[ \t\n\r\f]+")
_INVISIBLE: Final = " \u00a0\u200b\u200c\ufeff\u00ad"

# What mail programs put around or before the history. A prefix that a second program put before a name (Outlook's ``x_``,
# Hotmail's ``ecx``) does not change what it means.
_PREFIX: Final = re.compile(r"^(?:x_|ecx)+")
_CUT_IDS: Final = frozenset({"divrplyfwdmsg", "appendonsend", "stopspelling", "mail-editor-reference-message-container", "zwchr"})
_CUT_STYLE: Final = re.compile(r"border-top\s*:\s*solid\s+#?(?:b5c4df|e1e1e1)\b|border-top-color\s*:\s*rgb\(229,\s*229,\s*229\)")
_QUOTE_CLASSES: Final = frozenset({"yahoo_quoted", "protonmail_quote", "tutanota_quote", "zmail_extra", "wmquote"})
_SIGNATURES: Final = frozenset({"gmail_signature", "moz-signature", "ms-outlook-mobile-signature", "ymail_android_signature"})
_HIDDEN: Final = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all")
_WORTH_A_LOOK: Final = re.compile(
    r"rplyfwd|appendonsend|stopspelling|reference-message|zwchr|_quoted?\b|zmail_extra|wmquote|signature|display|mso-|border-top|__divider__",
    re.IGNORECASE,
)
"""Most attributes say nothing of the kind: one search spares taking them apart."""


@dataclass(slots=True)
class _Element:
    """An element that we are inside of."""

    name: str = ""
    depth: int = 0

    def count(self, tag: Tag) -> int:
        """How deep we are, counting elements of the same name, after this tag."""
        self.depth += -1 if tag.is_end else 1
        return self.depth


class _Layout:
    """Collects lines while the tokens go by."""

    def __init__(self, *, hides: bool = True) -> None:
        self.lines: list[str] = []
        self.cuts: set[int] = set()
        self.signature: set[int] = set()
        self.hides = hides
        self.hidden: list[Tag | str] = []
        """What an element hides, in case that it never ends."""
        self._hiding = _Element()
        self._signing = _Element()
        self._quoting: list[_Element] = []
        self._blockquotes = 0
        self._pieces: list[str] = []
        self._preformatted = 0
        self._wants_blank = False

    def take(self, token: Tag | str) -> None:
        """The next token."""
        if self._hiding.name:
            self._hide(token)
        elif isinstance(token, str):
            self._text(token)
        elif token.is_end:
            self._end(token)
        else:
            self._start(token)

    def _hide(self, token: Tag | str) -> None:
        self.hidden.append(token)
        if isinstance(token, Tag) and token.name == self._hiding.name and not self._hiding.count(token):
            self._hiding = _Element()
            self.hidden = []

    def _text(self, raw: str) -> None:
        content = html.unescape(raw) if "&" in raw else raw
        if not self._preformatted:
            self._pieces.append(_BLANKS.sub(" ", content))
            return
        first, *others = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._pieces.append(first)
        for line in others:
            self.end_line(keep_blank=True)
            self._pieces.append(line)

    def end_line(self, *, keep_blank: bool = False) -> None:
        """What has been collected is a line; an empty one counts only where it is meant (``<br>``, preformatted)."""
        content = "".join(self._pieces)
        self._pieces = []
        line = content.rstrip() if self._preformatted else _BLANKS.sub(" ", content).strip(" ")
        if not line.strip(_INVISIBLE):
            line = ""
            if not keep_blank:
                self._wants_blank = self._wants_blank or "\u00a0" in content
                return
        if self._wants_blank and line and self.lines and self.lines[-1].strip("> "):
            self._append("")
        self._wants_blank = False
        self._append(line)

    def _append(self, line: str) -> None:
        if self._signing.name:
            self.signature.add(len(self.lines))
        prefix = ">" * min(len(self._quoting), MAX_QUOTE_DEPTH)
        self.lines.append(f"{prefix} {line}".rstrip() if prefix else line)

    def _start(self, tag: Tag) -> None:
        name = tag.name
        if name == "br":
            self.end_line(keep_blank=True)
        elif name in {"td", "th"}:
            self._pieces.append(" ")
        elif name in _BLOCKS:
            self.end_line()
            self._wants_blank = self._wants_blank or (name in _SPACED and "MsoNormal" not in tag.attributes)
            self._preformatted += name == "pre"
            if name == "li":
                self._pieces.append("- ")
        if self._signing.name == name:
            self._signing.count(tag)
        if name == "blockquote":
            self._quoting.append(_Element(name, 1))
            self._blockquotes += 1
        elif self._quoting and self._quoting[-1].name == name:
            self._quoting[-1].count(tag)
        if tag.attributes and _WORTH_A_LOOK.search(tag.attributes):
            self._marks(tag)

    def _marks(self, tag: Tag) -> None:
        names = {_PREFIX.sub("", word) for word in f"{tag.attribute('id')} {tag.attribute('class')}".split()}
        style = tag.attribute("style")
        if self.hides and _HIDDEN.search(style) and tag.name not in _NEVER_HIDDEN:
            self._hiding = _Element(tag.name, 1)
        elif names & _CUT_IDS or _CUT_STYLE.search(style) or tag.attribute("data-marker") == "__divider__":
            self.end_line()
            self.cuts.add(len(self.lines))
        elif names & _QUOTE_CLASSES and tag.name != "blockquote":
            self.end_line()
            self._quoting.append(_Element(tag.name, 1))
        elif names & _SIGNATURES and not self._signing.name:
            self.end_line()
            self._signing = _Element(tag.name, 1)

    def _end(self, tag: Tag) -> None:
        name = tag.name
        if name in _BLOCKS:
            self.end_line()
            self._wants_blank = self._wants_blank or name in _SPACED - {"p"}
            self._preformatted = max(0, self._preformatted - (name == "pre"))
        if self._signing.name == name and not self._signing.count(tag):
            self.end_line()
            self._signing = _Element()
        if self._quoting and (self._quoting[-1].name == name or (name == "blockquote" and self._blockquotes)):
            while self._quoting[-1].name != name:  # an element inside was never closed
                self._quoting.pop()
            if not self._quoting[-1].count(tag):
                self._quoting.pop()
                self._blockquotes -= name == "blockquote"


def html_page(source: str) -> Page:
    """The text of an HTML body. Any string will do."""
    layout = _Layout()
    for token in tokens(source):
        layout.take(token)
    if layout.hidden:  # an element that hides and never ends would hide what somebody wrote
        layout = _Layout(hides=False)
        for token in tokens(source):
            layout.take(token)
    layout.end_line()
    return Page(tuple(layout.lines), frozenset(layout.cuts), frozenset(layout.signature))


def marks_history(source: str) -> bool:
    """Whether the markup may tell more about quotations than the plain text beside it: a cheap look before the long one."""
    return _MARKED.search(source) is not None


_MARKED: Final = re.compile(
    r"<blockquote|rplyfwdmsg|stopspelling|zwchr|__divider__|_quoted?\b|border-top\s*:\s*solid #?(?:b5c4df|e1e1e1)", re.IGNORECASE
)
