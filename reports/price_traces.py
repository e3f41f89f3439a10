"""The price in a figure: candles where a minute is wide enough, else a line with its range."""

import math
from collections.abc import Sequence
from datetime import timedelta

from reports.chart_layout import Figure
from reports.chart_scale import epoch
from reports.queries import Row

MINUTE = timedelta(minutes=1)
MINUTE_MS = 60_000
BODY_MS = 36_000
SIGNIFICANT_DIGITS = 9


def price_line(bars: Sequence[Row], decimals: int) -> list[Figure]:
    """The closes as a line, between the lows and highs; minutes without a trade are bridged."""
    if not bars:
        return []
    by_minute = {epoch(bar["cell_start_at"]): bar for bar in bars}
    first, last = epoch(bars[0]["cell_start_at"]), epoch(bars[-1]["cell_start_at"])
    cells = [by_minute.get(at) for at in range(first, last + 1, MINUTE_MS)]
    # one start and step for all minutes: a third of the size of their times
    trace: Figure = {
        "type": "scatter", "mode": "lines", "x0": first, "dx": MINUTE_MS, "connectgaps": True,
    }  # fmt: skip
    edge = trace | {"line": {"width": 0, "shape": "hv"}, "hoverinfo": "skip"}
    return [
        edge | {"y": _values(cells, "low")},
        edge | {"y": _values(cells, "high"), "fill": "tonexty", "fillcolor": "var(--range)"},
        trace
        | {
            "y": _values(cells, "close"),
            "line": {"width": 1.1, "shape": "hv", "color": "var(--ink)"},
            "hovertemplate": f"%{{x|%H:%M}}  %{{y:,.{decimals + 2}~f}}<extra></extra>",
        },
    ]


def candles(bars: Sequence[Row], decimals: int) -> list[Figure]:
    """Candles of wicks and bodies: hollow where the price rose, filled where it fell."""
    line = {"color": "var(--ink)", "width": 1}
    wicks: Figure = {
        "type": "scatter", "mode": "lines", "line": line, "hoverinfo": "skip",
        "x": [at for bar in bars for at in (_middle(bar), _middle(bar), None)],
        "y": [value for bar in bars for value in (*_values([bar], "low"), *_values([bar], "high"),
                                                  None)],
    }  # fmt: skip
    flat = [bar for bar in bars if bar["open"] == bar["close"]]
    # a body without height is a dash
    dashes: Figure = {
        "type": "scatter", "mode": "lines", "line": line, "hoverinfo": "skip",
        "x": [at for bar in flat for at in (_middle(bar) - BODY_MS // 2,
                                            _middle(bar) + BODY_MS // 2, None)],
        "y": [value for bar in flat for value in (*_values([bar], "close") * 2, None)],
    }  # fmt: skip
    bodies = [
        {
            "type": "bar", "width": BODY_MS, "x": [_middle(bar) for bar in own],
            "base": _values(own, "open"),
            "y": [rounded(bar["close"] - bar["open"]) for bar in own],
            "marker": {"color": fill, "line": line}, "hoverinfo": "skip",
        }
        for own, fill in (
            ([bar for bar in bars if bar["close"] > bar["open"]], "var(--paper)"),
            ([bar for bar in bars if bar["close"] < bar["open"]], "var(--ink)"),
        )
    ]  # fmt: skip
    form = f":,.{decimals + 2}~f"
    read: Figure = {
        "type": "scatter", "mode": "markers", "marker": {"size": 9, "opacity": 0},
        "x": [_middle(bar) for bar in bars], "y": _values(bars, "close"),
        "customdata": [[rounded(bar[side]) for side in ("open", "high", "low")] for bar in bars],
        "hovertemplate": f"%{{x|%H:%M}}  open %{{customdata[0]{form}}}, high %{{customdata[1]{form}"
        f"}}, low %{{customdata[2]{form}}}, close %{{y{form}}}<extra></extra>",
    }  # fmt: skip
    return [wicks, *bodies, dashes, read]


def rounded(value: float | None) -> float | None:
    """Round to nine digits: the picture is the same as with seventeen, the document half as
    large."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")


def _middle(bar: Row) -> int:
    """A candle is in the middle of its minute, above its bar of volume."""
    return epoch(bar["cell_start_at"] + MINUTE / 2)


def _values(cells: Sequence[Row | None], column: str) -> list[float | None]:
    return [None if bar is None else rounded(bar[column]) for bar in cells]
