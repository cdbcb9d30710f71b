"""Real mails of other people's test suites, where a folder of them is at hand: what their owners expect is met, in these shares.

``email/manifest.jsonl`` names each file with its ``kind`` and, under ``expect``, what its owner's tests say about it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from intake_email.parse import parse
from intake_email.parsed import ParsedMail
from intake_email.reading.html_text import html_page
from intake_email.reading.page import page_of
from intake_email.reading.replies import Split, split_reply
from support.mails import PROFILE

Row = dict[str, Any]


@pytest.fixture(scope="module")
def rows(corpus: Path) -> list[Row]:
    """The manifest's lines, each with its folder."""
    folder = corpus / "email"
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [{**row, "data": (folder / row["file"]).read_bytes(), "expect": row.get("expect") or {}} for row in map(json.loads, lines)]


@pytest.fixture(scope="module")
def mails(rows: list[Row]) -> list[tuple[Row, ParsedMail]]:
    """Every whole mail, parsed: an exception on any of them fails here."""
    return [(row, parse(row["data"], PROFILE)) for row in rows if row["kind"] == "eml"]


def spaced(text: str) -> str:
    """Blanks and line breaks do not matter; neither does what another decoder could not decode."""
    return " ".join(text.replace("\x00", "").split())


def alike(wanted: str, found: str) -> bool:
    return len(wanted) == len(found) and all(sign in {"\ufffd", other} for sign, other in zip(wanted, found, strict=True))


def _sender(mail: ParsedMail) -> str:
    everybody = [*mail.written_from, *([mail.sender.address] if mail.sender.address else [])]
    return everybody[0].key if everybody else ""


def _text_begins(mail: ParsedMail, wanted: str) -> bool:
    return alike(spaced(wanted), spaced(mail.full_text)[: len(spaced(wanted))])


def _count(row: Row, mail: ParsedMail) -> int:
    """Some owners count what is in attached mails, too."""
    convention = "attachments_convention" in row["expect"]
    return len(mail.files) + (0 if convention or len(mail.files) == row["expect"]["attachments_count"] else len(mail.files_passed_on))


CHECKS: dict[str, Callable[[Row, ParsedMail, Any], bool]] = {
    "from": lambda _, mail, wanted: _sender(mail) == wanted.lower(),
    "subject": lambda _, mail, wanted: alike(spaced(wanted), spaced(mail.subject)),
    "text_exact": lambda _, mail, wanted: _text_begins(mail, wanted),
    "first_line": lambda _, mail, wanted: mail.full_text.strip().split("\n")[0] == wanted,
    "attachments_count": lambda row, mail, wanted: _count(row, mail) == wanted,
    "attachment_names_include": lambda _, mail, wanted: set(wanted) <= {file.declared_name for file in mail.files},
    "attachment_sizes": lambda _, mail, wanted: [len(file.data) for file in mail.files] == wanted,
    "attachment_sha256": lambda _, mail, wanted: [file.sha256 for file in mail.files] == wanted,
    "to": lambda _, mail, wanted: [address.key for address in mail.to] == [address.lower() for address in wanted],
    "message_id": lambda _, mail, wanted: mail.message_id.strip("<>") == wanted,
    "in_reply_to": lambda _, mail, wanted: [found.strip("<>") for found in mail.evidence.in_reply_to] == wanted,
    "references": lambda _, mail, wanted: [found.strip("<>") for found in mail.evidence.references] == wanted,
}


def test_expectations_on_sender_subject_text_and_attachments(mails: list[tuple[Row, ParsedMail]]) -> None:
    """At least 97 of 100 are met."""
    met = Counter(CHECKS[name](row, mail, wanted) for row, mail in mails for name, wanted in row["expect"].items() if name in CHECKS)
    assert met[True] >= 0.97 * met.total() > 0, met


def replies(rows: list[Row], mails: list[tuple[Row, ParsedMail]]) -> Iterator[tuple[str, Split]]:
    """What should be left of an answer, and how it was split."""
    for row in rows:
        wanted = row["expect"].get("stripped_text", row["expect"].get("stripped_text_nows"))
        if wanted is not None and row["kind"] != "eml":
            source = row["data"].decode("utf-8", "replace")
            yield wanted, split_reply(html_page(source) if row["kind"] == "reply-html" else page_of(source))
    for row, mail in mails:
        wanted = row["expect"].get("stripped_text", row["expect"].get("stripped_text_nows"))
        if wanted is not None:
            yield wanted, mail.split


def test_answers_are_stripped_exactly_and_lose_no_word(rows: list[Row], mails: list[tuple[Row, ParsedMail]]) -> None:
    """At least 85 of 100 exactly; a word is lost in at most 2 of 100. What is set apart as a signature is not lost."""
    pairs = list(replies(rows, mails))
    exact = sum("".join(wanted.split()) == "".join(split.text.split()) for wanted, split in pairs)
    kept = [(wanted, f"{split.text} {split.signature}") for wanted, split in pairs if len(wanted.split()) > 1]
    lost = [wanted for wanted, found in kept if Counter(wanted.split()) - Counter(found.split())]
    assert exact >= 0.85 * len(pairs) > 0
    assert len(lost) <= 0.02 * len(pairs)


def test_bounces_are_recognised(mails: list[tuple[Row, ParsedMail]]) -> None:
    """At least 95 of 100 labels: whether it failed for good or for now, and whom it was for."""
    met: Counter[bool] = Counter()
    for row, mail in mails:
        bounce, expect = mail.bounce, row["expect"]
        if "is_bounce" in expect:
            met[expect["is_bounce"] == (bounce is not None and not bounce.is_delay)] += 1
        if "is_delay_dsn" in expect:
            met[expect["is_delay_dsn"] == (bounce is not None and bounce.is_delay)] += 1
        if "bounced_addresses" in expect:
            found = sorted(address.lower() for address in (bounce.recipients if bounce else ()))
            met[found == sorted(address.lower() for address in expect["bounced_addresses"])] += 1
    assert met[True] >= 0.95 * met.total() > 0, met
