"""Question, request or neither? By the words, whose rules are the town's; what is unclear is a request."""

from typing import Final, NamedTuple

from normalizer.pipeline.decisions import SHOWN_VERSION_CHARACTERS
from normalizer.pipeline.emergency import Heard
from normalizer.pipeline.service import public_words
from normalizer.pipeline.words import Texts
from shared.contracts import Decision, Evidence, Nature, SubmissionReceived
from shared.town.catalogue import GENERAL_CODE, ServiceDefinition
from shared.town.natures import Natures, Told

MAX_PHRASES: Final = 3
MAX_PHRASE_CHARACTERS: Final = 100
_WHY: Final = {
    Nature.INQUIRY: "the words ask for an answer, and for no work",
    Nature.NEITHER: "the words want neither work nor an answer",
    Nature.SERVICE_REQUEST: "the words do not clearly speak for anything else",
}


class Meant(NamedTuple):
    """What the message is."""

    nature: Nature
    decision: Decision


def tell_nature(submission: SubmissionReceived, texts: Texts, heard: Heard, service: ServiceDefinition, natures: Natures) -> Meant:
    """What the message is. Personal data says nothing of that, so the words are looked at without it.

    An emergency is a request. Who chose a service wants it, unless the text is plainly a question.
    """
    is_chosen = service.code == submission.service_code != GENERAL_CODE
    # In a thread the subject may be ours, after "Re:".
    words = texts.description.public if submission.claim else public_words(texts)
    told = natures.tell(words, is_emergency=heard.emergency is not None, is_chosen=is_chosen)
    why = _WHY[told.nature]
    if heard.emergency is not None:
        why = "it sounds like an emergency"
    elif is_chosen:
        why += ", and the sender chose a service"
    return Meant(told.nature, _explained(told, why, natures.version))


def _explained(told: Told, why: str, version: str) -> Decision:
    phrases = tuple(phrase[:MAX_PHRASE_CHARACTERS] for phrase in told.phrases[:MAX_PHRASES])
    return Decision(
        step="nature",
        outcome=told.nature.value,
        why=why,
        version=version[:SHOWN_VERSION_CHARACTERS],
        evidence=Evidence(phrases=phrases) if phrases else None,
    )
