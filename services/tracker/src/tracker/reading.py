"""Records of ``request.events`` as the items that are folded. Pure."""

from collections.abc import Sequence

from shared.contracts import LogPosition, decode_event
from shared.errors import PoisonError, TransientError
from shared.kafka.ports import Failure
from shared.kafka.records import Record
from shared.tracking_number import parse_tracking_number
from tracker.batches import Item
from tracker.folding import dead_letter


def read(records: Sequence[Record]) -> tuple[list[Item], list[Failure]]:
    """The events of the records, and those that could not be read.

    A record that nobody can ever read is noted at the request of its key. Behind one that is newer than this reader, nothing of
    its partition is read: the order of a request's events is what its state rests on.
    """
    items: list[Item] = []
    failures: list[Failure] = []
    held: set[int] = set()
    for record in records:
        if record.partition in held:
            continue
        position = LogPosition(partition=record.partition, offset=record.offset)
        try:
            event = decode_event(record.value)
            if record.key != event.service_request_id.encode():
                raise PoisonError("key_mismatch", "service_request_id")  # noqa: TRY301 - sorted with the other unreadable ones
            items.append(Item(record, event, position))
        except TransientError as error:
            held.add(record.partition)
            failures.append(Failure(record, error))
        except Exception as error:  # noqa: BLE001 - the loop sorts poison from bugs; both leave a note and let the others pass
            failures.append(Failure(record, error))
            number = _number(record.key)
            if number is not None:
                items.append(Item(record, dead_letter(record, number), position))
    return items, failures


def settled_positions(records: Sequence[Record], failures: Sequence[Failure]) -> dict[int, int]:
    """The next offset of each partition once the batch is stored: up to the first record that must wait for a newer reader."""
    if not failures:
        return {record.partition: record.next_offset for record in records}  # in order: the last one of each counts
    waiting = {failure.record.topic_partition: failure.record.offset for failure in failures if isinstance(failure.error, TransientError)}
    positions: dict[int, int] = {}
    for record in records:
        if record.offset < waiting.get(record.topic_partition, record.next_offset):
            positions[record.partition] = record.next_offset
    return positions


def _number(key: bytes | None) -> str | None:
    """The tracking number in a record's key, where it is one in its canonical spelling."""
    try:
        written = (key or b"").decode("ascii")
    except UnicodeDecodeError:
        return None
    return written if parse_tracking_number(written) == written else None
