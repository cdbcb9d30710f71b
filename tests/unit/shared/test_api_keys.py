"""API keys: who holds one may do what it says, until it ends; everybody else learns nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.api_keys import ApiKey, KeyRing, Scope, new_key

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
STAFF = frozenset({Scope.STAFF_READ, Scope.STAFF_WRITE})


def test_a_key_opens_what_it_is_for() -> None:
    """The whole key is needed, and it opens its scopes only."""
    presented, key = new_key("desk", STAFF)
    ring = KeyRing((key,))
    assert ring.find(presented, now=NOW, scope=Scope.STAFF_WRITE) == key
    assert ring.find(presented, now=NOW, scope=Scope.OPEN311) is None


@pytest.mark.parametrize(
    "change",
    [lambda k: k[:-1], lambda k: k + "x", lambda k: k.swapcase(), lambda k: k.partition(".")[2], lambda k: k.partition(".")[0] + "."],
)
def test_a_nearly_right_key_is_wrong(change: Callable[[str], str]) -> None:
    """No part of a key opens anything."""
    presented, key = new_key("desk", STAFF)
    assert KeyRing((key,)).find(change(presented), now=NOW, scope=Scope.STAFF_READ) is None


def test_a_key_ends() -> None:
    """At its expiry, to the moment, a key opens nothing more."""
    presented, key = new_key("desk", STAFF, NOW)
    ring = KeyRing((key,))
    assert ring.find(presented, now=NOW - timedelta(microseconds=1), scope=Scope.STAFF_READ) == key
    assert ring.find(presented, now=NOW, scope=Scope.STAFF_READ) is None


def test_two_keys_of_one_owner_live_at_once() -> None:
    """A secret is rotated without a moment in which none works, and under the same name."""
    (first, old), (second, new) = new_key("desk", STAFF), new_key("desk", STAFF)
    ring = KeyRing((old, new))
    assert ring.find(first, now=NOW, scope=Scope.STAFF_READ) == old
    assert ring.find(second, now=NOW, scope=Scope.STAFF_READ) == new


@given(st.none() | st.text(alphabet=st.characters()) | st.text().map("desk.{}".format))
def test_whatever_is_presented_is_answered(presented: str | None) -> None:
    """Odd characters, empty and missing keys are simply wrong."""
    _, key = new_key("desk", STAFF)
    assert KeyRing((key,)).find(presented, now=NOW, scope=Scope.STAFF_READ) is None


def test_a_huge_key_is_wrong() -> None:
    """A right key followed by a megabyte is not that key."""
    presented, key = new_key("desk", STAFF)
    assert KeyRing((key,)).find(presented + "x" * 1_000_000, now=NOW, scope=Scope.STAFF_READ) is None
    assert KeyRing(()).find("x" * 1_000_000, now=NOW, scope=Scope.STAFF_READ) is None


def test_what_we_keep_holds_no_secret() -> None:
    """Neither the stored form nor its repr gives the secret away; not even the hash is printed."""
    presented, key = new_key("desk", STAFF)
    secret = presented.partition(".")[2]
    assert secret not in key.model_dump_json()
    assert key.sha256 not in repr(key)
    assert ApiKey.model_validate_json(key.model_dump_json()) == key


@pytest.mark.parametrize("prefix", ["", "two words", "dot.ted", "x" * 65, "é"])
def test_a_prefix_is_a_code(prefix: str) -> None:
    """A prefix goes into logs and events, and must not hold what separates it from the secret."""
    with pytest.raises(ValidationError):
        new_key(prefix, STAFF)
