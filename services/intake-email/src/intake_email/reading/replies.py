"""Somebody's new words apart from the quoted history and the signature. No word is lost: what is set apart is kept, in order.

Every line ends in one of three piles. In the order of trust: our own "reply above this line", what the mail program's markup says,
separators and header blocks that programs write ("-----Original Message-----", "From: ... Sent: ... Subject: ..."), attributions
("On <date>, <somebody> wrote:"), quotation marks. Where the new words stand between quotations, the quotations stay with them:
an answer is not understood without its question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from intake_email.reading.page import Page
from intake_email.reading.splitting import Pile, Splitter

REPLY_MARKERS: Final = ("reply above this line", "responda encima de esta línea")
"""What our own mails say above their text, in lower case. Whatever follows is ours."""
MAX_LINES: Final = 20_000
"""A longer text is left whole: nobody wrote it above a quotation."""
_UNSEEN: Final = dict.fromkeys([0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]) | {0xA0: " "}
"""Marks of direction and width that programs put around names and dates; the submission's text is cleaned of them anyway."""


@dataclass(frozen=True, slots=True)
class Split:
    """A text in three piles. All lines of the whole are in one of them."""

    text: str
    """The author's own new words."""
    quoted: str
    """The history, and what mail programs wrote around it."""
    signature: str

    @property
    def elided(self) -> str:
        """All that was set apart."""
        return "\n\n".join(part for part in (self.signature, self.quoted) if part)

    @property
    def has_history(self) -> bool:
        """Whether a quotation was found."""
        return bool(self.quoted)


def split_reply(page: Page, *, is_reply: bool = True, is_forward: bool = False, markers: Sequence[str] = REPLY_MARKERS) -> Split:
    """The piles of a text. ``is_reply``: the mail answers another one, so that an unmarked rest after an attribution is its history.
    ``is_forward``: it says that it passes one on, so that From and Subject are enough to show where that begins.
    """
    if len(page.lines) > MAX_LINES:
        return Split(page.text.strip("\n"), "", "")
    lines = [line if line.isascii() else line.translate(_UNSEEN) for line in page.lines]
    splitter = Splitter(lines, page, is_reply=is_reply, is_forward=is_forward)
    splitter.cut_at_marker(markers)
    splitter.cut_at_separators()
    splitter.sort_quotations()
    return Split(splitter.pile(Pile.OWN), splitter.pile(Pile.QUOTED), splitter.pile(Pile.SIGNATURE))
