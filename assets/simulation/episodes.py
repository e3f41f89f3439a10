"""The labels of planted episodes: the truth for evaluations, never an input of detectors."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path as FilePath
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

Severity = Literal["low", "medium", "high"]
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high")
VENUE = "simulated"

SCHEMA = pa.schema(
    [
        ("episode_id", pa.string()),
        ("typology", pa.string()),
        ("venue", pa.string()),
        ("symbol", pa.string()),
        ("window_start_at", pa.timestamp("us")),
        ("window_end_at", pa.timestamp("us")),
        ("is_abuse", pa.bool_()),
        ("severity", pa.string()),
        ("description", pa.string()),
    ]
)


@dataclass(frozen=True, kw_only=True)
class Episode:
    """One planted abuse, or one honest look-alike; times in ms since the first midnight.

    The typology of an abuse is the name of the detector that should find it. An honest one has no
    severity. `event` is that of an abuse's trades where others overlap it (`orders.OVERLAPPED`).
    """

    typology: str
    symbol: str
    start_ms: int
    end_ms: int
    is_abuse: bool
    severity: Severity | None
    description: str
    venue: str = VENUE
    event: str = ""

    @classmethod
    def look_alike(
        cls, typology: str, symbol: str, start_ms: int, end_ms: int, description: str
    ) -> "Episode":
        """The label of an honest one: an alert on it is false."""
        return cls(
            typology=typology,
            symbol=symbol,
            start_ms=start_ms,
            end_ms=end_ms,
            is_abuse=False,
            severity=None,
            description=description,
        )


def by_time(episode: Episode) -> tuple[int, str, str, str]:
    """The sort key of labels."""
    return episode.start_ms, episode.symbol, episode.typology, episode.venue


def label_rows(episodes: list[Episode], first_midnight: datetime) -> list[dict[str, Any]]:
    """Rows of `labels.episodes`, by time."""
    rows = []
    for episode in sorted(episodes, key=by_time):
        start_at = first_midnight + timedelta(milliseconds=episode.start_ms)
        end_at = first_midnight + timedelta(milliseconds=episode.end_ms)
        rows.append(
            {
                "episode_id": f"{episode.typology}/{episode.symbol}/{start_at:%Y-%m-%dT%H:%M:%S}",
                "typology": episode.typology,
                "venue": episode.venue,
                "symbol": episode.symbol,
                "window_start_at": start_at,
                "window_end_at": end_at,
                "is_abuse": episode.is_abuse,
                "severity": episode.severity,
                "description": episode.description,
            }
        )
    return rows


def write_labels(rows: list[dict[str, Any]], path: FilePath) -> None:
    """Write the rows as Parquet."""
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), path)
