"""The lander's progress: a line of log a second, and counters for Prometheus."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

log = logging.getLogger("tapewatch.land")

SECONDS_A_LINE = 1.0


@dataclass
class Progress:
    """Counts landed messages; `serve` exposes the counters to Prometheus on every address."""

    topic: str
    good: int = 0
    bad: int = 0
    objects: int = 0
    metrics: CollectorRegistry = field(default_factory=CollectorRegistry)
    _logged_at: float = field(default_factory=time.monotonic)
    _logged: tuple[int, int] = (0, 0)
    _logged_lag: int | None = None

    def __post_init__(self) -> None:
        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"tapewatch_{name}", what, ["topic", *labels], registry=self.metrics)

        self._messages = counter("landed_messages", "Messages in objects.", "outcome")
        self._objects = counter("landed_objects", "Objects written.")
        self._retries = counter("landing_retries", "Times that a batch had to wait.")
        self._missed = counter(
            "landing_missed_offsets", "Deleted by the broker before they landed."
        )
        self._lag = Gauge(
            "tapewatch_landing_lag_messages",
            "Messages that the broker has and the store has not.",
            ["topic", "partition"],
            registry=self.metrics,
        )

    def serve(self, port: int) -> None:
        start_http_server(port, registry=self.metrics)

    def landed(self, messages: int, bad: int) -> None:
        self.good += messages - bad
        self.bad += bad
        self.objects += 1
        self._messages.labels(self.topic, "good").inc(messages - bad)
        self._messages.labels(self.topic, "bad").inc(bad)
        self._objects.labels(self.topic).inc()

    def stumbled(self) -> None:
        self._retries.labels(self.topic).inc()

    def missed(self, offsets: int) -> None:
        self._missed.labels(self.topic).inc(offsets)

    def is_due(self) -> bool:
        return time.monotonic() - self._logged_at >= SECONDS_A_LINE

    def log_line(self, lag: Mapping[int, int]) -> None:
        """Log a line if something landed since the last, waits, or has just ceased to wait."""
        now = time.monotonic()
        self._lag.clear()
        for partition, count in lag.items():
            self._lag.labels(self.topic, str(partition)).set(count)
        messages, objects = self.good + self.bad, self.objects
        behind = sum(lag.values())
        if behind or (messages, objects) != self._logged or behind != self._logged_lag:
            log.info(
                "%s messages/s, %d objects, %s bad so far, lag %s",
                f"{(messages - self._logged[0]) / (now - self._logged_at):,.0f}",
                objects - self._logged[1],
                f"{self.bad:,}",
                f"{behind:,}",
            )
        self._logged_at, self._logged, self._logged_lag = now, (messages, objects), behind
