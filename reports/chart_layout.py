"""The layout of a symbol's figure: panels and axes."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reports.numbers import amount, price_decimals, typeset

Figure = dict[str, Any]

LANE_PIXELS = 15
PRICE_PIXELS, VOLUME_PIXELS, FLOW_PIXELS = 236, 74, 92
GAP_PIXELS, LANE_GAP_PIXELS, TOP_PIXELS, BOTTOM_PIXELS = 32, 8, 22, 26


@dataclass(frozen=True)
class Panels:
    """The panels from the top: price, the lanes of alerts if there are any, volume, flow.

    `height` is the figure's in pixels; each panel's domain is its share of the plot, from the foot.
    """

    height: int
    price: tuple[float, float]
    lanes: tuple[float, float] | None
    volume: tuple[float, float]
    flow: tuple[float, float]


def panels(lane_count: int) -> Panels:
    """The panels of a figure, stacked."""
    lanes = LANE_PIXELS * lane_count + 6 if lane_count else 0
    flow = FLOW_PIXELS
    volume_foot = flow + GAP_PIXELS
    volume_top = volume_foot + VOLUME_PIXELS
    lanes_foot = volume_top + GAP_PIXELS
    # the lanes belong to the price, so they are close below it
    price_foot = lanes_foot + (lanes + LANE_GAP_PIXELS if lanes else 0)
    plot = price_foot + PRICE_PIXELS
    return Panels(
        height=plot + TOP_PIXELS + BOTTOM_PIXELS,
        price=(price_foot / plot, 1.0),
        lanes=(lanes_foot / plot, (lanes_foot + lanes) / plot) if lanes else None,
        volume=(volume_foot / plot, volume_top / plot),
        flow=(0.0, flow / plot),
    )


def layout(
    placed: Panels,
    *,
    lane_count: int,
    quote: str,
    every: str,
    time_range: tuple[int, int],
    prices: Sequence[float],
    volumes: Sequence[float],
    flows: Sequence[float],
) -> Figure:
    """The layout of a figure.

    `time_range` is in epoch milliseconds, `every` is the length of a cell of volume in words,
    `volumes` and `flows` are the values of the lower panels, in quote currency.
    """
    value_axis: Figure = {
        "side": "right",
        "gridcolor": "var(--grid)",
        "zeroline": False,
        "tickfont": {"color": "var(--faint)", "size": 11},
        "automargin": True,
        "fixedrange": True,
        # invisible ticks separate the numbers from the plot
        "ticks": "outside",
        "ticklen": 5,
        "tickcolor": "rgba(0,0,0,0)",
    }
    decimals = axis_decimals(prices)
    made: Figure = {
        "height": placed.height,
        "margin": {"l": 1, "r": 8, "t": TOP_PIXELS, "b": BOTTOM_PIXELS},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "var(--sans)", "size": 12, "color": "var(--ink)"},
        "showlegend": False,
        "hovermode": "closest",
        "hoverdistance": 24,
        "bargap": 0,
        "barmode": "overlay",
        "hoverlabel": {
            "bgcolor": "var(--paper)",
            "bordercolor": "var(--rule)",
            "font": {"family": "var(--sans)", "size": 12, "color": "var(--ink)"},
            "align": "left",
            "namelength": 0,
        },
        "xaxis": _time_axis(time_range),
        "yaxis": value_axis | {"domain": placed.price, "tickformat": f",.{decimals}f", "nticks": 6},
        "yaxis3": value_axis
        | {"domain": placed.volume, "rangemode": "tozero"}
        | _ticks(0.0, max(volumes, default=0.0), 2),
        "yaxis4": value_axis
        | {"domain": placed.flow, "zeroline": True, "zerolinecolor": "var(--faint)"}
        | _ticks(min(flows, default=0.0), max(flows, default=0.0), 3),
        "annotations": [
            _title(f"Price, {quote}", placed.price),
            _title(f"Volume {every}, {quote}", placed.volume),
            _title(f"Buyers less sellers {every}, {quote}", placed.flow),
        ],
    }
    if placed.lanes:
        made["yaxis2"] = {
            "domain": placed.lanes,
            "range": [lane_count - 0.5, -0.5],
            "visible": False,
            "fixedrange": True,
        }
    return made


def axis_decimals(prices: Sequence[float]) -> int:
    """Decimals of a price axis: enough to distinguish its ticks."""
    if not prices:
        return 2
    extent = max(prices) - min(prices)
    if extent <= 0:
        return price_decimals(max(prices))
    # some six ticks: a step is at least an eighth of the extent
    return max(0, min(18, -math.floor(math.log10(extent / 8))))


def round_steps(low: float, high: float, count: int) -> list[float]:
    """Round values from low to high, with about this many steps."""
    extent = high - low
    if not math.isfinite(extent) or extent <= 0:
        return [low]
    rough = extent / count
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(m * magnitude for m in (1, 2, 2.5, 5, 10) if m * magnitude >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{place * step:.12g}") for place in range(first, last + 1)]


def _time_axis(time_range: tuple[int, int]) -> Figure:
    return {
        "type": "date",
        "range": list(time_range),
        # no label at a corner, where half of it would be outside
        "ticklabeloverflow": "hide past domain",
        "anchor": "y4",
        "gridcolor": "var(--grid)",
        "tickfont": {"color": "var(--faint)", "size": 11},
        "tickformat": "%H:%M",
        "hoverformat": "%H:%M",
        "nticks": 9,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": "var(--rule)",
        "linecolor": "var(--rule)",
        "showline": True,
        "rangeslider": {"visible": False},
    }


def _ticks(low: float, high: float, count: int) -> Figure:
    """Money on an axis, formatted as in the text: Plotly's own formats abbreviate it."""
    values = round_steps(low, high, count)
    return {"tickvals": values, "ticktext": [typeset(amount(value)) for value in values]}


def _title(text: str, domain: tuple[float, float]) -> Figure:
    return {
        "text": html.escape(text),
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": domain[1],
        "xanchor": "left",
        "yanchor": "bottom",
        "yshift": 4,
        "showarrow": False,
        "borderpad": 0,
        "font": {"size": 11.5, "color": "var(--quiet)", "family": "var(--sans)"},
    }
