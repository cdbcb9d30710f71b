"""Which service it is about: the resident's own choice, else the general one, for an advocate to look at."""

from typing import NamedTuple

from normalizer.pipeline.decisions import SHOWN_VERSION_CHARACTERS, decision
from shared.contracts import Attention, Decision, SubmissionReceived
from shared.town.catalogue import GENERAL_CODE, Catalogue, ServiceDefinition


class Chosen(NamedTuple):
    """The service, and whether a person should look."""

    definition: ServiceDefinition
    attention: tuple[Attention, ...]
    decision: Decision


def choose_service(submission: SubmissionReceived, catalogue: Catalogue) -> Chosen:
    """The service by the code that came with the submission."""
    version = catalogue.version[:SHOWN_VERSION_CHARACTERS]
    code = submission.service_code
    chosen = catalogue.services.get(code) if code else None
    if chosen is not None and chosen.code != GENERAL_CODE:
        return Chosen(chosen, (), decision("service", chosen.code, "it was chosen by the sender", version))
    if code is None:
        why = "the sender left the choice to us"
    elif chosen is not None:
        why = "the sender found no service that fits"
    else:
        why = "the chosen code is not in the catalogue; it may have been given up"
    return Chosen(catalogue.general, (Attention.UNSURE_SERVICE,), decision("service", GENERAL_CODE, why, version))
