"""Who may leave the spool next: order within a request, no waiting between requests."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.spool.order import Held, Order


def held(number: int, request: str = "A", size_bytes: int = 10) -> Held:
    return Held(number, UUID(int=number), request, 1_000 + number, size_bytes)


def order_of(*entries: Held) -> Order:
    order = Order()
    for entry in entries:
        order.add(entry)
    return order


def numbers(found: list[Held]) -> list[int]:
    return [entry.seq for entry in found]


def test_only_the_oldest_of_a_request_may_go() -> None:
    """Two messages about one request leave one after the other; another request's does not wait for them."""
    order = order_of(held(1, "A"), held(2, "A"), held(3, "B"))
    assert numbers(order.heads(10, 1_000, 0)) == [1, 3]
    order.remove(UUID(int=1))
    assert numbers(order.heads(10, 1_000, 0)) == [2, 3]


def test_a_deferred_entry_holds_its_own_request_only() -> None:
    """What cannot go now keeps those behind it in its request, and nobody else; at its time it is tried again."""
    order = order_of(held(1, "A"), held(2, "A"), held(3, "B"))
    order.defer(UUID(int=1), until_ms=500)
    assert numbers(order.heads(10, 1_000, 499)) == [3]
    assert numbers(order.heads(10, 1_000, 500)) == [1, 3]
    assert order.attempts(UUID(int=1)) == 1


def test_what_was_set_aside_is_in_nobodys_way_but_counts() -> None:
    """An entry that can never go lets the next one go; it still takes its place on disk, but does not make the spool look old."""
    order = order_of(held(1, "A"), held(2, "A"))
    order.set_aside(UUID(int=1))
    assert numbers(order.heads(10, 1_000, 0)) == [2]
    usage = order.usage()
    assert (usage.waiting, usage.size_bytes, usage.oldest_added_at_ms) == (1, 20, 1_002)


def test_a_batch_is_bounded_but_never_empty() -> None:
    """A batch keeps to its bytes and its number, and an entry larger than the bound goes alone."""
    order = order_of(held(1, "A", 100), held(2, "B", 10), held(3, "C", 10))
    assert numbers(order.heads(10, 50, 0)) == [1]
    assert numbers(order.heads(2, 1_000, 0)) == [1, 2]
    order.remove(UUID(int=1))
    assert numbers(order.heads(10, 50, 0)) == [2, 3]


@given(st.lists(st.sampled_from("ABC"), max_size=30), st.sets(st.integers(0, 29)), st.sets(st.integers(0, 29)))
def test_every_request_has_exactly_its_oldest_free_entry_in_front(requests: list[str], aside: set[int], deferred: set[int]) -> None:
    """Whatever was set aside or deferred: heads are the first entries, not set aside, of each request, unless deferred."""
    order = order_of(*(held(index, request) for index, request in enumerate(requests)))
    for index in aside:
        order.set_aside(UUID(int=index))
    for index in deferred:
        order.defer(UUID(int=index), until_ms=1)
    expected = []
    for name in "ABC":
        front = [index for index, request in enumerate(requests) if request == name and index not in aside][:1]
        expected += [index for index in front if index not in deferred]
    assert numbers(order.heads(100, 10_000, 0)) == sorted(expected)
