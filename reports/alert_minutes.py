"""The minutes about an alert in a report: the bars and the largest trades that the report has."""

from collections.abc import Sequence
from datetime import timedelta

from reports.alerts import Alert
from reports.chart_rows import Bar, Deal, Minutes
from reports.queries import Row

MINUTE = timedelta(minutes=1)
# longer ones fill the symbol's own chart
LONGEST = timedelta(hours=4)
LEAST_MARGIN = timedelta(minutes=15)


def minutes_of(alert: Alert, bars: Sequence[Row]) -> Minutes | None:
    """The minutes of an alert within its day; None where it has no bar or lasted over four hours.

    `bars` are those of its symbol, as `minute_bars` gives them.
    """
    start_at, end_at = alert.row["window_start_at"], alert.row["window_end_at"]
    margin = max(LEAST_MARGIN, (end_at - start_at) / 2)
    near = [one for one in bars if start_at - margin <= one["cell_start_at"] < end_at + margin]
    if not near or end_at - start_at > LONGEST:
        return None
    first_at, last_at = near[0]["cell_start_at"], near[-1]["cell_start_at"] + MINUTE
    low, high = min(bar["low"] for bar in near), max(bar["high"] for bar in near)
    return Minutes(
        first_at=first_at,
        last_at=last_at,
        cell=MINUTE,
        quote=alert.quote,
        window=(start_at, end_at),
        bars=[
            Bar(
                bar["cell_start_at"], bar["open"], bar["high"], bar["low"], bar["close"],
                bar["notional"] or 0.0, bar["net_notional"] or 0.0,
            )
            for bar in near
        ],
        deals=[
            Deal(one["traded_at"], one["price"], one["notional"], one["aggressor_side"])
            for one in alert.trades.largest
            # what no book made may lie far from its prices
            if first_at <= one["traded_at"] < last_at and low <= one["price"] <= high
        ],
    )  # fmt: skip
