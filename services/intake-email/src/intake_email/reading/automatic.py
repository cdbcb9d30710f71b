"""Mail that no person wrote: it opens nothing, reopens nothing and is never answered (RFC 3834 and what programs do instead)."""

import re
from collections.abc import Collection
from enum import StrEnum
from typing import Final

from intake_email.limits import Limits
from intake_email.reading.addresses import Address, read_addresses
from intake_email.reading.headers import Headers

_BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
_AUTO_REPLY_FIELDS: Final = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-auto-reply-from",
    "x-mail-autoreply",
    "x-auto-reply",
    "x-away-notification",
)
_LIST_FIELDS: Final = ("list-id", "list-unsubscribe", "list-post")
_DAEMONS: Final = re.compile(
    r"(?:mailer-?daemon|post-?master|mail-?delivery(?:-?(?:sub)?system)?|mdaemon|bounces?|nobody|noreply-dmarc-support)", re.IGNORECASE
)
_NEVER_ANSWER: Final = frozenset({"all", "autoreply", "oof", "dr", "ndr", "rn", "nrn"})


class MachineSign(StrEnum):
    """How a mail shows that a machine sent it."""

    AUTO_SUBMITTED = "auto_submitted"
    PRECEDENCE = "precedence"
    MAILING_LIST = "mailing_list"
    AUTO_REPLY = "auto_reply"
    LOOP = "loop"
    NULL_RETURN_PATH = "null_return_path"
    DAEMON = "daemon"
    REPORT = "report"
    FAILED_RECIPIENTS = "failed_recipients"
    OURSELVES = "ourselves"
    CALENDAR = "calendar"
    BOUNCE = "bounce"


def machine_signs(
    headers: Headers, sender: Address | None, media_type: str, own: Collection[str], limits: Limits
) -> tuple[MachineSign, ...]:
    """Every sign in the fields of a mail; none: a person wrote it. ``own``: our addresses, and our domains as ``@example.org``.

    X-Auto-Response-Suppress is no sign: Exchange puts it on what people write.
    """
    checks = {
        MachineSign.AUTO_SUBMITTED: headers.token("auto-submitted") not in {"", "no"},
        MachineSign.PRECEDENCE: headers.token("precedence") in _BULK,
        MachineSign.MAILING_LIST: any(name in headers for name in _LIST_FIELDS),
        MachineSign.AUTO_REPLY: _is_auto_reply(headers),
        MachineSign.LOOP: "x-loop" in headers,
        MachineSign.NULL_RETURN_PATH: _has_null_return_path(headers),
        MachineSign.DAEMON: _is_daemon(headers, sender, limits),
        MachineSign.REPORT: media_type == "multipart/report",
        MachineSign.FAILED_RECIPIENTS: "x-failed-recipients" in headers,
        MachineSign.OURSELVES: sender is not None and is_own(sender, own),
    }
    return tuple(sign for sign, holds in checks.items() if holds)


def may_be_answered(headers: Headers) -> bool:
    """Whether the sender's server lets a program answer (X-Auto-Response-Suppress); its absence says nothing against it."""
    value = (headers.raw("x-auto-response-suppress") or b"").decode("ascii", "replace").lower()
    return not _NEVER_ANSWER & {word.strip() for word in re.split(r"[,;]", value)}


def is_own(address: Address, own: Collection[str]) -> bool:
    """Whether it is an address or a domain of ours; what follows a plus sign does not matter."""
    local, _, domain = address.key.rpartition("@")
    return address.key in own or f"@{domain}" in own or f"{local.partition('+')[0]}@{domain}" in own


def _is_auto_reply(headers: Headers) -> bool:
    if any(name in headers and headers.token(name) not in {"no", "false"} for name in _AUTO_REPLY_FIELDS):
        return True
    return headers.token("x-post-messageclass").startswith("9") or "autoresponder" in headers.token("delivered-to")


def _has_null_return_path(headers: Headers) -> bool:
    return any(value.strip().replace(b" ", b"") == b"<>" for value in headers.every("return-path"))


def _is_daemon(headers: Headers, sender: Address | None, limits: Limits) -> bool:
    """Also a sender that is a bare name: ``From: MAILER-DAEMON (Mail Delivery System)``."""
    written = (address for value in headers.every("from")[:3] for address in read_addresses(value, limits))
    everybody = [*written, *([sender] if sender else [])]
    return any(_DAEMONS.fullmatch(address.email.partition("@")[0].partition("+")[0]) for address in everybody)
