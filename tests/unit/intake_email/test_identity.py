"""The same mail is the same mail; another one is another; what it answers is shown by proofs that nobody can make up."""

from uuid import UUID

import pytest

from intake_email.parse import parse
from intake_email.submission import submission_id_of
from intake_email.tokens import message_id, number_in_address, number_in_body, number_in_message_id, reply_address
from support.mails import EARLIER, OTHER, OUR_ADDRESS, OUR_MARKER, OUR_MESSAGE_ID, PROFILE, TOKEN_SECRET, mail, multipart, part
from support.mails_answered import THREADED

LATER_RECEIVED = b"Received: from a by b; Wed, 11 Mar 2026 00:00:00 +0000\r\nDelivered-To: other@town.example\r\n"


def identity(raw: bytes) -> UUID:
    return submission_id_of(parse(raw, PROFILE))


@pytest.mark.parametrize("without", [[], ["Message-ID"]])
def test_the_way_does_not_matter(without: list[str]) -> None:
    """Another server, another of our mailboxes, other line ends: one request."""
    raw = mail("The same words.\n\nAnd more.", without=without)
    assert identity(raw) == identity(LATER_RECEIVED + raw) == identity(raw.replace(b"\r\n", b"\n")) == identity(raw + b"\r\n\r\n")


def test_the_encoding_does_not_matter_without_a_message_id() -> None:
    """A server may encode the text anew."""
    quoted = mail(
        "caf=C3=A9", without=["Message-ID"], Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding="quoted-printable"
    )
    plain = mail("café", without=["Message-ID"], Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding="8bit")
    assert identity(quoted) == identity(plain)


def test_a_message_id_that_is_used_again_is_not_enough() -> None:
    """Some programs send everything under one."""
    assert identity(mail("x", Date="Tue, 10 Mar 2026 09:15:00 -0400")) != identity(mail("x", Date="Tue, 10 Mar 2026 09:16:00 -0400"))
    assert identity(mail("x")) != identity(mail("x", From="ben@example.net"))


def test_without_a_message_id_the_words_and_files_tell() -> None:
    """Another text or another photo is another mail."""
    one = mail("one", without=["Message-ID"])
    assert identity(one) != identity(mail("two", without=["Message-ID"]))
    photos = [multipart([part("one"), part(data, "image/png")], without=["Message-ID"]) for data in (b"a", b"b")]
    assert identity(photos[0]) != identity(photos[1])


def test_our_marks_lead_back_to_their_request() -> None:
    """Whatever mail programs do to case and brackets."""
    assert number_in_address(TOKEN_SECRET, OUR_ADDRESS.upper()) == EARLIER
    assert number_in_message_id(TOKEN_SECRET, OUR_MESSAGE_ID) == number_in_message_id(TOKEN_SECRET, OUR_MESSAGE_ID.strip("<>")) == EARLIER
    assert number_in_body(TOKEN_SECRET, f"<p class='x_{OUR_MARKER}'>") == EARLIER


@pytest.mark.parametrize("address", ["311@town.example", "311+x@town.example", f"311+{EARLIER}@town.example", "", "+@", OUR_ADDRESS[:-30]])
def test_other_addresses_lead_nowhere(address: str) -> None:
    """A number alone is no proof."""
    assert number_in_address(TOKEN_SECRET, address) is None


def test_a_signature_fits_one_request_one_purpose_and_one_secret() -> None:
    """Nothing can be carried over."""
    stolen = OUR_ADDRESS.split("-")[1].split("@")[0]
    assert number_in_address(TOKEN_SECRET, f"311+{OTHER.lower()}-{stolen}@town.example") is None
    assert number_in_message_id(TOKEN_SECRET, f"<{EARLIER.lower()}.{'0' * 32}.{stolen}@town.example>") is None
    assert number_in_address(b"another secret", OUR_ADDRESS) is None


def test_a_message_id_is_derived() -> None:
    """The same event is sent under the same id, however often."""
    assert message_id(TOKEN_SECRET, EARLIER, UUID(int=5), "town.example") == OUR_MESSAGE_ID
    assert reply_address(TOKEN_SECRET, EARLIER, "311+old@town.example") == OUR_ADDRESS


@pytest.mark.parametrize(
    ("name", "proofs"),
    [
        ("token-address", ["token"]),
        ("token-in-delivered-to", ["token"]),
        ("token-forged", []),
        ("our-message-id", ["thread"]),
        ("our-message-id-in-references", ["thread"]),
        ("marker-in-html", ["thread"]),
        ("number-in-text", ["tag"]),
        ("neighborhood", []),
        ("two-numbers", ["token", "tag"]),
    ],
)
def test_the_strongest_proof_comes_first(name: str, proofs: list[str]) -> None:
    """What each mail shows."""
    claims = parse(THREADED[name], PROFILE).evidence.claims
    assert [claim.proof for claim in claims] == proofs
    assert all(claim.service_request_id == EARLIER for claim in claims[:1])


def test_the_ledger_is_asked_from_the_newest_to_the_oldest() -> None:
    """In-Reply-To first, then References from right to left."""
    read = parse(mail("x", In_Reply_To="<c@x>", References="<a@x>\r\n <b@x> nonsense <c@x>"), PROFILE)
    assert read.evidence.identifiers == ("<c@x>", "<b@x>", "<a@x>")
