"""The minutes of an alert as a small chart: SVG in the document, which needs no script and prints.

Its shapes are stretched to the width at hand; what is to be read is text of the document beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reports.alerts import Alert
from reports.queries import Row

MINUTE = timedelta(minutes=1)
# longer ones fill the symbol's own chart
LONGEST = timedelta(hours=4)
LEAST_MARGIN = timedelta(minutes=15)
WIDTH, PRICE_HEIGHT, FLOW_TOP, HEIGHT = 1000.0, 96.0, 106.0, 140.0
# of a minute, what its bar of money fills
BAR_SHARE = 0.8


@dataclass(frozen=True)
class Minutes:
    """Paths of one chart, in a box of `WIDTH` by `HEIGHT`; prices and flow in quote currency."""

    from_at: datetime
    until_at: datetime
    low: float
    high: float
    largest_flow: float
    """Buyers less sellers in a minute, the largest either way."""
    during: tuple[float, float]
    """Left edge and width of the alert's own time."""
    ranges: str
    closes: str
    trades: str
    bought: str
    sold: str


@dataclass(frozen=True)
class _Frame:
    """Where instants, prices and money lie in the box."""

    from_at: datetime
    until_at: datetime
    low: float
    high: float
    largest_flow: float

    def x(self, at: datetime) -> float:
        share = (at - self.from_at) / (self.until_at - self.from_at)
        return min(max(share, 0.0), 1.0) * WIDTH

    @property
    def minute(self) -> float:
        return self.x(self.from_at + MINUTE)

    def y(self, price: float) -> float:
        extent = self.high - self.low
        return PRICE_HEIGHT * (1 - ((price - self.low) / extent if extent else 0.5))

    def range_of(self, bar: Row) -> str:
        top = self.y(bar["high"])
        return _box(self.x(bar["cell_start_at"]), top, self.minute, self.y(bar["low"]) - top)

    def close_of(self, bar: Row, *, is_first: bool) -> str:
        """A step; a minute without a trade has the price of the one before."""
        x, y = self.x(bar["cell_start_at"]), self.y(bar["close"])
        return f"{f'M{x:.1f} {y:.1f}' if is_first else f'H{x:.1f}V{y:.1f}'}h{self.minute:.1f}"

    def trade_of(self, trade: Row) -> str:
        """A line without length, whose round ends are a dot however the box is stretched."""
        return f"M{self.x(trade['traded_at']):.1f} {self.y(trade['price']):.1f}h0"

    def flow_of(self, bar: Row, sign: int) -> str:
        """A bar up for buyers (sign 1) or down for sellers (-1); nothing where others lead."""
        net = (bar["net_notional"] or 0.0) * sign
        if net <= 0:
            return ""
        middle = (FLOW_TOP + HEIGHT) / 2
        tall = net / self.largest_flow * (HEIGHT - FLOW_TOP) / 2
        top = middle - tall if sign > 0 else middle
        return _box(self.x(bar["cell_start_at"]), top, self.minute * BAR_SHARE, tall)


def minutes_of(alert: Alert, bars: Sequence[Row]) -> Minutes | None:
    """The chart of an alert within its day; None where it has no bar or lasted over four hours."""
    start_at, end_at = alert.row["window_start_at"], alert.row["window_end_at"]
    margin = max(LEAST_MARGIN, (end_at - start_at) / 2)
    near = [one for one in bars if start_at - margin <= one["cell_start_at"] < end_at + margin]
    if not near or end_at - start_at > LONGEST:
        return None
    frame = _Frame(
        from_at=near[0]["cell_start_at"],
        until_at=near[-1]["cell_start_at"] + MINUTE,
        low=min(bar["low"] for bar in near),
        high=max(bar["high"] for bar in near),
        largest_flow=max(abs(bar["net_notional"] or 0.0) for bar in near),
    )
    left, right = frame.x(start_at), frame.x(end_at)
    return Minutes(
        from_at=frame.from_at,
        until_at=frame.until_at,
        low=frame.low,
        high=frame.high,
        largest_flow=frame.largest_flow,
        during=(round(left, 1), round(max(right - left, 1.0), 1)),
        ranges="".join(frame.range_of(bar) for bar in near),
        closes="".join(frame.close_of(bar, is_first=place == 0) for place, bar in enumerate(near)),
        trades="".join(
            frame.trade_of(one)
            for one in alert.trades.largest
            if frame.from_at <= one["traded_at"] < frame.until_at
            and frame.low <= one["price"] <= frame.high
        ),
        bought="".join(frame.flow_of(bar, 1) for bar in near),
        sold="".join(frame.flow_of(bar, -1) for bar in near),
    )


def _box(left: float, top: float, width: float, height: float) -> str:
    return f"M{left:.1f} {top:.1f}h{width:.1f}v{height:.1f}h-{width:.1f}z"
