"""Kafka as this project uses it: topics, one producer, one consumer loop. Only ``broker.py`` knows aiokafka."""
