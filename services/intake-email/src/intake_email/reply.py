"""From an announcement to the mail of one recipient: headers, text, HTML. Pure: the same announcement gives the same bytes.

The subject is the same for all mails of a request and holds nothing that a resident wrote; the thread hangs together by
References, by the signed address that answers go to, and by a hidden marker for providers that replace Message-IDs.
"""

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from html import escape
from typing import Final
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined

from intake_email.answers.wording import Rules, Wording, wording
from intake_email.tokens import body_marker, message_id, reply_address
from shared.contracts import Language, ReplyAddress, ServiceRequestUpdated
from shared.identity import derived_event_id

POLICY: Final = SMTP.clone(max_line_length=200, cte_type="8bit")
"""Longer than the usual 78: a Message-ID on a line of its own is mangled by some servers."""
MAX_REFERENCES: Final = 20
"""Of a thread: its first and its newest; longer headers are refused by some servers."""
_LINE: Final = "\u2500" * 30


@dataclass(frozen=True, slots=True)
class Sender:
    """As whom we write."""

    address: str
    """The mailbox that answers come to, without a tag."""
    name: str
    token_secret: bytes = field(repr=False)

    @property
    def domain(self) -> str:
        """Of our Message-IDs."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Answer:
    """A mail that is ready to go. Everything in it is personal."""

    message_id: str = field(repr=False)
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)
    """The whole mail, RFC 5322, lines ended by CRLF."""


def answer(update: ServiceRequestUpdated, index: int, sender: Sender, rules: Rules, *, is_encrypted: bool = False) -> Answer:
    """The mail that tells ``update.replies[index]`` about the announcement. ``is_encrypted``: nobody could read what it acknowledges."""
    to = update.replies[index]
    words = wording(update, to.language, rules, is_encrypted=is_encrypted)
    identifier = own_message_id(update, index, sender)
    mail = EmailMessage(POLICY)
    mail["From"] = _address(sender.address, sender.name)
    mail["To"] = _address(to.address)
    mail["Reply-To"] = _address(reply_address(sender.token_secret, update.service_request_id, sender.address), sender.name)
    mail["Subject"] = words.subject
    mail["Date"] = format_datetime(update.occurred_at)
    mail["Message-ID"] = identifier
    thread = _thread(update, to, sender, identifier)
    if thread:
        mail["In-Reply-To"] = thread[-1]
        mail["References"] = " ".join(thread)
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(as_text(words), cte="quoted-printable")
    mail.add_alternative(
        as_html(words, to.language, body_marker(sender.token_secret, update.service_request_id)), "html", cte="quoted-printable"
    )
    mail["Content-Language"] = to.language.value  # now, or it would move into the first part
    mail.set_boundary(f"=_{update.announcement_id.hex}{index}")
    return Answer(identifier, to.address, mail.as_bytes())


def own_message_id(update: ServiceRequestUpdated, index: int, sender: Sender) -> str:
    """The Message-ID of the mail: the same event and recipient always have the same."""
    return _message_id(update.service_request_id, derived_event_id(update.event_id, f"mail:{index}"), sender)


def thread_root(number: str, sender: Sender) -> str:
    """What the mails of a request refer to whose reporter wrote no mail: a Message-ID that no mail has."""
    return _message_id(number, UUID(int=0), sender)


def _message_id(number: str, event_id: UUID, sender: Sender) -> str:
    return message_id(sender.token_secret, number, event_id, sender.domain)


def _thread(update: ServiceRequestUpdated, to: ReplyAddress, sender: Sender, identifier: str) -> tuple[str, ...]:
    known = tuple(reference for reference in map(_cleaned, to.references) if reference and reference != identifier)
    known = known or (thread_root(update.service_request_id, sender),)
    return known if len(known) <= MAX_REFERENCES else (known[0], *known[1 - MAX_REFERENCES :])


def _cleaned(reference: str) -> str:
    """A foreign Message-ID fit for a header: printable ASCII without blanks, or nothing."""
    is_whole = reference.startswith("<") and reference.endswith(">") and reference.isascii() and reference.isprintable()
    return reference if is_whole and " " not in reference else ""


def _address(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    return Address(display_name=name, username=local, domain=domain)


def as_text(words: Wording) -> str:
    """The mail as plain text."""
    quoted = [f"{_LINE}\n{words.quoted}\n{_LINE}"] if words.quoted else []
    paragraphs = [
        f"--- {words.marker} ---",
        *words.notices,
        words.greeting,
        *words.before,
        *quoted,
        *words.after,
        f"{words.follow}\n{words.url}",
        "-- \n" + "\n".join(words.closing),
    ]
    return "\n\n".join(paragraphs) + "\n"


def as_html(words: Wording, language: Language, marker: str) -> str:
    """The mail as a page that a telephone shows well, without a picture, a script or anything from elsewhere."""
    return _environment().get_template("mail.html").render(words=words, language=language.value, marker=escape(marker))


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("intake_email", "answers"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
