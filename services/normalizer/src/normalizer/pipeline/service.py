"""Which service it is about: the resident's own choice, else what the text speaks for, else the general one, for an advocate to look at."""

from typing import NamedTuple, Protocol

from normalizer.classifier.classifier import Guess
from normalizer.pipeline.decisions import SHOWN_VERSION_CHARACTERS, decision
from normalizer.pipeline.words import Texts
from shared.contracts import Attention, Candidate, Decision, Evidence, SubmissionReceived
from shared.town.catalogue import GENERAL_CODE, Catalogue, ServiceDefinition


class Classifier(Protocol):
    """Says what a text is about."""

    @property
    def version(self) -> str:
        """Of its model, in hexadecimal."""

    def __call__(self, text: str) -> Guess:
        """The services that fit best, with calibrated confidence. Never an error, whatever the text."""


class Bounds(NamedTuple):
    """How sure is sure enough, in calibrated confidence from 0 to 1."""

    threshold: float
    """From here on a service is chosen without an advocate."""
    margin: float
    """By how much the second best must lie behind."""
    doubt: float
    """From here on another service than the resident's choice is a reason to look."""


class Chosen(NamedTuple):
    """The service, and whether a person should look."""

    definition: ServiceDefinition
    attention: tuple[Attention, ...]
    decision: Decision


def choose_service(submission: SubmissionReceived, texts: Texts, catalogue: Catalogue, classify: Classifier, bounds: Bounds) -> Chosen:
    """The service, with the reasons. What a person chose stands, whatever the text says."""
    code = submission.service_code
    chosen = catalogue.services.get(code) if code else None
    text = public_words(texts)
    guess = classify(text) if text else None
    if chosen is not None and chosen.code != GENERAL_CODE:
        return _as_chosen(chosen, guess, catalogue, classify.version, bounds)
    if code is None:
        why = "the sender left the choice to us"
    elif chosen is not None:
        why = "the sender found no service that fits"
    else:
        why = "the chosen code is not in the catalogue; it may have been given up"
    if guess is None:
        why += ", and there is no text to go by"
        return Chosen(catalogue.general, (Attention.UNSURE_SERVICE,), decision("service", GENERAL_CODE, why, _version(catalogue)))
    return _as_guessed(why, guess, catalogue, classify.version, bounds)


def public_words(texts: Texts) -> str:
    """Subject and text, personal data masked: it says nothing of a service, and what is decided by may be shown to staff."""
    subject = texts.subject.public if texts.subject else ""
    return f"{subject}\n{texts.description.public}".strip()


def _as_chosen(chosen: ServiceDefinition, guess: Guess | None, catalogue: Catalogue, model: str, bounds: Bounds) -> Chosen:
    """The resident's choice; where the text clearly speaks for another, an advocate is told so, and it stands all the same."""
    is_questioned = (
        guess is not None and guess.best.service_code not in {chosen.code, GENERAL_CODE} and guess.best.confidence >= bounds.doubt
    )
    if guess is None or not is_questioned:
        return Chosen(chosen, (), decision("service", chosen.code, "it was chosen by the sender", _version(catalogue)))
    why = f"it was chosen by the sender, and stands; the text speaks for {guess.best.service_code}"
    return Chosen(chosen, (Attention.SERVICE_MISMATCH,), _explained(chosen.code, why, guess, model))


def decides(guess: Guess, bounds: Bounds) -> bool:
    """Whether the guess is sure enough to choose its first service without an advocate."""
    best = guess.best
    return best.service_code != GENERAL_CODE and best.confidence >= bounds.threshold and guess.margin >= bounds.margin


def _as_guessed(why: str, guess: Guess, catalogue: Catalogue, model: str, bounds: Bounds) -> Chosen:
    best = guess.best
    if decides(guess, bounds):
        return Chosen(
            catalogue.services[best.service_code], (), _explained(best.service_code, f"{why}; the text speaks for it", guess, model)
        )
    doubt = "the text fits no service" if best.service_code == GENERAL_CODE else "the text does not clearly speak for one"
    return Chosen(catalogue.general, (Attention.UNSURE_SERVICE,), _explained(GENERAL_CODE, f"{why}; {doubt}", guess, model))


def _explained(outcome: str, why: str, guess: Guess, model: str) -> Decision:
    """What was decided, with what an advocate needs to judge it."""
    return Decision(
        step="service",
        outcome=outcome,
        why=why,
        confidence=_confidence(outcome, guess.candidates),
        candidates=guess.candidates,
        version=model[:SHOWN_VERSION_CHARACTERS],
        evidence=Evidence(phrases=guess.phrases, nearest_example=guess.nearest_example),
    )


def _confidence(outcome: str, candidates: tuple[Candidate, ...]) -> float | None:
    """Of the outcome, where it is among the candidates."""
    return next((candidate.confidence for candidate in candidates if candidate.service_code == outcome), None)


def _version(catalogue: Catalogue) -> str:
    return catalogue.version[:SHOWN_VERSION_CHARACTERS]
