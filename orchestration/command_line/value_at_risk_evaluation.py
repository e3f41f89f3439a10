"""`tapewatch evaluate value-at-risk`: how often losses pass what three methods forecast."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from assets.evaluation.value_at_risk import Coverage, evaluate_value_at_risk
from assets.lake.settings import SettingsError
from assets.simulation.realism import real_markets
from orchestration.command_line.output import print_json, print_rows


def evaluate(first_seed: int, data: Path | None) -> list[Coverage]:
    """Evaluate on simulated days, and on the real markets below a folder where one is given."""
    try:
        real = real_markets(data) if data is not None else []
    except FileNotFoundError as missing:
        raise SettingsError(str(missing)) from missing
    return evaluate_value_at_risk(first_seed, real)


def show(rows: list[Coverage], *, as_json: bool) -> bool:
    """Print a row a source, level and method; True if each is as demanded."""
    found = [asdict(row) | {"is_as_demanded": row.is_as_demanded} for row in rows]
    if as_json:
        print_json(found)
    else:
        print_rows([_row(row) for row in rows], title="value at risk", as_json=False)
    return all(row.is_as_demanded for row in rows)


def _row(row: Coverage) -> dict[str, Any]:
    least, most = row.pooled_band
    shown = {name: value for name, value in asdict(row).items() if name != "series"}
    return shown | {
        "level": f"{100 * row.level:g} %",
        "series_inside": f"{row.series_inside} of {row.series}",
        "pooled_band": f"{least:,} to {most:,}",
    }
