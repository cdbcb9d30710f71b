"""The roles of ``shared.kafka.ports`` on Apache Kafka: one front door. aiokafka is imported in this package only."""

from shared.kafka.broker.admin import KafkaGroup, ensure_topics
from shared.kafka.broker.dead_letters import KafkaDeadLetters
from shared.kafka.broker.log import KafkaLog
from shared.kafka.broker.publisher import KafkaPublisher
from shared.kafka.broker.source import KafkaRecordSource

__all__ = ["KafkaDeadLetters", "KafkaGroup", "KafkaLog", "KafkaPublisher", "KafkaRecordSource", "ensure_topics"]
