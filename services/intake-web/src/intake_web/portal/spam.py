"""Signs that a machine filled in the form. None of them refuses anything: the sender is asked to confirm. Pure."""

from datetime import datetime
from enum import StrEnum

from intake_web.portal.answers import Answers

MIN_FILL_SECONDS = 3.0
"""Nobody reads the form, writes a sentence and sends it faster than this."""


class Suspicion(StrEnum):
    """Why the sender is asked to confirm."""

    HIDDEN_FIELD = "hidden_field"
    TOO_FAST = "too_fast"
    OTHER_SITE = "other_site"


def suspicion(answers: Answers, *, now: datetime, fetch_site: str | None) -> Suspicion | None:
    """What looks odd about a form, None when nothing does or the sender has confirmed it.

    ``fetch_site`` is the browser's ``Sec-Fetch-Site``: a form that another site made the browser send is confirmed as well,
    which is all the protection that a form without a session needs.
    """
    if fetch_site == "cross-site":
        return Suspicion.OTHER_SITE
    if answers.is_confirmed == "yes":
        return None
    if answers.website.strip():
        return Suspicion.HIDDEN_FIELD
    try:
        issued = float(answers.issued_at)
    except ValueError:
        return Suspicion.TOO_FAST
    return Suspicion.TOO_FAST if not issued <= now.timestamp() - MIN_FILL_SECONDS else None
