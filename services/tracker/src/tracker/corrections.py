"""What advocates made of the services that the normalizer chose: labelled texts for ``cary311 normalizer train``. Pure.

Taken from the store, not from the log: what was redacted is not in it any more.
"""

from typing import Any

from shared.contracts import DetailedStatus
from tracker.state import RequestState

CONFIRMED = frozenset({DetailedStatus.RESOLVED, DetailedStatus.ANSWERED})
"""The work was done under the service, so it was the right one."""


def labelled(state: RequestState) -> dict[str, Any] | None:
    """The request's text, personal data masked, and the service that staff settled on; None where nobody has settled anything.

    Both what they changed and what they left and finished: the changed ones alone would teach that the normalizer is always wrong.
    """
    report = state.report
    is_corrected = state.service.code != report.service.code
    if not (is_corrected or state.detailed_status in CONFIRMED) or not report.description.public.strip():
        return None
    subject = {"subject": report.subject.public} if report.subject else {}
    return subject | {"text": report.description.public, "service_code": state.service.code, "is_corrected": is_corrected}
