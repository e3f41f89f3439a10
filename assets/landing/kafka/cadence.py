"""The cadence of a stream: when a partition's messages become an object and trigger a window."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assets.landing.kafka.rows import Batch

BATCH_BYTES = 64 << 20


@dataclass(frozen=True)
class Cadence:
    """When a batch becomes an object: at the first of these limits."""

    seconds: float = 3.3
    """At each multiple of this period by the clock: all partitions land together, whichever member
    reads them, and one window covers all of them."""
    rows: int = 50_000

    def __post_init__(self) -> None:
        if self.seconds <= 0 or self.rows < 1:
            raise ValueError(f"an object needs time and rows: {self}")

    def is_due(self, batch: "Batch", now: float) -> bool:
        """Whether a batch is to become an object; `now` in seconds since 1970."""
        return (
            now // self.seconds != batch.opened_at // self.seconds
            or len(batch.offsets) >= self.rows
            or batch.size >= BATCH_BYTES
        )
