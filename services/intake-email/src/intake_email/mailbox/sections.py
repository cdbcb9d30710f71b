"""Parts of a mail that is too large, or too odd, to be fetched whole. Raises what the client library raises."""

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from intake_email.mailbox.client import Client
from intake_email.oversize import composed, text_section

HEADER = "BODY.PEEK[HEADER]"


def section(client: Client, uid: int, item: str) -> bytes:
    """One section of a mail, unchanged and still unseen."""
    told = client.fetch([uid], [item])
    values = [value for key, value in told.get(uid, {}).items() if key.startswith(b"BODY[") and isinstance(value, bytes)]
    if not values:
        raise IMAPClientError("nothing of the kind")
    return values[0]


def header_and_text(client: Client, uid: int, max_bytes: int) -> bytes:
    """A mail of the header and the text; a mail without parts as far as ``max_bytes`` go."""
    try:
        told = client.fetch([uid], ["BODYSTRUCTURE"])
        part = text_section(told[uid][b"BODYSTRUCTURE"]) if uid in told else None
    except (IMAPClientAbortError, OSError):
        raise
    except Exception:  # noqa: BLE001 - a structure that nobody can read: the beginning of the mail will do
        part = None
    if part is None:
        return section(client, uid, f"BODY.PEEK[]<0.{max_bytes}>")
    header = section(client, uid, HEADER)
    own = section(client, uid, f"BODY.PEEK[{part.section}.MIME]")
    return composed(header, own, section(client, uid, f"BODY.PEEK[{part.section}]<0.{max_bytes}>"))
