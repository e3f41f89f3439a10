"""Kafka to immutable objects, exactly once: the store is the ledger of what has landed."""
