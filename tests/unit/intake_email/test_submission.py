"""A mail as a submission: what a record holds, and what it never does."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_email.parse import parse
from intake_email.submission import overflow_of, to_submission
from shared.contracts import SubmissionReceived, decode_submission
from shared.kafka.topics import MAX_SUBMISSION_BYTES
from support.examples import PHOTO
from support.mails import KNOWN, PROFILE, mail, reply
from support.mails_by_machines import DAMAGED, SECURED
from support.mails_written import FILES, SENDERS


def submitted(raw: bytes) -> SubmissionReceived:
    return to_submission(parse(raw, PROFILE), PROFILE, KNOWN)


def test_the_record_is_the_same_every_time() -> None:
    """Whoever parses the mail again publishes the same bytes."""
    raw = FILES["several-files"]
    assert submitted(raw).encode() == submitted(raw).encode()
    assert decode_submission(submitted(raw).encode()) == submitted(raw)


@pytest.mark.parametrize("sign", ["a", '"', "\\", "é", "路", "😀", "\n1", "\x00", "\ue000", " "])
def test_a_record_is_never_too_large(sign: str) -> None:
    """Whatever a megabyte is made of, above and below the quotation, with long threads and long names."""
    words = sign * (1_000_000 // len(sign.encode()))
    raw = reply(
        f"{words}\n\nOn Mon, Mar 9, 2026 at 4:18 PM Town <311@town.example> wrote:\n> {words}\n",
        Content_Type="text/plain; charset=utf-8",
        References=" ".join(f"<{number}{'x' * 400}@example.org>" for number in range(150)),
        From=f'"{"n" * 5_000}" <ada@example.org>',
        Subject="s" * 50_000,
    )
    received = to_submission(parse(raw, PROFILE), PROFILE, replace(KNOWN, attachments=(PHOTO,) * 50))
    assert len(received.encode()) <= MAX_SUBMISSION_BYTES


def test_what_is_cut_is_told_and_goes_along_as_a_file() -> None:
    """Nothing of a long report is lost."""
    read = parse(FILES["long-text"], PROFILE)
    received = to_submission(read, PROFILE, KNOWN)
    assert received.cut_characters + len(received.text) >= len(read.text.strip())
    assert (overflow_of(read) or b"").decode() == read.full_text
    assert overflow_of(parse(mail("short"), PROFILE)) is None


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("quoted-comma", ("Ada", "Moss", "ada@example.org")),
        ("comment-name", ("Ada", "Moss", "ada@example.org")),
        ("address-as-name", (None, None, "ada@example.org")),
        ("angle-not-closed", ("Ada", None, "ada@example.org")),
        ("hidden-by-broken-line", ("Ada", "Moss", "ada@example.org")),
        ("hidden-behind-blank", ("Ada", "Moss", "ada@example.org")),
    ],
)
def test_who_reported(name: str, person: tuple[str | None, str | None, str]) -> None:
    """By the ladder From, Reply-To, Return-Path, none."""
    reporter = submitted(SENDERS[name]).reporter
    assert reporter is not None
    assert (reporter.first_name, reporter.last_name, reporter.email) == person


def test_an_unknown_sender_is_taken_without_an_answer() -> None:
    """Anonymous, and nobody to answer."""
    received = submitted(SENDERS["nobody"])
    assert received.reporter is None
    assert received.reply_addresses == ()
    assert received.text == "I want to stay unknown."


def test_answers_go_where_the_sender_asks() -> None:
    """Reply-To is an address for answers, never an identity."""
    received = submitted(SENDERS["reply-elsewhere"])
    assert received.reporter is not None
    assert received.reporter.email == "ada@example.org"
    assert [reply_address.address for reply_address in received.reply_addresses] == ["home@example.net"]


def test_the_thread_is_kept_with_its_ends() -> None:
    """The first mail and the newest ones: every program finds its thread by them."""
    raw = mail("x", References=" ".join(f"<{number}@x.example>" for number in range(100)))
    [answer] = submitted(raw).reply_addresses
    assert answer.references[0] == "<0@x.example>"
    assert answer.references[-2:] == ("<99@x.example>", "<one@mail.example.org>")
    assert len(answer.references) == 20


@pytest.mark.parametrize("name", sorted(name for name in SECURED if "encrypted" in name))
def test_what_cannot_be_read_still_reaches_an_advocate(name: str) -> None:
    """Marked so, instead of being empty and nobody's."""
    assert submitted(SECURED[name]).text.startswith("[This mail is encrypted")


@pytest.mark.parametrize("name", sorted(DAMAGED))
def test_damaged_mail_is_a_submission(name: str) -> None:
    """Every one of them."""
    assert submitted(DAMAGED[name]).channel == "email"


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=100))
def test_no_control_character_passes(subject: str, text: str, name: str) -> None:
    """Into nothing that is echoed."""
    received = submitted(
        mail(
            text.encode("utf-8", "replace"),
            Subject=subject.encode("utf-8", "replace"),
            From=f'"{name}" <a@b.example>'.encode("utf-8", "replace"),
        )
    )
    person = received.reporter
    echoed = [received.subject or "", *([person.first_name or "", person.last_name or ""] if person else [])]
    assert not any(ord(sign) < 32 for line in echoed for sign in line)
