"""Measure `pump_and_dump` on labelled recordings, each by the real path in a scratch database."""

import csv
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from duckdb import DuckDBPyConnection

from assets.alerts.episodes import Alert, derive_alerts
from assets.detection.hits import Stamps, find_hits
from assets.detectors.trades.pump_and_dump import pump_and_dump
from assets.lake.objects.object_store import LocalObjectStore
from assets.landing.files.importer import land_file
from assets.landing.schema import COLUMNS_KEY
from assets.market.window import ONE_DAY, Window
from assets.transform.build import compute, scratch_lake
from assets.transform.compiled_models import models

LABELS = "pump_labels.csv"
RECORDING = re.compile(r"[^_]+_\d{4}-\d{2}-\d{2}T\d{2}\.\d{2}\.csv\.gz")
NORMALISE = {"seeds", "staging", "intermediate", "core", "quarantine", "ops"}
# the features that the detector reads, and the models that they are computed from
FEATURES = {"bars_1s", "bars_5s", "bars_1m", "rush_baselines_1m", "pump_inputs_5s"}
STAMPS = Stamps(
    input_snapshot_id=None,
    code_version="evaluation",
    run_id="evaluation",
    detected_at=datetime(1970, 1, 1),
)
EARLIEST = timedelta(seconds=-60)
LATEST_AFTER_ONSET = timedelta(seconds=120)
LATEST_AFTER_PEAK = timedelta(seconds=60)

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Label:
    """The label of one recording; times are naive and in UTC."""

    file: str
    is_pump: bool
    onset_at: datetime | None
    peak_buying_at: datetime | None

    def is_found_by(self, alert: Alert) -> bool:
        """Whether the first hit's cell starts about the onset, or before the buying has peaked."""
        if not self.is_pump or self.onset_at is None:
            return False
        peak = self.peak_buying_at or self.onset_at
        latest = max(self.onset_at + LATEST_AFTER_ONSET, peak + LATEST_AFTER_PEAK)
        return self.onset_at + EARLIEST <= alert.first_hit_start_at <= latest


@dataclass(frozen=True)
class Recording:
    """One file's outcome: the alerts in it, judged by its label."""

    file: str
    label: Label | None
    alerts: tuple[Alert, ...]
    symbol_days: float
    rows: int
    rows_in_core: int
    rows_dropped: int
    rows_quarantined: int

    @property
    def finding(self) -> list[Alert]:
        """The alerts that find the recording's pump, by time."""
        return [alert for alert in self.alerts if self.label and self.label.is_found_by(alert)]

    @property
    def false(self) -> list[Alert]:
        """All other alerts."""
        return [alert for alert in self.alerts if alert not in self.finding]

    @property
    def delay(self) -> timedelta | None:
        """From the onset to the end of the cell that found it."""
        if not self.finding or self.label is None or self.label.onset_at is None:
            return None
        return self.finding[0].first_hit_end_at - self.label.onset_at


@dataclass(frozen=True)
class PumpEvaluation:
    """The detector's results over all recordings."""

    pumps: int
    found: int
    false_alerts: int
    symbol_days: float
    false_alerts_per_symbol_day: float | None
    median_delay_s: float | None
    missed: tuple[str, ...]
    files: int
    unlabelled: tuple[str, ...]
    rows: int
    rows_in_core: int
    rows_dropped: int
    rows_quarantined: int
    false_alerts_at: tuple[str, ...]


def evaluate_pumps(folder: Path, root: Path, progress: Progress | None = None) -> PumpEvaluation:
    """Read every `SYM_<announced UTC>.csv.gz` below a folder, judged by its `pump_labels.csv`.

    Parameters
    ----------
    root
        Where the compiled models are stored, as for `assets.transform.compiled_models.models`.
    progress
        Called before each file with its place, their number and its name.
    """
    paths = sorted(path for path in folder.rglob("*.csv.gz") if RECORDING.fullmatch(path.name))
    if not paths:
        raise FileNotFoundError(
            f"there is no SYM_<YYYY-MM-DD>T<hh.mm>.csv.gz below {folder}: name a folder of "
            "recordings"
        )
    labels = read_labels(folder)
    recordings: list[Recording] = []
    for place, path in enumerate(paths, start=1):
        if progress is not None:
            progress(place, len(paths), path.name)
        recordings.append(examine(path, folder, labels, root))
    return summarise(recordings)


def read_labels(folder: Path) -> dict[str, Label]:
    """Read the labels by file, from the folder or its parent; empty if there is no label file."""
    for path in (folder / LABELS, folder.resolve().parent / LABELS):
        if path.is_file():
            with path.open(newline="") as file:
                return {row["file"]: _label(row) for row in csv.DictReader(file)}
    return {}


def _label(row: dict[str, str]) -> Label:
    return Label(
        file=row["file"],
        is_pump=row["is_pump"].strip().lower() == "true",
        onset_at=_instant(row["onset_at"]),
        peak_buying_at=_instant(row["peak_buying_at"]),
    )


def _instant(text: str) -> datetime | None:
    if not text.strip():
        return None
    instant = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


def _label_of(path: Path, folder: Path, labels: dict[str, Label]) -> Label | None:
    by_name = {Path(file).name: label for file, label in labels.items()}
    return labels.get(path.relative_to(folder).as_posix()) or by_name.get(path.name)


def examine(path: Path, folder: Path, labels: dict[str, Label], root: Path) -> Recording:
    """Land, normalise and judge one recording in a database of its own."""
    with tempfile.TemporaryDirectory(prefix="evaluation-") as scratch:
        store = LocalObjectStore(Path(scratch))
        report = land_file(path, store)
        if not report.dates or report.first_traded_at is None or report.last_traded_at is None:
            raise ValueError(f"{path}: there is no readable trade in the recording")
        window = Window.of_days(report.dates[0], report.dates[-1])
        with scratch_lake(root) as connection:
            keys = [COLUMNS_KEY, *report.objects]
            _compute(connection, window, [store.path(key) for key in keys], root)
            hits = find_hits(connection, pump_and_dump, window, STAMPS)
            counts = _counts(connection)
    return Recording(
        file=path.relative_to(folder).as_posix(),
        label=_label_of(path, folder, labels),
        alerts=tuple(derive_alerts(hits, pump_and_dump, STAMPS)),
        symbol_days=(report.last_traded_at - report.first_traded_at) / ONE_DAY,
        rows=report.rows,
        rows_in_core=counts[0],
        rows_dropped=counts[1],
        rows_quarantined=counts[2],
    )


def _compute(
    connection: DuckDBPyConnection, window: Window, landed: Sequence[str], root: Path
) -> None:
    chosen = [
        model
        for model in models(root)
        if model.folder in NORMALISE or (model.folder == "features" and model.name in FEATURES)
    ]
    compute(connection, window, chosen, landed)


def _counts(connection: DuckDBPyConnection) -> tuple[int, int, int]:
    return connection.execute(
        """
        select
            (select count(*) from lake.core.trades),
            (select count(*) from lake.ops.dropped_trades),
            (select count(*) from lake.quarantine.trades)
        """
    ).fetchall()[0]


def summarise(recordings: Sequence[Recording]) -> PumpEvaluation:
    """Count the found and missed pumps and the false alerts over all recordings."""
    pumps = [recording for recording in recordings if recording.label and recording.label.is_pump]
    delays = [recording.delay.total_seconds() for recording in pumps if recording.delay is not None]
    false = [(recording.file, alert) for recording in recordings for alert in recording.false]
    symbol_days = sum(recording.symbol_days for recording in recordings)
    return PumpEvaluation(
        pumps=len(pumps),
        found=len(delays),
        false_alerts=len(false),
        symbol_days=symbol_days,
        false_alerts_per_symbol_day=len(false) / symbol_days if symbol_days else None,
        median_delay_s=median(delays) if delays else None,
        missed=tuple(recording.file for recording in pumps if recording.delay is None),
        files=len(recordings),
        unlabelled=tuple(recording.file for recording in recordings if recording.label is None),
        rows=sum(recording.rows for recording in recordings),
        rows_in_core=sum(recording.rows_in_core for recording in recordings),
        rows_dropped=sum(recording.rows_dropped for recording in recordings),
        rows_quarantined=sum(recording.rows_quarantined for recording in recordings),
        false_alerts_at=tuple(
            f"{file} {alert.first_hit_start_at.isoformat(' ')}" for file, alert in false
        ),
    )
