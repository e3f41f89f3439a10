"""Land Kafka messages as immutable objects, exactly once: the store records what has landed.

A sensor (`sensors/closed_windows.py`), not the lander, starts a run over the objects.
"""


class StreamError(Exception):
    """A broker, registry or topic cannot be used; the message says which and what to do."""
