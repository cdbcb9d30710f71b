"""The announcements among the records of a batch, for those who answer or forget: one way of telling what cannot be read."""

from collections.abc import Sequence

from shared.contracts import ServiceRequestUpdated, decode_update
from shared.errors import TransientError
from shared.kafka.ports import Failure
from shared.kafka.records import Record


def announcements_in(records: Sequence[Record]) -> tuple[list[ServiceRequestUpdated], list[Failure]]:
    """The announcements, and the records that are none; behind one that is newer than this program, nothing of its partition."""
    updates: list[ServiceRequestUpdated] = []
    failures: list[Failure] = []
    held: set[int] = set()
    for record in records:
        if record.partition in held:
            continue
        try:
            updates.append(decode_update(record.value))
        except TransientError as error:
            held.add(record.partition)
            failures.append(Failure(record, error))
        except Exception as error:  # noqa: BLE001 - the loop sorts and counts it
            failures.append(Failure(record, error))
    return updates, failures
