"""Announcements put on the log as the tracker does, and what became of the answers to them."""

import uuid
from collections.abc import Sequence

from shared.contracts import DeliveryRecorded, ServiceRequestUpdated, decode_event
from shared.kafka.broker import KafkaLog, KafkaPublisher
from shared.kafka.records import Outgoing
from shared.kafka.topics import REQUEST_EVENTS, REQUEST_UPDATED
from shared.settings import KafkaSettings


async def announce(kafka: KafkaSettings, updates: Sequence[ServiceRequestUpdated]) -> None:
    """Put them on the log."""
    publisher = await KafkaPublisher.start(kafka, client_id="test")
    try:
        await publisher.publish([Outgoing(REQUEST_UPDATED.name, update.key.encode(), update.encode()) for update in updates])
    finally:
        await publisher.close()


async def recorded(kafka: KafkaSettings, updates: Sequence[ServiceRequestUpdated]) -> dict[uuid.UUID, list[DeliveryRecorded]]:
    """What the log says of each; a repeat under the same id is one."""
    found: dict[uuid.UUID, dict[uuid.UUID, DeliveryRecorded]] = {update.announcement_id: {} for update in updates}
    async with KafkaLog(kafka, REQUEST_EVENTS.name) as log:
        async for batch in log.read():
            for record in batch:
                event = decode_event(record.value)
                if isinstance(event, DeliveryRecorded) and event.announcement_id in found:
                    found[event.announcement_id].setdefault(event.event_id, event)
    return {announcement_id: list(events.values()) for announcement_id, events in found.items()}
