"""Figures: what is drawn where, and how much of it."""

import json
from datetime import UTC, date, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from reports.alerts import alerts_of_day, current
from reports.chart_layout import axis_decimals, panels, round_steps
from reports.charts import symbol_figure
from reports.marks import marks
from reports.queries import Symbol, minute_bars

PEPE = ("binance", "PEPE-USDT")


def figure_of(connection: DuckDBPyConnection, symbol: Symbol, day: date) -> dict[str, Any]:
    alerts = [
        alert for alert in current(alerts_of_day(connection, day, {})) if alert.symbol == symbol
    ]
    marked = marks([alert.row["detector"] for alert in alerts])
    bars = minute_bars(connection, [symbol], day)[symbol]
    return symbol_figure(bars, alerts, marked, day, "USDT")


def minutes(count: int, start_at: datetime = datetime(2024, 3, 15, 6)) -> list[dict[str, Any]]:
    return [
        {"cell_start_at": start_at + timedelta(minutes=n), "open": 1.0, "high": 2.0, "low": 0.5,
         "close": 1.5, "notional": 10.0, "net_notional": 1.0 if n % 2 else -3.0}
        for n in range(count)
    ]  # fmt: skip


def test_an_alert_is_marked_where_it_could_first_be_known(
    sample: ModuleType, sample_lake: DuckDBPyConnection
) -> None:
    figure = figure_of(sample_lake, PEPE, sample.DAY)
    marked = [t for t in figure["data"] if "customdata" in t and t.get("yaxis") is None]
    pump = next(trace for trace in marked if "pump and dump" in trace["text"][0])
    known = datetime.fromtimestamp(pump["x"][0] / 1000, UTC)
    assert known == datetime(2024, 3, 15, 14, 0, 10, tzinfo=UTC)
    assert "148 buyers&#x27; orders swept the book" in pump["text"][0]


def test_each_detector_has_a_colour_and_a_shape_of_its_own() -> None:
    drawn = marks([f"detector {n}" for n in range(8)])
    assert len({mark.colour for mark in drawn.values()}) == 8
    assert len({mark.shape for mark in drawn.values()}) == 8


def test_a_whole_day_is_a_line_with_its_range_and_a_short_recording_is_candles() -> None:
    day = date(2024, 3, 15)
    short = symbol_figure(minutes(90), [], {}, day, "USDT")
    long = symbol_figure(minutes(900), [], {}, day, "USDT")
    bodies = [trace for trace in short["data"] if "base" in trace]
    assert [len(trace["x"]) for trace in bodies] == [90, 0]
    assert all("base" not in trace for trace in long["data"])
    shown = [end - start for start, end in (f["layout"]["xaxis"]["range"] for f in (short, long))]
    assert shown[0] < 2 * 3_600_000
    assert shown[1] == 86_400_000


def test_volume_is_summed_over_five_minutes_and_its_sides_cancel() -> None:
    figure = symbol_figure(minutes(900), [], {}, date(2024, 3, 15), "USDT")
    volume, buyers, sellers = figure["data"][-3:]
    assert volume["y"][0] == 50.0
    # of five minutes three sold 3 and two bought 1, and the next five the other way about
    assert sellers["y"][0] == -7.0
    assert buyers["y"] == []
    assert sum(sellers["y"]) == pytest.approx(900 / 2 * (1 - 3))


def test_a_figure_of_a_whole_day_is_light(
    sample: ModuleType, sample_lake: DuckDBPyConnection
) -> None:
    figure = figure_of(sample_lake, PEPE, sample.DAY)
    assert len(json.dumps(figure, separators=(",", ":"), allow_nan=False)) < 200_000


def test_a_symbol_without_a_bar_still_has_a_figure() -> None:
    figure = symbol_figure([], [], {}, date(2024, 3, 15), "USDT")
    assert figure["layout"]["yaxis"]["tickformat"] == ",.2f"


def test_panels_do_not_overlap_and_fill_the_plot() -> None:
    for lane_count in (0, 1, 6):
        placed = panels(lane_count)
        stack = [
            placed.flow,
            placed.volume,
            *([placed.lanes] if placed.lanes else []),
            placed.price,
        ]
        edges = [edge for panel in stack for edge in panel]
        assert edges == sorted(edges)
        assert (edges[0], edges[-1]) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("prices", "decimals"),
    [([64_000.0, 69_000.0], 0), ([1.0, 1.02], 3), ([0.00000123, 0.00000224], 7), ([5.0, 5.0], 5)],
)
def test_a_price_axis_has_the_decimals_that_tell_its_ticks_apart(
    prices: list[float], decimals: int
) -> None:
    assert axis_decimals(prices) == decimals


def test_steps_are_round_and_lie_within() -> None:
    assert round_steps(0, 348_211, 2) == [0, 200_000]
    assert round_steps(-2.9, 0.4, 3) == [-2, 0]
    assert round_steps(0, 0, 3) == [0]
