"""Compare alerts with planted labels: found and missed episodes, false alerts.

An alert belongs to an episode of its venue and symbol when its window overlaps the episode's,
widened by five minutes before and half an hour after. It is `true` when the detector is the one
that the episode's typology calls for; during another abuse it is `related` (a pump raises volume
too) and counts neither way. Every other alert is false: a `look_alike` where an honest episode
explains it, else plainly `false`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Literal

Row = Mapping[str, Any]
AlertOutcome = Literal["true", "related", "look_alike", "false"]

BEFORE = timedelta(minutes=5)
AFTER = timedelta(minutes=30)
# detectors that may mistake an honest episode for abuse; a model may mistake any of them
LOOKS_LIKE = {
    "news_move": {"volume_spike", "flash_crash", "pump_and_dump"},
    "gap_move": {"volume_spike", "flash_crash"},
    "block_trade": {"large_order", "volume_spike"},
    "twap_buyer": {"volume_spike", "wash_trading"},
    "maker_crossing": {"wash_trading", "volume_spike"},
    "grid_bots": {"wash_trading"},
    "clock_bots": {"volume_spike"},
    "popular_lot": {"wash_trading"},
    "echo": {"flash_crash", "pump_and_dump", "volume_spike"},
}
# longer honest episodes (whole days) do not explain a model's alert
LONGEST_FOR_MODELS = timedelta(hours=3)


@dataclass(frozen=True)
class EpisodeMatch:
    """A planted abuse and the first alert that found it; the delay runs to its first hit's end."""

    episode_id: str
    typology: str
    symbol: str
    severity: str
    window_start_at: datetime
    outcome: Literal["found", "missed"]
    alert_id: str | None
    delay_seconds: float | None
    related_alerts: int


@dataclass(frozen=True)
class AlertMatch:
    """An alert and the planted episode that explains it, if any."""

    alert_id: str
    detector: str
    symbol: str
    window_start_at: datetime
    outcome: AlertOutcome
    episode_id: str | None


@dataclass(frozen=True)
class Matches:
    """Every planted abuse and every alert, judged."""

    episodes: list[EpisodeMatch]
    alerts: list[AlertMatch]

    @property
    def found(self) -> int:
        return sum(episode.outcome == "found" for episode in self.episodes)

    @property
    def recall(self) -> float | None:
        """Share of the planted abuses that were found; null if none was planted."""
        return self.found / len(self.episodes) if self.episodes else None

    @property
    def false_alerts(self) -> int:
        return sum(alert.outcome in {"false", "look_alike"} for alert in self.alerts)

    @property
    def precision(self) -> float | None:
        """Found episodes over found episodes and false alerts; null without either."""
        judged = self.found + self.false_alerts
        return self.found / judged if judged else None

    @property
    def median_delay_seconds(self) -> float | None:
        delays = [one.delay_seconds for one in self.episodes if one.delay_seconds is not None]
        return median(delays) if delays else None


def match_alerts(alerts: Iterable[Row], episodes: Iterable[Row]) -> Matches:
    """Match rows of `alerts.alerts`, except superseded ones, to rows of `labels.episodes`."""
    planted = sorted(episodes, key=lambda row: (row["window_start_at"], row["episode_id"]))
    current = sorted(
        (row for row in alerts if row.get("status") != "superseded"),
        key=lambda row: (_first_hit_end(row), row["alert_id"]),
    )
    judged = [(row, *_judge(row, planted)) for row in current]
    return Matches(
        episodes=[_found(row, judged) for row in planted if row["is_abuse"]],
        alerts=[
            AlertMatch(
                alert_id=row["alert_id"],
                detector=row["detector"],
                symbol=row["symbol"],
                window_start_at=row["window_start_at"],
                outcome=outcome,
                episode_id=episode["episode_id"] if episode else None,
            )
            for row, outcome, episode in judged
        ],
    )


def _judge(alert: Row, episodes: Sequence[Row]) -> tuple[AlertOutcome, Row | None]:
    near = [row for row in episodes if _overlap(alert, row)]
    for row in near:
        if row["is_abuse"] and _fits(alert, row):
            return "true", row
    for row in near:
        if row["is_abuse"]:
            return "related", row
    for row in near:
        if not row["is_abuse"] and _resembles(alert, row):
            return "look_alike", row
    return "false", None


def _overlap(alert: Row, episode: Row) -> bool:
    return (
        alert["venue"] == episode["venue"]
        and alert["symbol"] == episode["symbol"]
        and alert["window_start_at"] < episode["window_end_at"] + AFTER
        and alert["window_end_at"] > episode["window_start_at"] - BEFORE
    )


def _fits(alert: Row, episode: Row) -> bool:
    return episode["typology"] in {alert["detector"], alert.get("typology")}


def _resembles(alert: Row, episode: Row) -> bool:
    if alert.get("data_tier") == "model":
        return episode["window_end_at"] - episode["window_start_at"] <= LONGEST_FOR_MODELS
    return alert["detector"] in LOOKS_LIKE.get(episode["typology"], set())


def _found(episode: Row, judged: Sequence[tuple[Row, AlertOutcome, Row | None]]) -> EpisodeMatch:
    mine = [(alert, outcome) for alert, outcome, cause in judged if cause is episode]
    finders = [alert for alert, outcome in mine if outcome == "true"]
    first = finders[0] if finders else None
    return EpisodeMatch(
        episode_id=episode["episode_id"],
        typology=episode["typology"],
        symbol=episode["symbol"],
        severity=episode["severity"],
        window_start_at=episode["window_start_at"],
        outcome="found" if first else "missed",
        alert_id=first["alert_id"] if first else None,
        delay_seconds=(
            (_first_hit_end(first) - episode["window_start_at"]).total_seconds() if first else None
        ),
        related_alerts=sum(outcome == "related" for _, outcome in mine),
    )


def _first_hit_end(alert: Row) -> datetime:
    """The earliest time at which the alert could be known."""
    return alert.get("first_hit_end_at") or alert["window_start_at"]
