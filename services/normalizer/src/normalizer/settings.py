"""Settings of the normalizer: Kafka, the town, operations. It has no database and no door of its own."""

from typing import Annotated

from pydantic import Field

from shared.settings import KafkaSettings, OperationsSettings, TownSettings


class NormalizerSettings(KafkaSettings, TownSettings, OperationsSettings):
    """Everything that the normalizer reads from its environment."""

    consumer_max_records: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Records of one batch; its events are acknowledged before its offsets are committed."""
    stuck_after_seconds: Annotated[float, Field(gt=0)] = 60.0
    """Without a completed poll for so long the process is not alive any more: restart it."""
