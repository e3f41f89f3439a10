"""`tapewatch evaluate clean`: alerts on clean files, and on simulated markets without abuse."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from itertools import product
from math import ceil
from pathlib import Path
from typing import Any

from assets.alerts.incident_reading import queue
from assets.alerts.reading import Wanted, list_alerts
from assets.detection.detector import detectors
from assets.detection.tables import DETECTOR_RUNS
from assets.evaluation.clean import CleanRow, evaluate_clean
from assets.evaluation.pumps import Label, read_labels
from assets.lake.lake import Lake
from assets.lake.settings import Settings, SettingsError
from assets.simulation.seeds import EVALUATION
from orchestration.command_line.market_evaluation import processed
from orchestration.command_line.output import errors, print_json, print_rows
from orchestration.command_line.plain_text import said

Rows = list[dict[str, Any]]
# insiders buy in the hour before an announced pump; a market needs hours to be as before
BEFORE_PUMP, AFTER_PUMP = timedelta(hours=1), timedelta(hours=12)
PREFACE = """# Whether the printed rate is true

Written by `tapewatch evaluate clean --simulated N --out FILE`: simulated markets without abuse, by
liquidity (thin: 12 trades an hour, middling: 3,000 a day, busy: 20,000 a day) and by what the
source tells. A stated rate is true where the count lies inside its exact 99.9 % Poisson interval.

"""


def evaluate_clean_files(settings: Settings, paths: Sequence[Path]) -> list[CleanRow]:
    """Run clean files; the hours about the pumps that a `pump_labels.csv` names are left out."""
    labels = [label for path in paths for label in read_labels(_folder(path)).values()]
    with processed(settings, paths) as lake:
        alerts, incidents, days = _outside(
            lake, [one for one in labels if one.is_pump and one.onset_at]
        )
        stated = _stated(lake)
    try:
        return evaluate_clean(alerts, incidents, days, stated)
    except ValueError as empty:
        raise SettingsError(f"--data: {empty}") from empty


def evaluate_simulated_classes(settings: Settings, least_days: int) -> Rows:
    """At least so many simulated clean symbol-days for each class of liquidity and source."""
    from assets.simulation.clean_market import LIQUIDITY, SOURCES, SYMBOLS, write_clean_market

    days = ceil(least_days / SYMBOLS)
    rows: Rows = []
    for number, (liquidity, source) in enumerate(product(LIQUIDITY, SOURCES)):
        errors.print(said(f"{liquidity} markets, {source}: {days * SYMBOLS} symbol-days"))
        with _scratch() as folder:
            write_clean_market(EVALUATION.start + number, days, liquidity, source, folder)
            with processed(settings, [folder / "trades"]) as lake:
                found = evaluate_clean(
                    list_alerts(lake),
                    queue(lake, Wanted()).incidents,
                    days * SYMBOLS,
                    _stated(lake),
                )
        named = {"liquidity": liquidity, "source": source}
        rows += [named | asdict(row) for row in found if row.stated_rate is not None]
    return rows


def show_clean(rows: Rows, out: Path | None, *, as_json: bool) -> None:
    """Print the rows; write those of simulated classes as a page if asked."""
    if out is not None:
        shown = [_shown(row) for row in rows]
        head = list(shown[0])
        cells = [head, ["---"] * len(head), *(list(row.values()) for row in shown)]
        out.write_text(PREFACE + "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n")
    if as_json:
        print_json(rows)
    else:
        print_rows([_shown(row) for row in rows], title="alerts on clean data", as_json=False)


def _shown(row: dict[str, Any]) -> dict[str, str]:
    """A row as texts; intervals are `least to most`."""
    texts = {}
    for name, value in row.items():
        if isinstance(value, tuple):
            texts[name] = " to ".join(f"{one:.3g}" for one in value)
        elif isinstance(value, bool):
            texts[name] = "yes" if value else "no"
        else:
            texts[name] = f"{value:.3g}" if isinstance(value, float) else _text(value)
    return texts


def _text(value: Any) -> str:
    return "-" if value is None else str(value)


def _stated(lake: Lake) -> dict[str, float]:
    """The alerts a symbol-day that each detector states: by what it judged, and by which way."""
    with lake.connect() as connection:
        found = connection.execute(
            f"select detector, avg(expected_false_alerts) from lake.{DETECTOR_RUNS.name} "
            "where venue is not null group by detector"
        ).fetchall()
    return {detector.name: 0.0 for detector in detectors()} | dict(found)


def _outside(lake: Lake, pumps: Sequence[Label]) -> tuple[Rows, Rows, float]:
    """Alerts, incidents and symbol-days outside of the pumps' hours.

    A day counts from its first to its last trade.
    """
    stretches = [
        (_coin(one), one.onset_at - BEFORE_PUMP, one.onset_at + AFTER_PUMP)
        for one in pumps
        if one.onset_at
    ]

    def lies_outside(row: dict[str, Any], symbols: Sequence[str]) -> bool:
        return not any(
            coin in {symbol.partition("-")[0] for symbol in symbols}
            and row["window_start_at"] < end
            and row["window_end_at"] > start
            for coin, start, end in stretches
        )

    alerts = [row for row in list_alerts(lake) if lies_outside(row, [row["symbol"]])]
    incidents = [
        row for row in queue(lake, Wanted()).incidents if lies_outside(row, row["symbols"])
    ]
    with lake.connect() as connection:
        spans = connection.execute(
            """
            select split_part(symbol, '-', 1), min(traded_at), max(traded_at)
            from lake.core.trades group by venue, symbol, trade_day
            """
        ).fetchall()
    total = timedelta()
    for traded, first, last in spans:
        total += last - first
        for coin, start, end in stretches:
            if coin == traded:
                total -= max(min(last, end) - max(first, start), timedelta())
    return alerts, incidents, total / timedelta(days=1)


def _coin(pump: Label) -> str:
    """`SYM` of a recording's name, `SYM_<announced UTC>.csv.gz`."""
    return Path(pump.file).name.partition("_")[0]


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="evaluation-") as folder:
        yield Path(folder)
