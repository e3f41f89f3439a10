"""How good each detector was measured to be: figures that `make figures` writes and pages show."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from reports.numbers import number, percent

FIGURES = Path(__file__).parents[1] / "detectors" / "figures"
MARKET, CLEAN, COST = "market.json", "clean.json", "cost.json"


@cache
def measured(detector: str) -> tuple[str, ...]:
    """Sentences on a detector's quality, rates on clean markets and cost, as far as measured."""
    return (*_quality(detector), *_rates(detector), *_cost(detector))


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


def _rates(detector: str) -> list[str]:
    rows = [row for row in _read(CLEAN) if row["detector"] == detector]
    return [
        f"Clean simulated markets, {row['liquidity']}, {row['source']}: {row['alerts']} alerts in "
        f"{number(row['symbol_days'])} symbol-days ({_rate(row)})."
        for row in rows
    ]


def _rate(row: Mapping[str, Any]) -> str:
    if row["is_stated_rate_true"]:
        return "as stated"
    return f"not as stated, which would be {' to '.join(map(str, row['allowed_alerts']))}"


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
