"""Plotly figures as plain data. A colour is the name of a CSS variable, `var(--ink)`, which the
document's script resolves, so that one figure fits light, dark and paper.
"""

import bisect
import html
import textwrap
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from reports.alerts import Alert
from reports.chart_layout import Figure, axis_decimals, layout, panels
from reports.chart_scale import epoch
from reports.marks import Mark
from reports.numbers import amount, plain, unit
from reports.price_traces import candles, price_line, rounded
from reports.queries import Row
from reports.visible import visible

# Above this many minutes a candle is narrower than a pixel: a line with its range shows more.
CANDLES_UP_TO = timedelta(hours=4)
# Volume is drawn in cells of 5 minutes, which are some pixels wide; in a short range by minute.
COARSE, FINE = timedelta(minutes=5), timedelta(minutes=1)
LEAST_SHOWN = timedelta(minutes=30)
HOVER_WIDTH = 58


def symbol_figure(
    bars: Sequence[Row],
    alerts: Sequence[Alert],
    marked: Mapping[str, Mark],
    day: date,
    quote: str,
) -> Figure:
    """The figure: price with alert marks, duration of alerts, volume, buyers less sellers."""
    start_at, end_at = _shown(bars, alerts, day)
    cell = COARSE if end_at - start_at > CANDLES_UP_TO else FINE
    lanes = [name for name in sorted(marked) if any(a.row["detector"] == name for a in alerts)]
    cells = _cells(bars, cell)
    prices = [bar[side] for bar in bars for side in ("low", "high") if bar[side] is not None]
    placed = panels(len(lanes))
    return {
        "data": [
            *(candles if cell == FINE else price_line)(bars, axis_decimals(prices)),
            *_lane_traces(alerts, lanes, marked),
            *_alert_marks(bars, alerts, lanes, marked),
            *_volume(cells, cell),
        ],
        "layout": layout(
            placed,
            lane_count=len(lanes),
            quote=visible(quote),
            every="by minute" if cell == FINE else "by 5 minutes",
            time_range=(epoch(start_at), epoch(end_at)),
            prices=prices,
            volumes=[volume for _, volume, _ in cells],
            flows=[0.0, *(net for _, _, net in cells)],
        ),
        "height": placed.height,
    }


def _shown(bars: Sequence[Row], alerts: Sequence[Alert], day: date) -> tuple[datetime, datetime]:
    """The whole day, or the range of the trades if that is short."""
    midnight = datetime.combine(day, datetime.min.time())
    whole = midnight, midnight + timedelta(days=1)
    times = [bar["cell_start_at"] for bar in bars]
    times += [alert.row["window_start_at"] for alert in alerts if not alert.began_earlier]
    if not times or max(times) - min(times) > CANDLES_UP_TO:
        return whole
    start_at, end_at = min(times) - FINE, max(times) + 2 * FINE
    # one candle of a minute would fill the width
    spare = max(timedelta(0), LEAST_SHOWN - (end_at - start_at)) / 2
    return max(whole[0], start_at - spare), min(whole[1], end_at + spare)


def _alert_marks(
    bars: Sequence[Row], alerts: Sequence[Alert], lanes: Sequence[str], marked: Mapping[str, Mark]
) -> list[Figure]:
    """Marks on the price at the end of the first hit, the earliest time an alert is known."""
    starts = [bar["cell_start_at"] for bar in bars]
    traces: list[Figure] = []
    for name in lanes:
        own = [a for a in alerts if a.row["detector"] == name and bars and not a.began_earlier]
        known = [alert.row["first_hit_end_at"] or alert.row["window_end_at"] for alert in own]
        # the last bar that opened before the hit's end
        last = [bars[max(0, bisect.bisect_left(starts, at) - 1)] for at in known]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [epoch(at) for at in known],
                "y": [rounded(bar["close"]) for bar in last],
                "text": [hover_text(alert) for alert in own],
                "customdata": [alert.anchor for alert in own],
                "hovertemplate": "%{text}<extra></extra>",
                "marker": _marker(marked[name], 11),
            }
        )
    return traces


def _lane_traces(
    alerts: Sequence[Alert], lanes: Sequence[str], marked: Mapping[str, Mark]
) -> list[Figure]:
    """The duration of each alert: one lane per detector."""
    traces: list[Figure] = []
    for place, name in enumerate(lanes):
        own = [alert for alert in alerts if alert.row["detector"] == name]
        spans = [
            [epoch(alert.row[f"window_{end}_at"]) for end in ("start", "end")] for alert in own
        ]
        lane = {"type": "scatter", "yaxis": "y2", "hovertemplate": "%{text}<extra></extra>"}
        traces.append(
            lane
            | {
                "mode": "lines",
                "x": [at for ends in spans for at in (*ends, None)],
                "y": [value for _ in own for value in (place, place, None)],
                "line": {"color": marked[name].colour, "width": 3},
                "hoverinfo": "skip",
                "hovertemplate": None,
            }
        )
        traces.append(
            lane
            | {
                "mode": "markers",
                "x": [ends[0] for ends in spans],
                "y": [place] * len(own),
                "text": [hover_text(alert) for alert in own],
                "customdata": [alert.anchor for alert in own],
                "marker": _marker(marked[name], 10),
            }
        )
    return traces


def _cells(bars: Sequence[Row], cell: timedelta) -> list[tuple[int, float, float]]:
    """Per cell: its start, its volume, and the buyers' less the sellers' volume."""
    width = int(cell.total_seconds() * 1000)
    summed: dict[int, list[float]] = {}
    for bar in bars:
        volume = summed.setdefault(epoch(bar["cell_start_at"]) // width * width, [0.0, 0.0])
        volume[0] += bar["notional"] or 0.0
        volume[1] += bar["net_notional"] or 0.0
    return [(start, volume, net) for start, (volume, net) in summed.items()]


def _volume(cells: Sequence[tuple[int, float, float]], cell: timedelta) -> list[Figure]:
    width = int(cell.total_seconds() * 1000)
    when = "%{x|%H:%M}" if cell == FINE else "5 min from %{x|%H:%M}"
    # a bar's x is its left edge
    shape: Figure = {"type": "bar", "width": width * 0.86, "offset": width * 0.07}
    traces = [
        shape
        | {
            "x": [start for start, _, _ in cells],
            "y": [rounded(volume) for _, volume, _ in cells],
            "text": [amount(volume) for _, volume, _ in cells],
            "yaxis": "y3",
            "marker": {"color": "var(--volume)", "line": {"width": 0}},
            "hovertemplate": f"{when}  %{{text}}<extra></extra>",
        }
    ]
    for sign, who in ((1, "buyers"), (-1, "sellers")):
        own = [(start, net) for start, _, net in cells if net * sign > 0]
        traces.append(
            shape
            | {
                "x": [start for start, _ in own],
                "y": [rounded(net) for _, net in own],
                "text": [amount(abs(net)) for _, net in own],
                "yaxis": "y4",
                "marker": {"color": f"var(--{who})", "line": {"width": 0}},
                "hovertemplate": f"{when}  {who} ahead by %{{text}}<extra></extra>",
            }
        )
    # the text is for the tooltip, not for the bars
    return [trace | {"textposition": "none"} for trace in traces]


def hover_text(alert: Alert) -> str:
    """The tooltip of a mark: Plotly interprets some HTML in texts, so values are escaped."""
    severity = f"{alert.row['severity']}, score {unit(alert.row['score'])}"
    head = f"<b>{html.escape(plain(alert.row['detector']))}</b>  {html.escape(severity)}"
    body = textwrap.wrap(visible(alert.row["description"] or "", keep="\n"), HOVER_WIDTH)
    return "<br>".join([head, alert.when, *(html.escape(line) for line in body)])


def _marker(mark: Mark, size: int) -> Figure:
    return {
        "symbol": mark.shape,
        # a triangle of the same width has half the area
        "size": size * 1.25 if mark.shape.startswith("triangle") else size,
        "color": mark.colour,
        "line": {"width": 1.5, "color": "var(--paper)"},
    }
