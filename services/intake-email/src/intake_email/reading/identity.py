"""What makes a mail the same mail, wherever and however often it arrives.

Message-ID, From and Date; where there is no Message-ID, a digest of From, Date, Subject and what was written. Never the raw bytes,
which every server changes; never the Message-ID alone, which some programs use again; never the mailbox: a mail to two of ours is one.
"""

from collections.abc import Iterable

from intake_email.reading.headers import Headers
from shared.identity import content_digest

MAX_MESSAGE_ID = 998
"""A line of a mail (RFC 5322); the rest of a longer one is noise."""


def message_id_of(headers: Headers) -> str:
    """The Message-ID with its angle brackets, empty where there is none."""
    value = headers.text("message-id") or ""
    start, end = value.find("<"), value.find(">")
    inside = value[start + 1 : end] if 0 <= start < end else value
    identifier = "".join(inside.strip("<> ").split())
    return f"<{identifier[: MAX_MESSAGE_ID - 2]}>" if identifier else ""


def native_id_of(headers: Headers, sender: str, text: str, digests: Iterable[str]) -> str:
    """The id under which the submission is derived. ``digests``: of the attachments, in their order."""
    message_id = message_id_of(headers)
    date = " ".join((headers.text("date") or "").split())
    origin = sender.lower() or " ".join((headers.text("from") or "").lower().split())
    if message_id:
        return f"{message_id}\n{origin}\n{date}"
    subject = " ".join((headers.text("subject") or "").split())
    words = " ".join(text.split())  # servers wrap lines and drop blanks at their ends
    parts = (origin, date, subject, words, *digests)
    return "digest:" + content_digest(*(part.encode("utf-8", "surrogatepass") for part in parts))
