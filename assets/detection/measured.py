"""How good each detector was measured to be: figures that `make figures` writes and pages show."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from assets.detection.detector import shipped_detectors
from assets.detection.null_rate import null_rate_on
from assets.market.venue import SIMULATED
from ml.intervals import count_interval
from reports.numbers import number, percent

FIGURES = Path(__file__).parents[1] / "detectors" / "figures"
MARKET, CLEAN, COST = "market.json", "clean.json", "cost.json"
RINGS, RING_DETECTOR = "rings.json", "wash_ring"
TRUE_LEVEL = 0.999
"""How probable the counts are, of a stated rate, that do not make it untrue."""


@cache
def measured(detector: str) -> tuple[str, ...]:
    """Sentences on a detector's quality, rates on clean markets and cost, as far as measured."""
    rings = _rings() if detector == RING_DETECTOR else []
    return (*_quality(detector), *rings, *_rates(detector), *_cost(detector))


def _quality(detector: str) -> list[str]:
    rows = [row for row in _read(MARKET) if row["typology"] == detector]
    return [
        f"Planted in fresh simulated markets, severity {row['severity']}: found "
        f"{row['found']} of {row['planted']}"
        + (
            f" (recall {_between(row['recall_interval'])}), precision {percent(row['precision'])}"
            if row["recall_interval"] and row["precision"] is not None
            else ""
        )
        + (f", median delay {number(row['median_delay_s'])} s" if row["median_delay_s"] else "")
        + "."
        for row in rows
    ]


def _rings() -> list[str]:
    found: list[str] = []
    for row in _read(RINGS):
        least, most = row["clusters_a_clean_day"]
        found += [
            f"Rings planted in fresh simulated days, 3 to 20 accounts, 0.5 to 10 % of the day, up "
            f"to 70 % of their trading honest: found {row['found']} of {row['planted']}; of those "
            f"of at most 2 % of the day and 30 % honest trading {row['mostly_closed_found']} of "
            f"{row['mostly_closed_planted']}. {row['precision_of_quantity']:.2%} of the "
            "quantity in clusters is a ring's.",
            f"{row['clusters_on_clean_days']} clusters on {row['clean_days']} clean simulated days "
            f"({least:.3f} to {most:.3f} a day), with "
            f"{percent(row['clean_quantity_flagged'])} of their quantity.",
        ]
    return found


def _rates(detector: str) -> list[str]:
    rows = [row for row in _read(CLEAN) if row["detector"] == detector]
    return [
        f"Clean simulated markets, {row['liquidity']}, {row['source']}: {row['alerts']} alerts in "
        f"{number(row['symbol_days'])} symbol-days ({_rate(row)})."
        for row in rows
    ]


def _rate(row: Mapping[str, Any]) -> str:
    """Whether a count agrees with what is stated now; the row has what was stated then.

    Of two ways of judging the row alone knows which share of the cells each judged.
    """
    one = next(one for one in shipped_detectors() if one.name == row["detector"])
    least, most = row["allowed_alerts"]
    if one.fallback is None:
        expected = null_rate_on(one, SIMULATED) * row["symbol_days"]
        least, most = count_interval(expected, TRUE_LEVEL)
    if least <= row["alerts"] <= most:
        return "as stated"
    return f"not as stated, which would be {least} to {most}"


def _cost(detector: str) -> list[str]:
    return [
        f"Cost on a day of {row['trades']:,} trades: {number(row['cpu_s'], 2)} CPU seconds, its "
        "features not counted."
        for row in _read(COST)
        if row["detector"] == detector
    ]


def _between(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.2f} to {interval[1]:.2f}"


@cache
def _read(name: str) -> Sequence[Mapping[str, Any]]:
    """The rows of a file of figures; none before it was measured."""
    file = FIGURES / name
    return json.loads(file.read_text()) if file.is_file() else []
