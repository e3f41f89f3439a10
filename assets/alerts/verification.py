"""Derive an alert again, from nothing but the trades of the snapshot that it names."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from assets.alerts.episodes import Alert, derive_alerts
from assets.alerts.revisions import content_of
from assets.alerts.tables import ALERTS
from assets.anomaly.tables import ANOMALY
from assets.clusters.tables import CLUSTERS
from assets.detection.detector import Detector, detectors
from assets.detection.hits import Stamps, find_hits
from assets.lake.code_version import code_version
from assets.lake.lake import Lake
from assets.market.window import ONE_DAY, Window
from assets.transform.accounts.tables import ACCOUNT_LINKS, ACCOUNTS, OWNERS
from assets.transform.build import compute, prepare
from assets.transform.compiled_models import Model, models
from assets.transform.late_data import REACH
from assets.transform.tables import NORMALISED_WINDOWS

PAST = "past"
# what an episode may still depend on after its last hit: its confirmation, two hours later
AFTERMATH = timedelta(hours=3)


@dataclass(frozen=True)
class Verification:
    """`identical`, `different` (and in which fields), or `not comparable` (and why)."""

    alert_id: str
    verdict: str
    reason: str = ""
    differences: Sequence[dict[str, Any]] = ()


def verify(lake: Lake, alert: Alert) -> Verification:
    """Recompute features, hits and episode from core.trades in memory; compare all but stamps."""
    if alert.code_version != code_version():
        reason = f"it was derived by code {alert.code_version}, this is code {code_version()}"
        return Verification(alert.alert_id, "not comparable", reason)
    named = {detector.name: detector for detector in detectors()}
    detector = named[alert.detector]
    if detector.params_digest != alert.params_digest:
        reason = f"thresholds {alert.params_digest} then, {detector.params_digest} now"
        return Verification(alert.alert_id, "not comparable", reason)
    try:
        with past_trades(lake, alert, detector) as (connection, window):
            again = derive_again(connection, detector, alert, window, lake)
    except SnapshotGoneError as gone:
        return Verification(alert.alert_id, "not comparable", str(gone))
    if again is None:
        reason = "the trades of its snapshot give no such alert"
        return Verification(alert.alert_id, "different", reason)
    differences = [
        {"field": name, "stored": getattr(alert, name), "derived": getattr(again, name)}
        for name in content_of(Alert)
        # whether an alert still stands was decided later, by other data or by a person
        if name != "status" and getattr(alert, name) != getattr(again, name)
    ]
    verdict = "different" if differences else "identical"
    return Verification(alert.alert_id, verdict, differences=differences)


class SnapshotGoneError(Exception):
    """The snapshot that an alert cites can no longer be attached."""


@contextmanager
def past_trades(
    lake: Lake, alert: Alert, detector: Detector
) -> Iterator[tuple[DuckDBPyConnection, Window]]:
    """An in-memory `lake` with the trades and accounts of the alert's snapshot, and its window.

    Of the features it has those that the detector's inputs are made of.
    """
    with lake.reader() as connection:
        try:
            lake.attach(connection, alias=PAST, snapshot=alert.input_snapshot_id)
            connection.execute(f"select count(*) from {PAST}.{NORMALISED_WINDOWS.name}").fetchall()
        except duckdb.Error as error:
            message = f"snapshot {alert.input_snapshot_id} cannot be read: {error}"
            raise SnapshotGoneError(message.splitlines()[0]) from error
        connection.execute("attach ':memory:' as lake")
        chosen = features_for(detector, models(lake.settings.root))
        prepare(connection, chosen)
        window = stretch_of(connection, alert)
        connection.execute("create schema if not exists lake.core")
        connection.execute(
            f"create view lake.core.trades as select * from {PAST}.core.trades "
            f"where traded_at >= timestamp '{window.start_at}' "
            f"and traded_at < timestamp '{window.end_at}'"
        )
        for table in (ACCOUNTS, ACCOUNT_LINKS, OWNERS):
            known = f"select * from {PAST}.{table.name}"
            connection.execute(f"create view lake.{table.name} as {known}")
        compute(connection, window, chosen)
        yield connection, window


def features_for(detector: Detector, known: Sequence[Model]) -> list[Model]:
    """The models of features that a detector's inputs are, or are made of, parents first."""
    parents = {model.name: model.parents for model in known}
    # what a usual day's money is says the hours; scores are made of one more
    sought = ["bars_1h", *detector.inputs]
    if "anomaly_5m" in detector.inputs:
        sought.append("anomaly_inputs_5m")
    needed = set[str]()
    while sought:
        name = sought.pop()
        if name not in needed:
            needed.add(name)
            sought += parents.get(name, ())
    return [model for model in known if model.folder == "features" and model.name in needed]


def stretch_of(connection: DuckDBPyConnection, alert: Alert) -> Window:
    """From as far back as anything looks to the end of the day on which the episode was over.

    Not beyond what had been normalised when the snapshot was taken: a later cell was open then.
    """
    first_day = Window.of_day(alert.first_hit_start_at.date())
    last_day = Window.of_day((alert.window_end_at + AFTERMATH).date())
    closed = connection.execute(
        f"select max(window_end_at) from {PAST}.{NORMALISED_WINDOWS.name} "
        "where window_start_at < ?",
        [last_day.end_at],
    ).fetchall()[0][0]
    return Window(first_day.start_at - REACH, min(closed or last_day.end_at, last_day.end_at))


def derive_again(
    connection: DuckDBPyConnection, detector: Detector, alert: Alert, window: Window, lake: Lake
) -> Alert | None:
    """The alert of this id among those that the recomputed features give; None if there is none."""
    midnight = Window.of_day(alert.first_hit_start_at.date()).start_at
    judged = Window(midnight - ONE_DAY, window.end_at)
    if "anomaly_5m" in detector.inputs:
        from assets.anomaly.scoring import score_window

        connection.execute("create schema if not exists lake.scores")
        connection.execute(f"create table lake.{ANOMALY.name} ({', '.join(ANOMALY.columns)})")
        score_window(connection, judged, lake.objects)
    if "closed_clusters_1d" in detector.inputs:
        from assets.clusters.finding import cluster_window

        connection.execute(f"create table lake.{CLUSTERS.name} ({', '.join(CLUSTERS.columns)})")
        cluster_window(connection, judged)
    stamps = Stamps(
        input_snapshot_id=alert.input_snapshot_id,
        code_version=alert.code_version,
        run_id=alert.run_id,
        detected_at=alert.detected_at,
    )
    hits = find_hits(connection, detector, judged, stamps)
    derived = {again.alert_id: again for again in derive_alerts(hits, detector, stamps)}
    return derived.get(alert.alert_id)


def load_alert(connection: DuckDBPyConnection, alert_id: str) -> Alert:
    """The current revision of an alert."""
    names = [field.name for field in fields(Alert)]
    row = connection.execute(
        f"select {', '.join(names)} from lake.{ALERTS.name} where alert_id = ?", [alert_id]
    ).fetchall()[0]
    return Alert(**dict(zip(names, row, strict=True)))
