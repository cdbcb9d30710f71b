"""The place that subject and text name, where nobody gave one in its own field. Not the address that somebody signs with."""

from typing import Final

from normalizer.pipeline.words import Texts
from shared.addresses import Address, find_address
from shared.contracts import Text

MASK: Final = "\u25a0"
"""Stands for personal data while a place is looked for: no word, so that no telephone number becomes a house."""
MAX_CLOSING_LINES: Final = 8
MAX_CLOSING_LINE: Final = 60
SENTENCE_WORDS: Final = 7
"""From here on a line says something."""
_FAREWELLS: Final = frozenset(
    [
        "thanks",
        "thank you",
        "many thanks",
        "thanks again",
        "thanks so much",
        "thank you very much",
        "thank you so much",
        "thanks in advance",
        "regards",
        "best regards",
        "kind regards",
        "warm regards",
        "best",
        "all the best",
        "best wishes",
        "sincerely",
        "yours sincerely",
        "respectfully",
        "cheers",
        "yours truly",
        "take care",
        "gracias",
        "muchas gracias",
        "mil gracias",
        "de antemano gracias",
        "saludos",
        "saludos cordiales",
        "un saludo",
        "atentamente",
        "cordialmente",
        "atte",
        "--",
        "—",
    ]
)


def find_place(texts: Texts, *, is_continued: bool) -> tuple[str, Address] | None:
    """The words of the most telling place, and what they say; of the subject only where it is the author's (not after "Re:")."""
    parts = [without_closing(_masked(texts.description))]
    if texts.subject and not is_continued:
        parts.append(_masked(texts.subject))
    found = [(part, address) for part in parts if (address := find_address(part))]
    if not found:
        return None
    part, address = min(found, key=lambda one: one[1].kind.rank)
    return " ".join(part[address.start : address.end].split()), address


def _masked(text: Text) -> str:
    if not text.personal:
        return text.content
    pieces, end = [], 0
    for span in text.personal:
        pieces += [text.content[end : span.start], MASK * (span.end - span.start)]
        end = span.end
    return "".join([*pieces, text.content[end:]])


def without_closing(text: str) -> str:
    """The text without the last few short lines below a farewell, or a last block of lines with a way to reach its writer.

    Adapters set signatures apart, but leave one with a street in it, which may say where the trouble is. Below "Thanks," it says where
    somebody lives.
    """
    lines = text.split("\n")
    first = max(1, len(lines) - MAX_CLOSING_LINES)
    for index in range(first, len(lines)):
        if _is_farewell(lines[index - 1]) and not any(map(_says_something, lines[index:])):
            return "\n".join(lines[:index])
    top = len(lines)
    while top > first and lines[top - 1]:
        top -= 1
    block = lines[top:]
    is_contact = len(block) > 1 and any(MASK in line for line in block) and not any(map(_says_something, block))
    return "\n".join(lines[:top]) if is_contact and any(lines[:top]) and not lines[top - 1] else text


def _is_farewell(line: str) -> bool:
    words = line.strip(" ,.!\t").lower()
    return words in _FAREWELLS or words.partition(",")[0] in _FAREWELLS


def _says_something(line: str) -> bool:
    return len(line) > MAX_CLOSING_LINE or (len(line.split()) >= SENTENCE_WORDS and line.rstrip().endswith((".", "!", "?")))
