"""Which mails are taken together, and how a culprit is found without barring the others' way."""

from hypothesis import given
from hypothesis import strategies as st

from intake_email.batching import LOOKED_AT, Batch, BatchLimits, How, batches, looked_at_together
from intake_email.caution import Caution, Trust
from intake_email.mailbox.facts import Facts

LIMITS = BatchLimits(max_bytes=1_000, max_messages=4, oversize_bytes=5_000)


def facts(*sizes: int) -> list[Facts]:
    return [Facts(uid, size, None) for uid, size in enumerate(sizes, 1)]


def planned(*sizes: int, caution: Caution | None = None) -> list[tuple[tuple[int, ...], How]]:
    return [(batch.uids, batch.how) for batch in batches(facts(*sizes), caution or Caution(), LIMITS)]


def test_bytes_and_number_bound_a_batch() -> None:
    """In the order in which mails came; one larger than the bytes goes alone, an oversize one without its files."""
    assert planned(*[100] * 6) == [((1, 2, 3, 4), How.WHOLE), ((5, 6), How.WHOLE)]
    assert planned(600, 300, 200, 2_000, 10) == [((1, 2), How.WHOLE), ((3,), How.WHOLE), ((4,), How.WHOLE), ((5,), How.WHOLE)]
    assert planned(10, 6_000, 10) == [((1,), How.WHOLE), ((2,), How.TEXT_ONLY), ((3,), How.WHOLE)]


def test_what_failed_together_is_halved_until_the_culprit_is_alone() -> None:
    """The others go on in batches; three failures alone, and only its header is asked for, then nothing, then it is given up."""
    caution = Caution(tries=3)
    caution.failed((1, 2, 3, 4))
    assert planned(*[10] * 4, caution=caution) == [((1, 2), How.WHOLE), ((3, 4), How.WHOLE)]
    caution.succeeded((1, 2))
    caution.failed((3, 4))
    assert planned(*[10] * 4, caution=caution) == [((1, 2), How.WHOLE), ((3,), How.WHOLE), ((4,), How.WHOLE)]
    trusts = []
    for _ in range(9):
        trusts.append(caution.trust(4))
        caution.failed((4,))
    assert trusts == [Trust.WHOLE] * 3 + [Trust.HEADER] * 3 + [Trust.NOTHING] * 3
    assert (caution.trust(4), caution.given_up()) == (Trust.GIVEN_UP, 1)
    caution.forget()
    assert (caution.trust(4), caution.given_up()) == (Trust.WHOLE, 0)


def test_what_is_not_trusted_is_looked_at_alone_and_what_is_given_up_not_at_all() -> None:
    """Its size alone may be what kills the FETCH."""
    caution = Caution(tries=1)
    caution.failed((2,))
    for _ in range(3):
        caution.failed((4,))
    assert list(looked_at_together((1, 2, 3, 4, 5), caution)) == [(1,), (2,), (3, 5)]
    assert len(list(looked_at_together(range(1, LOOKED_AT + 2), Caution()))) == 2


@given(
    st.lists(st.integers(0, 8_000), max_size=40),
    st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=8, unique=True), max_size=12),
)
def test_every_mail_is_in_one_batch_in_its_order(sizes: list[int], failures: list[list[int]]) -> None:
    """Whatever failed before, nothing that is not given up is left out or taken twice, and no batch exceeds the limits."""
    caution = Caution(tries=2)
    for failed in failures:
        caution.failed(failed)
    groups = list(looked_at_together(range(1, len(sizes) + 1), caution))
    made: list[Batch] = [batch for group in groups for batch in batches([facts(*sizes)[uid - 1] for uid in group], caution, LIMITS)]

    taken = [uid for batch in made for uid in batch.uids]
    assert taken == [uid for uid in range(1, len(sizes) + 1) if caution.trust(uid) is not Trust.GIVEN_UP]
    for batch in made:
        assert len(batch.uids) <= LIMITS.max_messages
        assert len(batch.uids) == 1 or sum(sizes[uid - 1] for uid in batch.uids) <= LIMITS.max_bytes
        assert all(len(batch.uids) <= caution.together(uid, LIMITS.max_messages) for uid in batch.uids)
