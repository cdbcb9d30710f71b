"""Addresses as people and programs write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_email.limits import Limits
from intake_email.reading.addresses import is_deliverable, read_addresses

LIMITS = Limits()


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("ada@example.org", [("ada@example.org", "")]),
        ("Ada <ADA@Example.ORG>", [("ADA@example.org", "Ada")]),
        ('"Moss, Ada" <ada@example.org>, ben@example.net', [("ada@example.org", "Moss, Ada"), ("ben@example.net", "")]),
        ("ada@example.org (Ada (the) Moss)", [("ada@example.org", "Ada (the) Moss")]),
        ("Ada <ada(home)@example.org>", [("ada@example.org", "Ada")]),
        ("ada@(our)example.org", [("ada@example.org", "our")]),
        ("<@relay.example,@other.example:ada@example.org>", [("ada@example.org", "")]),
        ("mailto:ada@example.org", [("ada@example.org", "")]),
        ("Ada <mailto:ada@example.org>", [("ada@example.org", "Ada")]),
        ("Ada ada@example.org", [("ada@example.org", "Ada")]),
        ("Ada <ada@example.org", [("ada@example.org", "Ada")]),
        ("Ada <<ada@example.org>>", [("ada@example.org", "Ada")]),
        ("'ada@example.org'", [("ada@example.org", "")]),
        ('"ada@example.org"', [("ada@example.org", "ada@example.org")]),
        ('"tom@example.net" <ada@example.org>', [("ada@example.org", "tom@example.net")]),
        ("=?utf-8?Q?Ad=C3=A4?= <ada@example.org>", [("ada@example.org", "Adä")]),
        ("Friends: ada@example.org, ben@example.net;, eve@example.com",
         [("ada@example.org", ""), ("ben@example.net", ""), ("eve@example.com", "")]),
        ("ada@example.org.", [("ada@example.org", "")]),
        ('"a b"@example.org', [('"a b"@example.org', "")]),
        ("undisclosed-recipients:;", []),
        ("moderator", [("moderator", "")]),
        ("Moderator <moderator>", [("moderator", "Moderator")]),
        ("", []),
        ('"', []),
        (",,;;<>", []),
    ],
)  # fmt: skip
def test_written_addresses(written: str, found: list[tuple[str, str]]) -> None:
    """What is meant by them."""
    read = [(address.email, address.name) for address in read_addresses(written.encode(), LIMITS)]
    assert [entry for entry in read if entry[0] != '"'] == found


@pytest.mark.parametrize("email", ["ada@example.org", "jörg@bücher.example", "a+b@example.org", '"a b"@example.org'])
def test_deliverable(email: str) -> None:
    """Somebody could be answered there."""
    assert is_deliverable(email)


@pytest.mark.parametrize(
    "email", ["", "ada", "@example.org", "ada@", "a b@example.org", "ada@exa mple.org", "ada@a..b", "a\r\n@b.c", "x" * 65 + "@b.c"]
)
def test_not_deliverable(email: str) -> None:
    """Nothing that could break a header or an SMTP command passes."""
    assert not is_deliverable(email)


@given(st.binary(max_size=400))
def test_any_field_gives_addresses_that_are_safe(value: bytes) -> None:
    """Without control characters, whatever stands there; a deliverable one has no blank."""
    for address in read_addresses(value, LIMITS):
        assert not any(ord(sign) < 32 for sign in address.email + address.name)
        assert not (address.is_deliverable and " " in address.email and not address.email.startswith('"'))
