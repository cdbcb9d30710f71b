"""A text as lines, with what its markup told about some of them."""

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Page:
    """The lines of a body. Quoted lines begin with ``>``, however the mail program marked them."""

    lines: tuple[str, ...]
    cuts: frozenset[int] = frozenset()
    """Lines from which on, as the mail program's own markup says, everything is the history."""
    signature: frozenset[int] = frozenset()
    """Lines inside an element that a mail program keeps for the signature."""

    @cached_property
    def text(self) -> str:
        """The whole, as it would be read."""
        return "\n".join(self.lines)


def page_of(text: str) -> Page:
    """A plain text as a page."""
    return Page(tuple(text.split("\n")))
