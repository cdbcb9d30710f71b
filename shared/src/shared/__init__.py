"""What two or more Cary 311 services need: contracts, Kafka plumbing, the town's rules as data."""
