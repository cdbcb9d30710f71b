"""Mails that mean something else than they say: passed on, too large, not to be read."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_email.adjusting import adjusted, header_of, stand_in, without_files
from intake_email.parse import parse
from intake_email.parsed import ParsedMail, Trouble
from intake_email.profile import MailboxProfile
from support.imap_user import mail

PROFILE = MailboxProfile(frozenset({"311@town.example"}), b"an invented secret for our tokens", frozenset({"mx.town.example"}))
STAFF = frozenset({"clerk@town.example", "@desk.town.example"})
FORWARDED = (
    "\n---------- Forwarded message ---------\nFrom: Ana Resident <ana@example.org>\nDate: Tue, Mar 3, 2026 at 9:00 AM\n"
    "Subject: Lamp\nTo: Clerk <clerk@town.example>\n\nThe lamp is dark.\n"
)


def forward(sender: str, text: str = FORWARDED, **fields: str) -> ParsedMail:
    return adjusted(parse(mail(text, subject="Fwd: Lamp", sender=sender, **fields), PROFILE), STAFF)


@pytest.mark.parametrize(
    ("sender", "whose"),
    [
        ("Clerk <clerk@town.example>", "ana@example.org"),
        ("Other <other@desk.town.example>", "ana@example.org"),
        ("Luz <luz@example.org>", "luz@example.org"),
        ("Clerk <clerk@town.example.org>", "clerk@town.example.org"),
    ],
)
def test_only_staff_passes_mails_on(sender: str, whose: str) -> None:
    """From a known member of staff it is the original sender's, who is answered; from anybody else the forwarder's."""
    passed_on = forward(sender)

    assert passed_on.sender.address is not None
    assert passed_on.sender.answer_to is not None
    assert (passed_on.sender.address.email, passed_on.sender.answer_to.email) == (whose, whose)
    assert "The lamp is dark." in passed_on.text


def test_a_forged_member_of_staff_is_nobody() -> None:
    """Our own mail server says that the sender is another."""
    forged = "mx.town.example; spf=fail smtp.mailfrom=clerk@town.example; dkim=fail; dmarc=fail header.from=town.example"
    passed_on = forward("Clerk <clerk@town.example>", Authentication_Results=forged)

    assert passed_on.sender_verified is False
    assert passed_on.sender.address is not None
    assert passed_on.sender.address.email == "clerk@town.example"


def test_words_beside_a_forwarded_mail_stay_the_text() -> None:
    """What is passed on is then the history."""
    passed_on = forward("Luz <luz@example.org>", "Please look at this.\n" + FORWARDED)

    assert passed_on.text == "Please look at this."
    assert "The lamp is dark." in passed_on.split.elided


def test_what_is_missing_calls_for_a_person() -> None:
    """Only where it may matter."""
    whole = parse(mail(), PROFILE)
    for trouble in Trouble:
        is_told = adjusted(replace(whole, troubles=(trouble,)), STAFF).decoded_with_losses
        assert is_told is (trouble not in {Trouble.BROKEN_HEADERS, Trouble.NO_SENDER})
    assert without_files(whole).decoded_with_losses
    assert without_files(whole).native_id == whole.native_id


def test_a_stand_in_has_an_identity_of_its_own() -> None:
    """Of the Message-ID where there is one, else of what is there, else of where it lies; the same each time."""
    named = parse(header_of(mail(message_id="<own@example.org>"), 1_000), PROFILE)
    unnamed = parse(b"", PROFILE)
    identities = {
        stand_in(named, b"one", "town/7/1", is_attached=True).native_id,
        stand_in(named, b"two", "town/7/2", is_attached=True).native_id,
        stand_in(unnamed, b"one", "town/7/1", is_attached=True).native_id,
        stand_in(unnamed, b"two", "town/7/1", is_attached=True).native_id,
        stand_in(unnamed, b"", "town/7/1", is_attached=False).native_id,
        stand_in(unnamed, b"", "town/7/2", is_attached=False).native_id,
    }

    assert len(identities) == 5
    assert all(identity.startswith("stand-in:") for identity in identities)
    assert "attached" in stand_in(named, b"one", "", is_attached=True).text
    assert "attached" not in stand_in(named, b"one", "", is_attached=False).text


@given(st.binary(max_size=300), st.sampled_from([b"\r\n\r\n", b"\n\n", b"\r\r"]), st.binary(max_size=50))
def test_the_header_ends_at_the_first_blank_line(head: bytes, blank: bytes, body: bytes) -> None:
    """Whatever the line breaks; never longer than allowed."""
    found = header_of(head + blank + body, 200)

    assert found.endswith(b"\r\n\r\n")
    assert len(found) <= 204
    assert (head + blank + body).startswith(found[:-4])
