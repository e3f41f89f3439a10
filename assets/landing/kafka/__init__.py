"""Kafka to immutable objects, exactly once: the store is the ledger of what has landed."""


class StreamError(Exception):
    """A broker, registry or topic cannot be used as asked; says which and what to do."""
