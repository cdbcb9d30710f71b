"""Sorts the lines of one text into somebody's own words, history and signature. ``replies`` says in which order it is done."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from intake_email.reading.blocks import (
    MAX_BLOCK_LINES,
    header_block_end,
    is_rule,
    looks_like_labels,
    may_separate,
    separator_kind,
    short_block_end,
)
from intake_email.reading.page import Page
from intake_email.reading.quoting import (
    MAX_ATTRIBUTION_LINES,
    attribution_end,
    has_address,
    is_quote,
    is_rare_quote,
    may_end_attribution,
    without_marks,
)
from intake_email.reading.signatures import signature_start

_BLANKS: Final = re.compile(r"\s+")


@lru_cache(maxsize=32)
def _longest_word(marker: str) -> str:
    return max(marker.split(), key=len)


class Pile(Enum):
    """Where a line belongs."""

    OWN = "own"
    QUOTED = "quoted"
    SIGNATURE = "signature"


@dataclass(slots=True)
class _Region:
    """Lines that are quoted, with the attribution before them (``start`` to ``quote``)."""

    start: int
    quote: int
    end: int

    @property
    def has_attribution(self) -> bool:
        return self.quote > self.start


class Splitter:
    """Sorts the lines of one text."""

    def __init__(self, lines: list[str], page: Page, *, is_reply: bool, is_forward: bool) -> None:
        self.lines = lines
        self.page = page
        self.is_reply = is_reply
        self.is_forward = is_forward
        self.piles = [Pile.OWN] * len(lines)
        self.end = len(lines)
        """What follows is history."""
        self._wordless = 0  # no own words stand before this line

    def mark(self, start: int, end: int, pile: Pile) -> None:
        """Put lines on a pile."""
        self.piles[start:end] = [pile] * (end - start)

    def cut(self, position: int) -> None:
        """From here on it is history."""
        self.mark(position, self.end, Pile.QUOTED)
        self.end = position

    def has_words_before(self, number: int) -> bool:
        """Whether somebody's own words stand above: no quotation, nothing set apart already. Every line is looked at once."""
        while self._wordless < number and not self._is_own(self._wordless):
            self._wordless += 1
        return self._wordless < number

    def _is_own(self, number: int) -> bool:
        line = self.lines[number]
        return self.piles[number] is Pile.OWN and bool(line.strip()) and not is_quote(line) and not is_rule(line)

    def attribution_end(self, number: int) -> int | None:
        """Behind the attribution that begins at this line; None where none does."""
        end = attribution_end(self.lines[number : min(number + MAX_ATTRIBUTION_LINES, self.end)], 0)
        return None if end is None else number + end

    def cut_at_marker(self, markers: Sequence[str]) -> None:
        """Our own line is certain. With nothing above it somebody answered below, and the other rules decide."""
        whole = self.page.text.lower()
        if not any(_longest_word(marker) in whole for marker in markers):
            return
        for number, line in enumerate(self.lines):
            if len(line) < 500 and any(marker in _BLANKS.sub(" ", line.lower()) for marker in markers):  # noqa: PLR2004 - it is one line
                first = self._next_line(0)
                behind = self.attribution_end(first) or first
                if any(self._is_own(above) for above in range(behind, number)):
                    self.cut(number)
                return

    def cut_at_separators(self) -> None:
        """Separators and header blocks: what follows is history. At the very top they introduce what somebody passes on."""
        done = 0
        cuts = self.page.cuts
        for number in [number for number, line in enumerate(self.lines[: self.end]) if number in cuts or (line and may_separate(line))]:
            behind = self._separator_end(number) if number >= done else None
            if behind is None:
                continue
            if self.has_words_before(number):
                self.cut(self._with_rule_above(number))
                return
            self.mark(number, behind, Pile.QUOTED)
            done = behind

    def _separator_end(self, number: int) -> int | None:
        """Behind a separator with the header block that belongs to it."""
        line = self.lines[number]
        if number in self.page.cuts and looks_like_labels(self.lines, number):
            return self._block_end(number, number + 1)
        if is_quote(line) or not may_separate(line):
            return None
        if separator_kind(line):
            return self._block_end(number + 1, number + 1)
        return self._header_block_end(number, is_announced=self.is_forward)

    def _block_end(self, number: int, at_least: int) -> int:
        """Behind the header block at ``number`` or right below; ``at_least`` where there is none."""
        first = next((below for below in range(number, min(number + 4, self.end)) if self.lines[below].strip()), None)
        block = None if first is None else self._header_block_end(first, is_announced=True)
        return block or at_least

    def _header_block_end(self, number: int, *, is_announced: bool) -> int | None:
        lines = self.lines[number : min(number + MAX_BLOCK_LINES, self.end)]
        end = header_block_end(lines, 0) or (short_block_end(lines, 0) if is_announced else None)
        return None if end is None else number + end

    def _with_rule_above(self, number: int) -> int:
        above = number
        while above > 0 and not self.lines[above - 1].strip():
            above -= 1
        return above - 1 if above and is_rule(self.lines[above - 1]) else number

    def sort_quotations(self) -> None:
        """Attributions and quotation marks in what is left."""
        regions = self._regions()
        words = self._segments(regions)
        own = [bool(segment) for segment in words]
        if not any(own):
            self._without_words(regions)
            return
        first, last = own.index(True), len(own) - 1 - own[::-1].index(True)
        for index, region in enumerate(regions):
            is_history = region.has_attribution or self._opens_with_attribution(region)
            is_below = index >= last and (self.is_reply or is_history)
            is_answered_below = index < first and last == 1 and is_history  # at the top, alone
            is_gone = is_below or is_answered_below
            self.mark(region.start, region.end if is_gone else region.quote, Pile.QUOTED)

    def _without_words(self, regions: Sequence[_Region]) -> None:
        """Nothing but quotations. One that says nobody wrote it is what the author sends."""
        for region in regions:
            if region.has_attribution or self._opens_with_attribution(region):
                self.mark(region.start, region.end, Pile.QUOTED)

    def _possible_attributions(self) -> frozenset[int]:
        """Lines near enough to the end of something that could be one."""
        ends = (number for number, line in enumerate(self.lines[: self.end]) if line and may_end_attribution(line))
        return frozenset(start for end in ends for start in range(end - MAX_ATTRIBUTION_LINES + 1, end + 1))

    def _regions(self) -> list[_Region]:
        """The quoted stretches. An attribution with words above and nothing quoted below ends the search: the rest is history."""
        regions: list[_Region] = []
        possible = self._possible_attributions()
        number = 0
        while number < self.end:
            line = self.lines[number]
            if self.piles[number] is not Pile.OWN or not line.strip():
                number += 1
            elif is_quote(line):
                regions.append(self._region(number, number))
                number = regions[-1].end
            elif behind := self.attribution_end(number) if number in possible else None:
                quote = self._next_line(behind)
                if quote < self.end and (is_quote(self.lines[quote]) or is_rare_quote(self.lines[quote])):
                    regions.append(self._region(number, quote))
                    number = regions[-1].end
                elif not self._is_sure(number, behind):
                    number += 1
                elif self.has_words_before(number):
                    self.cut(number)
                else:  # at the very top: what follows may be the answer
                    self.mark(number, behind, Pile.QUOTED)
                    number = behind
            else:
                number += 1
        return regions

    def _is_sure(self, number: int, behind: int) -> bool:
        """In a mail that answers nothing, "on March 9, 2026 the clerk wrote:" may be a sentence, unless an address is in it."""
        return self.is_reply or has_address(" ".join(self.lines[number:behind]))

    def _next_line(self, number: int) -> int:
        while number < self.end and not self.lines[number].strip():
            number += 1
        return number

    def _region(self, start: int, quote: int) -> _Region:
        """The quoted lines from ``quote`` on, blank ones between them included."""
        is_rare = not is_quote(self.lines[quote])
        end = number = quote
        while number < self.end:
            line = self.lines[number]
            if is_quote(line) or (is_rare and is_rare_quote(line)):
                end = number + 1
            elif line.strip():
                break
            number += 1
        return _Region(start, quote, end)

    def _opens_with_attribution(self, region: _Region) -> bool:
        """Whether the quoted text itself begins like a history."""
        inside = [without_marks(line) for line in self.lines[region.quote : min(region.end, region.quote + 12)]]
        first = next((number for number, line in enumerate(inside) if line.strip()), None)
        if first is None:
            return False
        is_named = attribution_end(inside, first) or header_block_end(inside, first) or separator_kind(inside[first])
        return bool(is_named or (self.is_forward and short_block_end(inside, first)))

    def _segments(self, regions: Sequence[_Region]) -> list[list[int]]:
        """The numbers of the lines with own words before, between and behind the regions, after setting signatures apart."""
        edges = [0, *(edge for region in regions for edge in (region.start, region.end)), self.end]
        segments = []
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            own_end = signature_start(self.lines, start, end, self.page.signature)
            for number in range(own_end, end):
                if self.piles[number] is Pile.OWN:
                    self.piles[number] = Pile.SIGNATURE
            segments.append([number for number in range(start, own_end) if self.lines[number].strip() and self.piles[number] is Pile.OWN])
        return segments

    def pile(self, wanted: Pile) -> str:
        """The lines of a pile, in their order."""
        return "\n".join(line for line, kind in zip(self.lines, self.piles, strict=True) if kind is wanted).strip("\n")
