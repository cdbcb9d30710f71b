"""How often one sender may send, and who the sender is."""

from hypothesis import given
from hypothesis import strategies as st

from intake_web.limits import Rate, RateLimiter, networks, sender_address

RATE = Rate(burst=5, per_minute=60)


@given(st.lists(st.floats(0, 30), max_size=100))
def test_nobody_gets_more_than_the_burst_and_the_rate(pauses: list[float]) -> None:
    """However the requests are spread."""
    limiter, now, taken = RateLimiter(RATE), 0.0, 0
    for pause in pauses:
        now += pause
        taken += limiter.take("a", now=now).is_allowed

    assert taken <= RATE.burst + now * RATE.per_minute / 60 + 1e-6


@given(st.lists(st.floats(0, 3), min_size=1, max_size=50))
def test_whoever_waits_as_told_is_admitted(pauses: list[float]) -> None:
    """Limits that can be obeyed."""
    limiter, now = RateLimiter(RATE), 0.0
    for pause in pauses:
        now += pause
        verdict = limiter.take("a", now=now)
        if not verdict.is_allowed:
            now += int(verdict.headers()["Retry-After"])
            assert limiter.take("a", now=now).is_allowed


def test_senders_do_not_disturb_each_other() -> None:
    """Each has a bucket, and the number of buckets is bounded."""
    limiter = RateLimiter(Rate(1, 1), max_buckets=10)
    assert all(limiter.take(f"sender-{number}", now=0).is_allowed for number in range(1_000))
    assert not limiter.take("sender-999", now=0).is_allowed
    assert len(limiter._buckets) == 10


def scope(client: str, *forwarded: str) -> dict[str, object]:
    return {"client": (client, 1), "headers": [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]}


TRUSTED = networks(["10.0.0.0/8", "fd00::/8"])


def test_what_a_stranger_claims_is_not_believed() -> None:
    """``X-Forwarded-For`` counts only from proxies of ours."""
    assert sender_address(scope("203.0.113.7", "198.51.100.1"), TRUSTED) == "203.0.113.7"
    assert sender_address(scope("203.0.113.7", "198.51.100.1"), ()) == "203.0.113.7"


def test_the_nearest_stranger_behind_our_proxies_is_the_sender() -> None:
    """What stands left of it is hearsay."""
    assert sender_address(scope("10.0.0.1", "198.51.100.1, 203.0.113.7, 10.2.3.4"), TRUSTED) == "203.0.113.7"
    assert sender_address(scope("10.0.0.1", "198.51.100.1", "203.0.113.7"), TRUSTED) == "203.0.113.7"
    assert sender_address(scope("10.0.0.1", "nonsense"), TRUSTED) == "10.0.0.1"


def test_a_household_has_one_bucket() -> None:
    """An IPv6 sender is its /64; an IPv4 address in IPv6 clothes is itself."""
    assert sender_address(scope("2001:db8::1"), ()) == sender_address(scope("2001:db8::2"), ()) == "2001:db8::/64"
    assert sender_address(scope("::ffff:203.0.113.7"), ()) == "203.0.113.7"


@given(st.text(max_size=60), st.lists(st.text(st.characters(max_codepoint=255), max_size=40), max_size=3))
def test_any_header_names_some_sender(client: str, forwarded: list[str]) -> None:
    """Nothing that is claimed raises."""
    assert sender_address(scope(client, *forwarded), TRUSTED)
    assert sender_address(scope("10.0.0.1", *forwarded), TRUSTED)
