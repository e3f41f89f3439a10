"""The chart of the minutes: marks where the data has them, and nothing that runs."""

import re
from datetime import datetime, timedelta

import pytest

from reports.minute_chart import AXIS, Bar, Minutes, Strip, Traded, minute_chart, ticks

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


def attributes(svg: str, kind: str) -> list[dict[str, float]]:
    """The numbers of each rectangle of a class."""
    found = re.findall(rf'<rect class="{kind}"([^>]*)>', svg)
    return [{k: float(v) for k, v in re.findall(r'(\w+)="([-\d.]+)"', one)} for one in found]


def test_bars_stand_at_their_time_and_rise_hollow_fall_filled() -> None:
    svg = minute_chart(minutes(), 100 + AXIS)
    (up,), (down,) = attributes(svg, "up"), attributes(svg, "down")
    # ten minutes on 100 pixels: the middle of the third minute, of the sixth
    assert up["x"] + up["width"] / 2 == pytest.approx(25, abs=0.1)
    assert down["x"] + down["width"] / 2 == pytest.approx(55, abs=0.1)
    (shade,) = attributes(svg, "shade")
    assert (shade["x"], shade["width"]) == (20.0, 20.0)
    # half of the volume is half as high
    first, second = attributes(svg, "volume")
    assert second["height"] == pytest.approx(first["height"] / 2, abs=0.1)
    # what buyers took lies above the line, what sellers took below
    (bought,), (sold,) = attributes(svg, "buy"), attributes(svg, "sell")
    assert bought["y"] + bought["height"] == pytest.approx(sold["y"])


def test_accounts_have_lanes_whose_heights_are_roots_of_money() -> None:
    lanes = [("T1", [Traded(BEGIN, 400.0, 0.0), Traded(BEGIN + MINUTE, 100.0, 0.0)])]
    svg = minute_chart(minutes(bars=[], accounts=lanes), 500)
    large, small = attributes(svg, "buy")
    assert small["height"] == pytest.approx(large["height"] / 2)
    assert "no trade in this time" in svg


def test_names_of_the_data_are_text() -> None:
    strip = Strip("<script>", 3, BEGIN, BEGIN + MINUTE)
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
        (1e-8, 1.9e-8, [1e-8, 1.25e-8, 1.5e-8, 1.75e-8]),
        (5.0, 5.0, [5.0]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert list(ticks(low, high)) == pytest.approx(expected)
