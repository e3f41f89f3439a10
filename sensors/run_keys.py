"""What names a run to Dagster, which starts a name once."""

import hashlib
from collections.abc import Iterable


def run_key(what: str, keys: Iterable[str]) -> str:
    """What runs, and the digest of the objects that made it run.

    Late objects may ask for the very day or window that others asked for: they are another run.
    """
    return f"{what}/{hashlib.sha256(' '.join(sorted(keys)).encode()).hexdigest()[:16]}"
