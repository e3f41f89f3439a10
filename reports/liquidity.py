# ruff: noqa: RUF001 (quotation marks as a printer sets them)
"""How liquid a symbol was on a day: the measures of `marts.liquidity_days` with their units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from duckdb import DuckDBPyConnection

from reports.numbers import NONE, amount, number, percent, plural, signed, signed_percent, typeset
from reports.queries import Row, Symbol, by_symbol, rows

CELLS_A_DAY = 288
POSITION_USD = 100_000


@dataclass(frozen=True)
class Measure:
    """One line: what was measured, its number with unit, and what it rests on."""

    name: str
    value: str
    basis: str = ""


def liquidity_of_day(connection: DuckDBPyConnection, day: date) -> dict[Symbol, Row]:
    """The day's row of each symbol; `connection` has the lake attached as `lake`."""
    found = rows(
        connection,
        "from lake.marts.liquidity_days where trade_day = ? order by venue, symbol",
        [day],
    )
    return by_symbol(found)


def measures(row: Mapping[str, Any], quote: str) -> list[Measure]:
    """The lines that a report shows of a row; a missing number is a dash beside its count."""
    return [
        *_spreads(row),
        *_impacts(row, quote),
        *_flow(row, quote),
        *_other_venues(row),
        Measure(
            f"Cost of selling {amount(POSITION_USD)} USD",
            f"{_bp(row['spread_cost'])} + {_bp(row['impact_cost'])}",
            "half of the spread and three deviations, and the impact; of the position",
        ),
    ]


def _spreads(row: Mapping[str, Any]) -> list[Measure]:
    cells = f"{row['spread_cell_count']} of {CELLS_A_DAY} five-minute cells"
    undefined = row["roll_undefined_share"]
    return [
        Measure(
            "Spread that takers paid",
            f"{_bp(row['effective_spread'])}, deviation {_bp(row['spread_deviation'])}",
            f"a proxy from takers’ sides, without a book; {cells}",
        ),
        Measure(
            "Spread by highs and lows",
            _bp(row["abdi_ranaldo_spread"]),
            f"Abdi and Ranaldo, {plural(row['hour_pair_count'], 'pair')} of hours",
        ),
        Measure(
            "Spread by the bounce of prices",
            _bp(row["roll_spread"]),
            f"Roll, {plural(row['roll_hour_count'], 'hour')}"
            + ("" if undefined is None else f", undefined in {_percent(undefined)} of them"),
        ),
    ]


def _impacts(row: Mapping[str, Any], quote: str) -> list[Measure]:
    slope = row["kyle_lambda"]
    moved = None if slope is None else slope * POSITION_USD**0.5
    return [
        Measure(
            "Price move per million traded",
            f"{_percent(row['amihud_hourly'])} by hour, {_percent(row['amihud_day'])} by day",
            f"Amihud, per million {quote}; {plural(row['hour_count'], 'hour')}",
        ),
        Measure(
            f"Move by net purchases of {amount(POSITION_USD)} {quote}",
            _bp(moved),
            f"Kyle’s lambda, t {typeset(signed(row['kyle_t']))}, R² {_percent(row['kyle_r2'])}; "
            f"{row['regression_cell_count']} of {CELLS_A_DAY} five-minute cells",
        ),
    ]


def _flow(row: Mapping[str, Any], quote: str) -> list[Measure]:
    mean, median = (_money(row[f"{kind}_trade_notional"]) for kind in ("mean", "median"))
    return [
        Measure(
            "Takers’ purchases less sales",
            typeset(signed_percent(row["order_flow_imbalance"])),
            f"of the value; {_percent(row['mean_absolute_imbalance'])} either way in the mean five "
            f"minutes, {row['imbalance_cell_count']} of {CELLS_A_DAY}",
        ),
        Measure("Trade size", f"mean {mean}, median {median} {quote}", "of single trades"),
        Measure(
            "Share of the largest trade",
            _percent(row["largest_trade_share"]),
            f"of the value; {_percent(row['largest_hundredth_share'])} in the largest hundredth",
        ),
    ]


def _other_venues(row: Mapping[str, Any]) -> list[Measure]:
    if not row["basis_minute_count"]:
        return []
    return [
        Measure(
            "Price above other venues",
            f"median {_bp(row['basis_median_bp'], 1)}",
            f"95 % within {_bp(row['basis_p95_bp'], 1)}, {_percent(row['basis_wide_share'])} of "
            f"{plural(row['basis_minute_count'], 'minute')} more than 10 bp away",
        )
    ]


def _bp(share: float | None, to_bp: float = 1e4) -> str:
    """A share of the price in basis points: 0.00012 is 1.2 bp."""
    return typeset(NONE) if share is None else f"{typeset(number(to_bp * share, 3))} bp"


def _percent(share: float | None) -> str:
    return typeset(percent(share))


def _money(value: float | None) -> str:
    return typeset(amount(value))
