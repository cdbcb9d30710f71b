"""Does it sound as if somebody should phone at once? Then a person looks at it before anything else."""

from typing import NamedTuple

from normalizer.pipeline.decisions import SHOWN_VERSION_CHARACTERS, decision
from normalizer.pipeline.words import Words
from shared.contracts import Attention, Decision, Emergency
from shared.town.emergencies import Emergencies


class Heard(NamedTuple):
    """What the words sound like."""

    emergency: Emergency | None
    attention: tuple[Attention, ...]
    decisions: tuple[Decision, ...]


NOTHING = Heard(None, (), ())


def listen(words: Words, emergencies: Emergencies) -> Heard:
    """The emergency in subject and description; what is quoted somebody else wrote, or has been answered."""
    found = emergencies.find(words.description, words.subject)
    if found is None:
        return NOTHING
    why = f"the rule '{found.rule}' of the town's emergencies holds"
    explained = decision("emergency", found.emergency.value, why, emergencies.version[:SHOWN_VERSION_CHARACTERS])
    return Heard(found.emergency, (Attention.EMERGENCY,), (explained,))
