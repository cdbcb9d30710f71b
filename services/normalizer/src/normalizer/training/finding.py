"""What of emergencies, languages and personal data is found in labelled texts, and how much of what is told is right. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from normalizer.pipeline.language import MIN_CONFIDENCE, Recogniser, recognise
from normalizer.pipeline.words import MAX_CHARACTERS, MAX_SUBJECT_CHARACTERS, Words
from normalizer.training.labelled import EMERGENCIES, LabelledText, Personal
from normalizer.training.measures import Measured, measured
from shared.cleaning import clean_line, clean_text
from shared.contracts import PersonalKind, Span
from shared.pii import find_personal_data
from shared.town.emergencies import Emergencies

MAX_EXCESS: Final = 8
"""Characters that a right mask may cover beside what is labelled: a title, a bracket, a state before a licence."""


class Tally(NamedTuple):
    """Counts of one text."""

    labelled: int
    found: int
    """Of the labelled."""
    told: int
    right: int
    """Of the told."""


class Finding(NamedTuple):
    """How well one thing is found, over all texts."""

    what: str
    labelled: int
    recall: Measured | None
    """None: nothing was to be found."""
    told: int
    precision: Measured | None
    """None: nothing was told."""


class Findings(NamedTuple):
    """How well the things of one sort are found."""

    rows: Sequence[Finding]
    harmless: int
    """Texts in which there is nothing to find."""
    false_alarms: Measured | None = None
    """The share of these in which something is told; None: there are no such texts."""


def words_of(one: LabelledText) -> Words:
    """The text as the pipeline cleans it."""
    description, _ = clean_text(one.text, max_characters=MAX_CHARACTERS)
    subject = clean_line(one.subject, max_characters=MAX_SUBJECT_CHARACTERS) if one.subject else ""
    return Words(subject, description, "", 0, 0)


def recall(tallies: Sequence[Tally]) -> float:
    """The share of the labelled that is found; 1 where nothing is labelled."""
    labelled = sum(tally.labelled for tally in tallies)
    return sum(tally.found for tally in tallies) / labelled if labelled else 1.0


def precision(tallies: Sequence[Tally]) -> float:
    """The share of the told that is right; 1 where nothing is told."""
    told = sum(tally.told for tally in tallies)
    return sum(tally.right for tally in tallies) / told if told else 1.0


def emergencies_found(texts: Iterable[LabelledText], emergencies: Emergencies) -> Findings:
    """Emergencies of any kind and of each, and the false alarms: of the texts without one, how many get the notice."""
    pairs = []
    for one in texts:
        if one.emergency is not None:
            words = words_of(one)
            found = emergencies.find(words.description, words.subject)
            pairs.append((EMERGENCIES[one.emergency], found.emergency if found else None))
    findings = [_finding("any emergency", [_same(label is not None, told is not None) for label, told in pairs])]
    kinds = {name: kind for name, kind in EMERGENCIES.items() if kind is not None}
    findings += [_finding(name, [_same(label is kind, told is kind) for label, told in pairs]) for name, kind in kinds.items()]
    return _findings(findings, [told is not None for label, told in pairs if label is None])


def languages_found(texts: Iterable[LabelledText], recogniser: Recogniser) -> Findings:
    """Each language that is labelled; told is what is sure enough to answer in."""
    pairs = []
    for one in texts:
        if one.language is not None:
            guess = recognise(words_of(one), recogniser, is_continued=False)
            pairs.append((one.language, guess.code if guess and guess.confidence >= MIN_CONFIDENCE else None))
    findings = [
        _finding("any language", [Tally(1, int(label == told), int(told is not None), int(label == told)) for label, told in pairs])
    ]
    languages = sorted({label for label, _ in pairs})
    findings += [_finding(one, [_same(label == one, told == one) for label, told in pairs]) for one in languages]
    return _findings(findings, [])


def personal_found(texts: Iterable[LabelledText]) -> Findings:
    """Each kind of personal data: found is what is wholly masked and told as its kind. And whether it is masked at all."""
    marked = []
    for one in texts:
        if one.personal is not None:
            text = words_of(one).description
            marked.append((_places(text, one.personal), find_personal_data(text)))
    findings = [
        _finding(str(kind), [_of_kind(kind, labels, spans) for labels, spans in marked])
        for kind in PersonalKind
        if any(span.kind is kind for labels, spans in marked for span in (*labels, *spans))
    ]
    masks = [Tally(len(labels), sum(_is_covered(label, spans) for label in labels), 0, 0) for labels, spans in marked]
    return _findings([*findings, _finding("masked, as any kind", masks)], [bool(spans) for labels, spans in marked if not labels])


def _same(label: bool, told: bool) -> Tally:  # noqa: FBT001 - the two belong together
    return Tally(int(label), int(label and told), int(told), int(label and told))


def _finding(what: str, tallies: Sequence[Tally]) -> Finding:
    labelled, told = sum(tally.labelled for tally in tallies), sum(tally.told for tally in tallies)
    telling = [tally for tally in tallies if tally.labelled or tally.told]
    return Finding(what, labelled, measured(recall, telling) if labelled else None, told, measured(precision, telling) if told else None)


def _findings(rows: Sequence[Finding], alarms: Sequence[bool]) -> Findings:
    return Findings(rows, len(alarms), measured(lambda some: sum(some) / len(some), alarms) if alarms else None)


def _places(text: str, items: Sequence[Personal]) -> list[Span]:
    """Where the labelled stretches stand, each behind the one before it where it can; not those that cleaning took away."""
    places, end = [], 0
    for item in items:
        start = text.find(item.text, end)
        start = start if start >= 0 else text.find(item.text)
        if start >= 0:
            end = start + len(item.text)
            places.append(Span(start=start, end=end, kind=item.kind))
    return places


def _of_kind(kind: PersonalKind, labels: Sequence[Span], spans: Sequence[Span]) -> Tally:
    wanted = [label for label in labels if label.kind is kind]
    told = [span for span in spans if span.kind is kind]
    found = sum(_is_covered(label, spans) and any(_overlap(label, span) for span in told) for label in wanted)
    right = sum(
        any(_overlap(label, span) for label in wanted)
        and span.end - span.start - sum(_overlap(label, span) for label in labels) <= MAX_EXCESS
        for span in told
    )
    return Tally(len(wanted), found, len(told), right)


def _is_covered(label: Span, spans: Sequence[Span]) -> bool:
    return sum(_overlap(label, span) for span in spans) == label.end - label.start


def _overlap(one: Span, other: Span) -> int:
    """How many characters both cover; spans of one list never overlap each other."""
    return max(0, min(one.end, other.end) - max(one.start, other.start))
