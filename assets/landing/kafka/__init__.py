"""Kafka to immutable objects, exactly once: the store is the ledger of what has landed.

What wakes a run over the objects is a sensor (`sensors/closed_windows.py`), not the lander.
"""


class StreamError(Exception):
    """A broker, registry or topic cannot be used as asked; says which and what to do."""
