"""The states of a request in plain words, and how far along each is. Pure; English here, translated when shown."""

from dataclasses import dataclass

from intake_web.portal.translations import mark as _
from shared.contracts import DetailedStatus, Nature

STAGES = (_("Received"), _("With a team"), _("Closed"))
"""The three things a resident wants to tell apart, drawn as steps."""


@dataclass(frozen=True, slots=True)
class StateWords:
    """How a state is told."""

    title: str
    sentence: str
    stage: int
    """Index in ``STAGES`` of the step that was reached."""


WORDS = {
    DetailedStatus.RECEIVED: StateWords(_("Received"), _("We have your report. An advocate reads it and sends it to the right team."), 0),
    DetailedStatus.TRIAGED: StateWords(_("Read and sorted"), _("An advocate has read the report and knows which team it is for."), 1),
    DetailedStatus.ASSIGNED: StateWords(_("With a team"), _("The team that looks after this has the report."), 1),
    DetailedStatus.IN_PROGRESS: StateWords(_("Work under way"), _("Somebody is working on it."), 1),
    DetailedStatus.WAITING: StateWords(
        _("Waiting"), _("The work waits for something else, such as parts, the weather or another crew."), 1
    ),
    DetailedStatus.RESOLVED: StateWords(_("Done"), _("The work is finished."), 2),
    DetailedStatus.ANSWERED: StateWords(_("Answered"), _("The question was answered."), 2),
    DetailedStatus.DUPLICATE: StateWords(
        _("Already reported"), _("Somebody else had reported the same thing. It is followed under the other number."), 2
    ),
    DetailedStatus.NOT_OURS: StateWords(_("Not the town's to fix"), _("This belongs to somebody else. The reason says who."), 2),
    DetailedStatus.NO_ACTION: StateWords(_("Closed without work"), _("The town decided not to act. The reason says why."), 2),
}
"""Closed is not fixed: each end has its own words."""

OF_NATURES = {
    (DetailedStatus.RECEIVED, Nature.INQUIRY): StateWords(_("Received"), _("We have your question. An advocate answers it."), 0),
    (DetailedStatus.TRIAGED, Nature.INQUIRY): StateWords(
        _("Read and sorted"), _("An advocate has read the question and looks for the answer."), 1
    ),
    (DetailedStatus.RECEIVED, Nature.NEITHER): StateWords(_("Received"), _("We have your message. An advocate reads it."), 0),
}
"""Where no team is to work, none is spoken of."""

UNKNOWN = StateWords(_("Being handled"), _("The report is with the town."), 1)
"""For a state that a newer tracker knows and this page does not yet."""

EVENTS = {
    "ServiceRequestCreated": _("Report received"),
    "FollowUpReceived": _("The reporter wrote again"),
    "CommentAdded": _("Message from the town"),
    "MarkedDuplicate": _("Joined with another report"),
    "UnmarkedDuplicate": _("Separated from the other report again"),
    "ServiceRequestChanged": _("Updated"),
}
"""Headings of history entries that do not change the state."""


def words(detailed_status: str | None, nature: str | None = None) -> StateWords:
    """How a state of the public JSON view is told."""
    try:
        state = DetailedStatus(detailed_status or "")
    except ValueError:
        return UNKNOWN
    found = next((told for (of, kind), told in OF_NATURES.items() if (of, kind) == (state, nature)), None)
    return found or WORDS[state]
