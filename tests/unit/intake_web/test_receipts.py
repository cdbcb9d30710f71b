"""Receipts prove what we accepted, and nothing else."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_web.receipts import Receipt, Receipts
from shared.contracts import Emergency, Nature
from shared.identity import Channel, submission_id
from shared.tracking_number import tracking_number

SECRET = b"an invented secret of thirty-two bytes"
NUMBER = tracking_number(SECRET, submission_id(Channel.WEB, "a"))
OTHER = tracking_number(SECRET, submission_id(Channel.WEB, "b"))
RECEIPTS = Receipts(SECRET)


@given(
    st.integers(946_684_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.none() | st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    st.none() | st.sampled_from(Emergency),
    st.sampled_from([(outside, nature) for outside in (False, True) for nature in Nature]),
)
def test_what_was_signed_is_read(
    accepted_at: datetime, service_code: str | None, emergency: Emergency | None, seemed: tuple[bool, Nature]
) -> None:
    """Number, second, service and what it seemed to be come back; the token needs no escaping in an address."""
    token = RECEIPTS.sign(Receipt(NUMBER, accepted_at, service_code, emergency, *seemed))

    assert RECEIPTS.read_for(NUMBER, token) == Receipt(NUMBER, accepted_at.replace(microsecond=0), service_code, emergency, *seemed)
    assert token.replace("-", "").replace("_", "").replace(".", "").isalnum()


@given(st.text(max_size=200))
def test_nothing_else_is_read(token: str) -> None:
    """Any text that we did not sign is no receipt."""
    assert RECEIPTS.read(token) is None


@given(st.integers(0, 60), st.sampled_from("AZ09.-_x"))
def test_a_changed_receipt_is_none(place: int, symbol: str) -> None:
    """Every single character counts."""
    token = RECEIPTS.sign(Receipt(NUMBER, datetime(2026, 3, 3, tzinfo=UTC), "OTHER"))
    place %= len(token)
    changed = token[:place] + symbol + token[place + 1 :]

    # The last symbol of the signature carries four bits that decode to nothing, yet it is compared as written.
    assert changed == token or RECEIPTS.read(changed) is None


def test_a_receipt_is_for_its_number_and_its_secret() -> None:
    """It shows no other request, and no other town's."""
    token = RECEIPTS.sign(Receipt(NUMBER, datetime(2026, 3, 3, tzinfo=UTC), None))

    assert RECEIPTS.read_for(OTHER, token) is None
    assert RECEIPTS.read_for(NUMBER, None) is None
    assert Receipts(b"another secret, also thirty-two bytes").read(token) is None


@pytest.mark.parametrize("emergency", [None, *Emergency])
def test_a_receipt_remembers_an_emergency(emergency: Emergency | None) -> None:
    """So that the page after sending says it without the words; a receipt without one is as it always was."""
    receipt = Receipt(NUMBER, datetime(2026, 3, 3, tzinfo=UTC), "OTHER", emergency)
    token = RECEIPTS.sign(receipt)
    assert RECEIPTS.read_for(NUMBER, token) == receipt
    assert token.count(".") == (3 if emergency is None else 4)


@pytest.mark.parametrize("emergency", [None, *Emergency])
def test_a_receipt_remembers_a_place_outside(emergency: Emergency | None) -> None:
    """Beside an emergency and without one; who changes it holds no receipt."""
    receipt = Receipt(NUMBER, datetime(2026, 3, 3, tzinfo=UTC), None, emergency, is_outside_town=True)
    token = RECEIPTS.sign(receipt)
    assert RECEIPTS.read_for(NUMBER, token) == receipt
    assert RECEIPTS.read_for(NUMBER, token.replace(".outside", "")) is None
