"""Which request a mail belongs to: the strongest proof wins, and the ledger stands between our own ids and what somebody wrote."""

import pytest

from intake_email.claims import asked_of_ledger, resolve
from intake_email.parse import parse
from intake_email.parsed import ParsedMail
from intake_email.profile import MailboxProfile
from intake_email.store.ledger import stand_in_key
from intake_email.tokens import message_id, reply_address
from shared.contracts import ClaimProof
from shared.identity import submission_id
from shared.tracking_number import display
from support.imap_user import mail
from support.submissions import plain

SECRET = b"an invented secret for our tokens"
PROFILE = MailboxProfile(frozenset({"311@town.example"}), SECRET)
ONE, TWO, THREE = (plain(name).service_request_id for name in ("one", "two", "three"))
EVENT = submission_id(plain().channel, "event")


def parsed(**fields: str) -> ParsedMail:
    return parse(mail(message_id="<own@example.org>", **fields), PROFILE)


def test_the_order_of_proofs() -> None:
    """Token, our own Message-ID, the ledger, a number in the subject."""
    token = reply_address(SECRET, ONE, "311@town.example")
    ours = message_id(SECRET, TWO, EVENT, "town.example")
    fields = {"to": token, "In_Reply_To": ours, "References": "<known@example.org>", "subject": f"Re: {display(THREE)}"}
    known = {"<known@example.org>": "7KQ4M2XD9RTB"}
    found = []
    for dropped in ("", "to", "In_Reply_To", "References"):
        fields.pop(dropped, None)
        claim = resolve(parsed(**fields), known)
        found.append((claim.service_request_id, claim.proof) if claim else None)

    assert found == [
        (ONE, ClaimProof.TOKEN),
        (TWO, ClaimProof.THREAD),
        ("7KQ4M2XD9RTB", ClaimProof.THREAD),
        (THREE, ClaimProof.TAG),
    ]


def test_nothing_shown_is_nothing_claimed() -> None:
    """A new request."""
    assert resolve(parsed(), {}) is None
    assert resolve(parsed(References="<unknown@example.org>"), {"<other@example.org>": ONE}) is None


@pytest.mark.parametrize("references", ["<a@x> <b@x>", "<a@x>\n <b@x>"])
def test_the_newest_reference_is_asked_first(references: str) -> None:
    """In-Reply-To, then References from right to left, then the stand-in that may have been published for this very mail."""
    asked = asked_of_ledger(parsed(In_Reply_To="<c@x>", References=references.replace("\n", "")))

    assert asked == ("<c@x>", "<b@x>", "<a@x>", stand_in_key("<own@example.org>"))


def test_a_mails_own_message_id_is_no_thread() -> None:
    """Programs use ids again: only a stand-in for this very mail counts."""
    assert resolve(parsed(), {"<own@example.org>": ONE}) is None
    claim = resolve(parsed(), {stand_in_key("<own@example.org>"): ONE})
    assert claim is not None
    assert claim.service_request_id == ONE
