"""Which request a mail says it belongs to, and how it shows that: strongest first.

A signed address among the recipients; our Message-ID in In-Reply-To, then in References from the newest to the oldest; our hidden
marker in the HTML; a number in the subject, then in the text. Message-IDs that are not ours are for the ledger of earlier mails.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from intake_email.limits import Limits
from intake_email.reading.addresses import read_addresses
from intake_email.reading.headers import Headers
from intake_email.tokens import number_in_address, number_in_body, number_in_message_id
from shared.contracts import ClaimProof, ThreadClaim
from shared.tracking_number import parse_tracking_number

RECIPIENT_FIELDS: Final = (
    "to",
    "cc",
    "delivered-to",
    "envelope-to",
    "x-original-to",
    "x-envelope-to",
    "x-forwarded-to",
    "apparently-to",
    "resent-to",
    "original-recipient",
    "x-rcpt-to",
)
MAX_IDENTIFIERS: Final = 200
MAX_TAGS: Final = 50
MAX_TAGGED_CHARACTERS: Final = 100_000
"""How far numbers are looked for in a text."""
_IDENTIFIER: Final = re.compile(r"<([^<>\s][^<>]{0,997})>")
_SYMBOL: Final = "[0-9A-HJKMNP-TV-Za-hjkmnp-tv-zOoIiLl]"
_FOUR: Final = f"{_SYMBOL}{{4}}"
_HYPHEN: Final = r"[-\u2010-\u2014]"
_TAG: Final = re.compile(rf"\b(?<!-){_FOUR}(?:({_HYPHEN}){_FOUR}{_HYPHEN}{_FOUR}| ?{_FOUR} ?{_FOUR})(?![\w-])")
"""With hyphens or without; both are looked for in one go, for every mail is looked through."""
MIN_DIGITS: Final = 2
"""Of a number written without hyphens: "neighborhood" and "that will come" consist of its symbols, too."""


@dataclass(frozen=True, slots=True)
class ThreadEvidence:
    """What connects a mail with others."""

    claims: tuple[ThreadClaim, ...]
    """Requests of ours that it shows, the strongest proof first."""
    in_reply_to: tuple[str, ...] = field(repr=False)
    references: tuple[str, ...] = field(repr=False)
    """Message-IDs with their angle brackets, as the field has them: oldest first."""

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Message-IDs in the order in which they should be looked up in the ledger."""
        return tuple(dict.fromkeys((*self.in_reply_to, *reversed(self.references))))


def identifiers(value: bytes | None) -> tuple[str, ...]:
    """The Message-IDs of a field. What stands between them (old programs wrote sentences) is left out."""
    text = (value or b"").decode("utf-8", "replace")
    found = [f"<{''.join(match.group(1).split())}>" for match in _IDENTIFIER.finditer(text)]
    if not found:
        found = [f"<{word}>" for word in text.split() if "@" in word[1:-1]]
    return tuple(dict.fromkeys(found))[-MAX_IDENTIFIERS:]


def read_evidence(headers: Headers, texts: tuple[str, ...], html: str, secret: bytes, limits: Limits) -> ThreadEvidence:
    """All that a mail shows. ``texts``: subject, new words, the rest, in this order."""
    in_reply_to = identifiers(headers.raw("in-reply-to"))
    references = identifiers(headers.raw("references"))
    claims: dict[str, ClaimProof] = {}
    for number in _tokens(headers, secret, limits):
        claims.setdefault(number, ClaimProof.TOKEN)
    for identifier in (*in_reply_to, *reversed(references)):
        if answered := number_in_message_id(secret, identifier):
            claims.setdefault(answered, ClaimProof.THREAD)
    if marked := next((found for source in (html, *texts) if (found := number_in_body(secret, source))), None):
        claims.setdefault(marked, ClaimProof.THREAD)
    for text in texts:
        for number in numbers_in(text[:MAX_TAGGED_CHARACTERS]):
            claims.setdefault(number, ClaimProof.TAG)
    shown = tuple(ThreadClaim(service_request_id=number, proof=proof) for number, proof in claims.items())
    return ThreadEvidence(shown, in_reply_to, references)


def _tokens(headers: Headers, secret: bytes, limits: Limits) -> Iterator[str]:
    for name in RECIPIENT_FIELDS:
        for value in headers.every(name)[:20]:
            for address in read_addresses(value, limits):
                if "+" in address.email and (number := number_in_address(secret, address.email)):
                    yield number


def numbers_in(text: str) -> tuple[str, ...]:
    """Tracking numbers that somebody wrote, in the order of the text."""
    found = list(_TAG.finditer(text))
    hyphenated = [match.group() for match in found if match.group(1)][:MAX_TAGS]
    bare = [match.group() for match in found if not match.group(1)][: MAX_TAGS * 4]
    bare = [word for word in bare if sum(symbol.isdigit() for symbol in word) >= MIN_DIGITS]
    parsed = (parse_tracking_number(written) for written in (*hyphenated, *bare[:MAX_TAGS]))
    return tuple(dict.fromkeys(number for number in parsed if isinstance(number, str)))
