"""The chart of the minutes: marks where the data has them, and nothing that runs."""

import re
from datetime import datetime, timedelta

import pytest

from reports.chart_rows import Bar, Deal, Gap, Minutes, Strip, Traded
from reports.chart_scale import ticks
from reports.marks import Mark
from reports.minute_chart import AXIS, minute_chart

BEGIN = datetime(2026, 3, 2, 10)
MINUTE = timedelta(minutes=1)


def minutes(**parts: object) -> Minutes:
    values: dict[str, object] = {
        "first_at": BEGIN, "last_at": BEGIN + 10 * MINUTE, "cell": MINUTE, "quote": "USDT",
        "window": (BEGIN + 2 * MINUTE, BEGIN + 4 * MINUTE),
        "bars": [
            Bar(BEGIN + 2 * MINUTE, 100.0, 110.0, 100.0, 108.0, 500.0, 400.0),
            Bar(BEGIN + 5 * MINUTE, 108.0, 109.0, 104.0, 105.0, 250.0, -200.0),
        ],
    }  # fmt: skip
    return Minutes(**values | parts)  # type: ignore[arg-type]


def boxes(svg: str, kind: str) -> list[dict[str, float]]:
    """The rectangles of a class, in the order in which they were drawn."""
    paths = re.findall(rf'<path class="{kind}" d="([^"]*)"', svg)
    found = re.findall(r"M([-\d.]+) ([-\d.]+)h([-\d.]+)v([-\d.]+)h", "".join(paths))
    names = ("x", "y", "width", "height")
    return [dict(zip(names, map(float, one), strict=True)) for one in found]


def test_bars_stand_at_their_time_and_rise_hollow_fall_filled() -> None:
    svg = minute_chart(minutes(), 100 + AXIS)
    (up,), (down,) = boxes(svg, "up"), boxes(svg, "down")
    # ten minutes on 100 pixels: the middle of the third minute, of the sixth
    assert up["x"] + up["width"] / 2 == pytest.approx(25, abs=0.1)
    assert down["x"] + down["width"] / 2 == pytest.approx(55, abs=0.1)
    (shade,) = boxes(svg, "shade")
    assert (shade["x"], shade["width"]) == (20.0, 20.0)
    # half of the volume is half as high
    first, second = boxes(svg, "volume")
    assert second["height"] == pytest.approx(first["height"] / 2, abs=0.1)
    # what buyers took lies above the line, what sellers took below
    (bought,), (sold,) = boxes(svg, "buy"), boxes(svg, "sell")
    assert bought["y"] + bought["height"] == pytest.approx(sold["y"])


def test_accounts_have_lanes_whose_heights_are_roots_of_money() -> None:
    lanes = [("T1", [Traded(BEGIN, 400.0, 0.0), Traded(BEGIN + MINUTE, 100.0, 0.0)])]
    svg = minute_chart(minutes(bars=[], accounts=lanes), 500)
    large, small = boxes(svg, "buy")
    assert small["height"] == pytest.approx(large["height"] / 2)
    assert "no trade in this time" in svg


def test_every_trade_is_a_dot_of_its_side_and_no_candle() -> None:
    deals = [
        Deal(BEGIN, 100.0, 5.0, "buyer"),
        Deal(BEGIN + 5 * MINUTE, 110.0, 5.0, "seller"),
        Deal(BEGIN + 6 * MINUTE, 110.0, 5.0, None),
    ]
    svg = minute_chart(minutes(deals=deals, has_every_deal=True), 100 + AXIS)
    assert re.findall(r'class="dots (\w+)" d="M([\d.]+) [\d.]+h0"', svg) == [
        ("bought", "0"),
        ("sold", "50"),
        ("unknown", "60"),
    ]
    assert boxes(svg, "up") == []
    assert len(boxes(svg, "volume")) == 2


def test_a_gap_is_hatched_and_named_and_the_line_is_broken_there() -> None:
    gap = Gap(BEGIN + 20 * MINUTE, BEGIN + 40 * MINUTE, 1_200)
    bars = [Bar(BEGIN + n * 5 * MINUTE, 1.0, 2.0, 1.0, 2.0, 1.0, 0.0) for n in (0, 1, 8, 9)]
    svg = minute_chart(
        minutes(last_at=BEGIN + 50 * MINUTE, cell=5 * MINUTE, bars=bars, gaps=[gap]), 500 + AXIS
    )
    (cover,) = boxes(svg, "cover")
    assert (cover["x"], cover["width"]) == (200.0, 200.0)
    assert "1,200 trades are missing, 10:20:00 to 10:40:00 UTC" in svg
    lines = re.findall(r'class="gap" d="([^"]*)"', svg)[0]
    ends = [float(x) + float(dx) for x, dx in re.findall(r"M([\d.]+) [\d.]+l([\d.]+)", lines)]
    assert ends
    assert all(200 <= end <= 400 for end in ends)
    (closes,) = re.findall(r'class="close" d="([^"]*)"', svg)
    assert closes.count("M") == 2
    assert len(boxes(svg, "range")) == 4


def test_strips_of_a_detector_share_a_lane_and_lead_somewhere() -> None:
    mark = Mark(2, "square")
    strips = [
        Strip("wash_trading", mark, BEGIN + MINUTE, BEGIN + 2 * MINUTE, "/desk/incidents/b"),
        Strip("wash_trading", mark, BEGIN + 5 * MINUTE, BEGIN + 6 * MINUTE),
        Strip("pump", mark, BEGIN, BEGIN + MINUTE),
        # outside of the chart's time
        Strip("crash", mark, BEGIN - 2 * MINUTE, BEGIN - MINUTE),
    ]
    shown = minutes(strips=strips)
    assert list(shown.lanes) == ["pump", "wash_trading"]
    svg = minute_chart(shown, 500)
    assert '<a href="/desk/incidents/b"><g class="mark-2"><title>wash trading, 10:01:00' in svg
    assert 'role="group"' in svg


def test_names_of_the_data_are_text() -> None:
    strip = Strip("<script>", Mark(3, "star"), BEGIN, BEGIN + MINUTE)
    hostile = minutes(accounts=[("<b>‮", [])], strips=[strip], quote="</svg>")
    svg = minute_chart(hostile, 500)
    assert "<script>" not in svg
    assert "<b>" not in svg
    assert svg.count("</svg>") == 1
    assert "style" not in svg
    assert 'class="mark-3"' in svg


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.7, 0.9, [0.7, 0.75, 0.8, 0.85, 0.9]),
        (67_100, 67_900, [67_200, 67_400, 67_600, 67_800]),
        (1e-8, 1.9e-8, [1e-8, 1.2e-8, 1.4e-8, 1.6e-8, 1.8e-8]),
        (5.0, 5.0, [5.0]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert list(ticks(low, high)) == pytest.approx(expected)
