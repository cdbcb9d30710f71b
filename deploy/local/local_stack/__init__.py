"""The local stack: real Kafka, a MongoDB wire server and our services, one process each, in one terminal (``make run``)."""
