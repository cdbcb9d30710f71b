"""What was written: cleaned, and with the personal data in it found."""

from collections import Counter
from typing import Final, NamedTuple

from normalizer.pipeline.decisions import decision
from shared.cleaning import clean_line, clean_text
from shared.contracts import Decision, PersonalKind, Span, SubmissionReceived, Text
from shared.pii import find_personal_data

MAX_CHARACTERS: Final = 40_000
"""Of each text: the contract's limit."""
MAX_SUBJECT_CHARACTERS: Final = 1_000
MAX_SPANS: Final = 200
"""Of each text. A record of 256 KiB of nothing but addresses would otherwise become an event of more than 512 KiB."""


class Words(NamedTuple):
    """Cleaned texts, empty where nothing is left."""

    subject: str
    description: str
    quoted: str
    cut_characters: int
    """From the description, by the adapter and by us."""
    quoted_cut_characters: int


class Texts(NamedTuple):
    """The texts as the report carries them."""

    subject: Text | None
    description: Text
    quoted: Text | None
    decisions: tuple[Decision, ...]


def clean(submission: SubmissionReceived) -> Words:
    """The texts without what cannot be seen or misleads the eye."""
    description, cut = clean_text(submission.text, max_characters=MAX_CHARACTERS)
    quoted, quoted_cut = clean_text(submission.quoted_text, max_characters=MAX_CHARACTERS) if submission.quoted_text else ("", 0)
    return Words(
        subject=clean_line(submission.subject, max_characters=MAX_SUBJECT_CHARACTERS) if submission.subject else "",
        description=description,
        quoted=quoted,
        cut_characters=submission.cut_characters + cut,
        quoted_cut_characters=quoted_cut,
    )


def find_personal(words: Words) -> Texts:
    """The texts with their personal data, and what was decided about them."""
    description = _text(words.description, words.cut_characters)
    subject = _text(words.subject, 0) if words.subject else None
    quoted = _text(words.quoted, words.quoted_cut_characters) if words.quoted else None
    decisions = [
        *_explain_cut(description.cut_characters),
        *_explain_masks([span for text in (subject, description, quoted) if text for span in text.personal]),
    ]
    return Texts(subject=subject, description=description, quoted=quoted, decisions=tuple(decisions))


def _text(content: str, cut_characters: int) -> Text:
    return Text(content=content, personal=_bounded(find_personal_data(content)), cut_characters=cut_characters)


def _bounded(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """At most ``MAX_SPANS``: where there are more, the last covers the rest, words between them included. Nothing is unmasked."""
    if len(spans) <= MAX_SPANS:
        return spans
    rest = Span(start=spans[MAX_SPANS - 1].start, end=spans[-1].end, kind=PersonalKind.OTHER)
    return (*spans[: MAX_SPANS - 1], rest)


def _explain_cut(cut_characters: int) -> list[Decision]:
    if not cut_characters:
        return []
    return [decision("text", "cut", f"the text was {cut_characters} characters longer than a record may hold")]


def _explain_masks(spans: list[Span]) -> list[Decision]:
    if not spans:
        return []
    counts = Counter(str(span.kind) for span in spans)
    found = ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
    return [decision("personal_data", "masked", f"found by pattern and check: {found}")]
