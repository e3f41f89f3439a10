"""The symbols of a day, the riskiest first, each with its section of the report."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from duckdb import DuckDBPyConnection

from reports.alert_minutes import minutes_of
from reports.alerts import Alert, current
from reports.chart_layout import Figure
from reports.chart_rows import Minutes
from reports.charts import symbol_figure
from reports.currency import quote_of
from reports.detectors import Verdict
from reports.liquidity import Measure, liquidity_of_day, measures
from reports.marks import Mark
from reports.numbers import price_decimals
from reports.off_book import OffBook
from reports.printed_queries import of_symbol
from reports.quality import Quality
from reports.queries import (
    RISK_PARTS,
    Row,
    Symbol,
    by_symbol,
    minute_bars,
    symbol_prices,
    symbol_risks,
)

# A figure has some 50 kB and takes time to read; lower-ranked symbols without alerts have none.
FIGURES = 40


@dataclass(frozen=True)
class SymbolDay:
    """One symbol's section: prices, risk, alerts, trades of no book, and who could not judge it."""

    symbol: Symbol
    anchor: str
    prices: Row | None
    risk: Row | None
    alerts: list[Alert]
    superseded: list[Alert]
    not_judged: list[str]
    off_book: list[OffBook]
    is_on_several_venues: bool
    liquidity: list[Measure]
    figure: Figure | None = None
    minutes: Mapping[str, Minutes] = field(default_factory=dict[str, Minutes])
    """The charts of its alerts, by their ids."""

    @property
    def name(self) -> str:
        """The symbol, or a title for alerts about subjects that trade in several symbols."""
        return self.symbol[1] or "Across symbols"

    @property
    def quote(self) -> str:
        """The currency of the prices."""
        return quote_of(self.symbol[1])

    def query(self, table: str, day: date) -> str:
        """The SQL of its row in a table of days."""
        return of_symbol(table, *self.symbol, day.isoformat())

    @property
    def opened(self) -> list[Alert]:
        """Alerts that began this day, not one before."""
        return [alert for alert in self.alerts if not alert.began_earlier]

    @property
    def detectors(self) -> list[str]:
        """The detectors with an alert here, for the chart's legend."""
        return sorted({alert.row["detector"] for alert in self.alerts})

    @property
    def change(self) -> float | None:
        """Close over open, less one."""
        prices = self.prices
        return prices["close"] / prices["open"] - 1 if prices and prices["open"] else None

    @property
    def buyer_share(self) -> float | None:
        """The buyers' share of the notional with a known taker."""
        if self.prices is None:
            return None
        bought, sold = self.prices["buyer_notional"] or 0, self.prices["seller_notional"] or 0
        return bought / (bought + sold) if bought + sold else None

    @property
    def decimals(self) -> int:
        """Decimals of the day's prices, the same for all, so that they are easy to compare."""
        if not self.prices or not self.prices["low"]:
            return 2
        most = price_decimals(self.prices["low"])
        written = [f"{self.prices[side]:.{most}f}" for side in ("open", "high", "low", "close")]
        return max(2, *(len(text.rstrip("0").partition(".")[2]) for text in written))

    @property
    def part_reasons(self) -> list[tuple[str, str]]:
        """What the parts of the risk rest on, or why they have no number; empty if not scored."""
        if self.risk is None:
            return []
        return [
            (part, self.risk[f"{part}_reason"] or "no reason is recorded")
            for part in (*RISK_PARTS, "total")
            if self.risk[part] is None or self.risk[f"{part}_reason"]
        ]

    @property
    def rank(self) -> tuple[bool, float, int, Symbol]:
        """By total times certainty: what was not seen moves no symbol up; without a total last."""
        seen = self.risk["seen_risk"] if self.risk and self.risk["total"] is not None else None
        return seen is None, -(seen or 0.0), -len(self.alerts), self.symbol


def symbol_days(
    connection: DuckDBPyConnection,
    day: date,
    quality: Quality,
    alerts: Sequence[Alert],
    verdict: Verdict,
) -> list[SymbolDay]:
    """Every symbol that traded, was scored or has an alert, the riskiest first."""
    prices = by_symbol(symbol_prices(connection, day))
    risks = by_symbol(symbol_risks(connection, day))
    liquidity = liquidity_of_day(connection, day)
    traded = {(row.venue, row.symbol) for row in quality.symbols if row.accepted}
    keys = traded | set(prices) | set(risks) | {alert.symbol for alert in alerts}
    anchors = _anchors(sorted(keys))
    venue_counts = Counter(symbol for _, symbol in keys)
    of_symbol: defaultdict[Symbol, list[Alert]] = defaultdict(list)
    for alert in alerts:
        of_symbol[alert.symbol].append(alert)
    found = [
        SymbolDay(
            symbol=key,
            anchor=anchors[key],
            prices=prices.get(key),
            risk=risks.get(key),
            alerts=sorted(current(of_symbol[key]), key=lambda alert: alert.rank),
            superseded=[a for a in of_symbol[key] if a.row["status"] == "superseded"],
            not_judged=verdict.not_judged(key),
            off_book=[one for one in quality.off_book if one.key == key],
            is_on_several_venues=venue_counts[key[1]] > 1,
            liquidity=measures(liquidity[key], quote_of(key[1])) if key in liquidity else [],
        )
        for key in keys
    ]
    return sorted(found, key=lambda section: section.rank)


def with_charts(
    connection: DuckDBPyConnection,
    sections: Sequence[SymbolDay],
    marked: Mapping[str, Mark],
    day: date,
) -> list[SymbolDay]:
    """The sections, with charts of those whose rank or alerts justify them."""
    charted = [
        section.symbol
        for place, section in enumerate(sections)
        if section.prices is not None and (place < FIGURES or section.alerts)
    ]
    bars = minute_bars(connection, charted, day)
    return [
        _charted(section, bars[section.symbol], marked, day) if section.symbol in bars else section
        for section in sections
    ]


def _charted(
    section: SymbolDay, bars: Sequence[Row], marked: Mapping[str, Mark], day: date
) -> SymbolDay:
    minutes = {alert.row["alert_id"]: minutes_of(alert, bars) for alert in section.alerts}
    return replace(
        section,
        figure=symbol_figure(bars, section.alerts, marked, day, section.quote),
        minutes={name: chart for name, chart in minutes.items() if chart is not None},
    )


def _anchors(keys: Sequence[Symbol]) -> dict[Symbol, str]:
    """An id in the document for each symbol, whatever characters its name has."""
    anchors: dict[Symbol, str] = {}
    counts: Counter[str] = Counter()
    for key in keys:
        name = re.sub("[^a-z0-9]+", "-", "-".join(key).lower()).strip("-") or "symbol"
        counts[name] += 1
        # a name never ends so: two blanks became one hyphen
        number = f"--{counts[name]}" if counts[name] > 1 else ""
        anchors[key] = f"symbol-{name}{number}"
    return anchors
