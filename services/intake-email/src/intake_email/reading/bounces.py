"""Mail that says that a mail did not arrive: whom it was for, for good or for now, and which of our mails it was.

Delivery status notifications (RFC 3464) are read by their structure. The many forms that are none are left to flufl.bounce, which
raises on ordinary mail: it is asked only about what looks like a bounce, and only about its first part.
"""

import email
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from intake_email.limits import Limits
from intake_email.reading.addresses import read_addresses
from intake_email.reading.headers import Headers, read_headers
from intake_email.reading.structure import Part, open_message

MAX_BYTES: Final = 32 * 1024
"""Of a bounce that is looked at line by line."""
MAX_DEPTH: Final = 6
"""Of one that is given to the standard library's parser, which is slow on nested mail."""
MAX_RECIPIENTS: Final = 100
MAX_BLOCKS: Final = 200

_SUBJECT: Final = re.compile(
    r"undeliver|(?:not|n't) be delivered|not delivered|non remis|non distribu|returned mail|return(?:ed|ing) (?:message |mail )?to sender|"
    r"delivery (?:failure|failed|status|warning|error|problem|notification|report|has failed|delay)|mail delivery|failure notice|"
    r"unzustellbar|nicht zugestellt|no entregado|no se (?:puede|pudo) entregar|mancata consegna|niet afgeleverd|"
    r"\u043d\u0435 \u0434\u043e\u0441\u0442\u0430\u0432",
    re.IGNORECASE,
)
"""For mail without any sign of a machine: only a subject that nobody writes about a street."""
_RETURNED: Final = re.compile(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{3,500}>)", re.MULTILINE | re.IGNORECASE)
_BLANK_LINE: Final = re.compile(rb"\n\r?(?=\n)")
MAX_BLANK_LINES: Final = 500
"""The standard library makes a message object of every block of a report, and each of flufl's thirty detectors visits them all."""
_FAILED_STATUS: Final = re.compile(r"5\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report about the delivery of a mail."""

    recipients: tuple[str, ...] = field(repr=False)
    """Whom it did not reach (yet)."""
    is_delay: bool
    """The server goes on trying: nothing has failed."""
    status: str
    """RFC 3463's code, such as ``5.1.1``; empty where the report has none."""
    message_id: str = field(repr=False)
    """The Message-ID of the mail that it is about, with its angle brackets; empty where it is not told."""


def read_bounce(root: Part, data: bytes, *, is_machine: bool, limits: Limits) -> Bounce | None:
    """The report that a mail is; None where it is none."""
    fields = list(_status_fields(root, limits))
    if fields and (bounce := _from_status(fields, root, limits)):
        return bounce
    failed = root.headers.raw("x-failed-recipients")
    if failed is not None:
        addresses = tuple(address.email for address in read_addresses(failed, limits) if address.is_deliverable)
        return Bounce(addresses[:MAX_RECIPIENTS], is_delay=False, status="", message_id=_returned_id(root, limits))
    subject = root.headers.text("subject") or ""
    if not is_machine and not _SUBJECT.search(subject):
        return None
    return _from_text(root, data, limits)


def _status_fields(root: Part, limits: Limits) -> Iterator[Headers]:
    """The blocks of ``message/delivery-status`` parts: one about the mail, one for each recipient."""
    for part in root.walk():
        if part.media_type not in {"message/delivery-status", "message/global-delivery-status"}:
            continue
        content, position = part.content(), 0
        for _ in range(MAX_BLOCKS):
            if position >= len(content):
                break
            block = read_headers(content, position, len(content), limits)
            position = max(block.body, position + 1)
            yield block.headers


def _from_status(blocks: list[Headers], root: Part, limits: Limits) -> Bounce | None:
    failed: dict[str, str] = {}
    delayed: dict[str, str] = {}
    for block in blocks:
        recipient = _recipient(block, limits)
        if recipient is None:
            continue
        status = block.token("status").split(" ")[0]
        match block.token("action"):
            case "delayed":
                delayed.setdefault(recipient, status)
            case "failed" | "failure" | "":
                failed.setdefault(recipient, status)
            case "delivered" | "relayed" | "expanded" if not _FAILED_STATUS.match(status):
                pass
            case _:
                failed.setdefault(recipient, status)
    chosen = failed or delayed
    if not chosen:
        return None
    status = next((status for status in chosen.values() if status), "")
    return Bounce(tuple(chosen)[:MAX_RECIPIENTS], is_delay=not failed, status=status[:20], message_id=_returned_id(root, limits))


def _recipient(block: Headers, limits: Limits) -> str | None:
    """``Final-Recipient: rfc822; jane@example.org``; the original one where the final one is no address."""
    for name in ("original-recipient", "final-recipient"):
        value = block.raw(name)
        if value is None:
            continue
        written = value.partition(b";")[2] or value
        address = next((found for found in read_addresses(written, limits) if found.is_deliverable), None)
        if address:
            return address.email
    return None


def _returned_id(root: Part, limits: Limits) -> str:
    """The Message-ID of the mail that came back, whole or as headers, else one that the text repeats."""
    for part in root.walk():
        if part.media_type in {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"}:
            if part.media_type.startswith("message/") and (nested := open_message(part, limits)):
                headers = nested.root.headers
            else:
                content = part.content()
                headers = read_headers(content, 0, len(content), limits, is_mail=True).headers
            if value := headers.raw("message-id"):
                return value[:998].decode("ascii", "replace")
    for part in root.walk():
        if not part.children and part.media_type.startswith("text/") and (found := _RETURNED.search(part.content()[:MAX_BYTES])):
            return found.group(1).decode("ascii", "replace")
    return ""


def _from_text(root: Part, data: bytes, limits: Limits) -> Bounce | None:
    sample = data[:MAX_BYTES]
    if _depth(root) > MAX_DEPTH or len(_BLANK_LINE.findall(sample)) > MAX_BLANK_LINES:
        return None
    temporary, permanent = _scan(sample)
    chosen = permanent or temporary
    if not chosen:
        return None
    return Bounce(tuple(sorted(chosen))[:MAX_RECIPIENTS], is_delay=not permanent, status="", message_id=_returned_id(root, limits))


def _scan(data: bytes) -> tuple[set[str], set[str]]:
    """What flufl.bounce finds: addresses that failed for now, and for good."""
    from flufl.bounce import all_failures  # noqa: PLC0415 - it loads thirty detectors, which nearly no mail needs

    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it writes a stack trace for each detector that a mail defeats
    try:
        temporary, permanent = all_failures(email.message_from_bytes(_with_plain_header(data)))
    except Exception:  # noqa: BLE001 - its detectors raise on mail that they were not made for
        return set(), set()
    return _texts(temporary), _texts(permanent)


def _with_plain_header(data: bytes) -> bytes:
    """Signs that no header may hold as they are become question marks: of a field with such a sign the standard library makes an
    object that the detectors take for text, and raise.
    """
    blank = _BLANK_LINE.search(data)
    end = blank.start() if blank else len(data)
    return data[:end].decode("ascii", "replace").replace("\ufffd", "?").encode("ascii") + data[end:]


def _texts(addresses: object) -> set[str]:
    found = addresses if isinstance(addresses, set | frozenset | list | tuple) else ()
    return {(item.decode("ascii", "replace") if isinstance(item, bytes) else str(item)).strip("<> ") for item in found}


def _depth(root: Part) -> int:
    deepest, waiting = 1, [(root, 1)]
    while waiting:
        part, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting.extend((child, depth + 1) for child in part.children)
    return deepest
