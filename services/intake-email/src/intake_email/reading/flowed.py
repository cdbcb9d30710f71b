"""``format=flowed`` (RFC 3676): lines that end in a blank go on in the next one, at the same depth of quotation."""

from typing import Final

SIGNATURE: Final = "-- "


def unfold_flowed(text: str, *, deletes_space: bool = False) -> str:
    """The text with its paragraphs put together. ``deletes_space``: DelSp=yes, the blank at a line's end is no blank between words."""
    out: list[str] = []
    paragraph: list[str] = []
    depth = 0
    for line in text.split("\n"):
        level, content = _unquoted(line)
        is_signature = content == SIGNATURE
        if paragraph and (level != depth or is_signature):
            out.append(_quoted("".join(paragraph), depth))
            paragraph = []
        depth = level
        if content.endswith(" ") and not is_signature:
            paragraph.append(content[:-1] if deletes_space else content)
            continue
        paragraph.append(content)
        out.append(_quoted("".join(paragraph), depth))
        paragraph = []
    if paragraph:
        out.append(_quoted("".join(paragraph), depth))
    return "\n".join(out)


def _unquoted(line: str) -> tuple[int, str]:
    """The depth of a line and its content; a blank stuffed in front is taken out."""
    content = line.lstrip(">")
    return len(line) - len(content), content.removeprefix(" ")


def _quoted(content: str, depth: int) -> str:
    return f"{'>' * depth} {content}" if depth else content
