"""Value at risk of the day's symbols, each with its traffic light, and the limits that were passed.

The rows are those of the lake's tables: forecasts of the chosen methods with the back-test of the
same day, and risk events.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from duckdb import DuckDBPyConnection

from reports.queries import Row, Symbol, rows

TABLES = ("scores.value_at_risk", "scores.var_backtests", "scores.risk_events")


@dataclass(frozen=True)
class Forecast:
    """What a symbol's chosen method forecast for the day, at one level.

    Value at risk and shortfall are shares of a long position; None with a reason where there were
    too few returns. The light is None where the back-test has too few forecasts.
    """

    level: float
    method: str
    value_at_risk: float | None
    expected_shortfall: float | None
    is_exceeded: bool | None
    light: str | None
    sentence: str
    choice: str
    reason: str | None
    cost: float | None = None
    """What selling 100,000 US dollars cost that day: a bad spread and, where known, its impact; a
    share of the position (Bangia et al. 1999)."""

    @property
    def with_cost(self) -> float | None:
        """Liquidity-adjusted value at risk: the loss and the cost of getting out."""
        if self.value_at_risk is None or self.cost is None:
            return None
        return self.value_at_risk + self.cost


@dataclass(frozen=True)
class SymbolAtRisk:
    """One symbol and horizon: its forecasts by level, the lower one first."""

    symbol: Symbol
    horizon: str
    forecasts: list[Forecast]

    @property
    def is_known(self) -> bool:
        """Whether any level has a forecast."""
        return any(one.value_at_risk is not None for one in self.forecasts)


@dataclass(frozen=True)
class RiskOfDay:
    """The section: symbols with a forecast, why others have none, limits passed, extremes."""

    symbols: list[SymbolAtRisk]
    missing: list[tuple[str, str, int]]
    """Horizon, reason, and how many symbols have no forecast for it; the most frequent first."""
    breaches: list[Row]
    extremes: list[Row]
    """The episodes of extreme volatility, in order of time."""

    @property
    def levels(self) -> list[float]:
        """The levels that the table has columns for."""
        return sorted({one.level for symbol in self.symbols for one in symbol.forecasts})


def risk_of_day(connection: DuckDBPyConnection, day: date) -> RiskOfDay:
    """The section of a day; `connection` has the lake attached as `lake`."""
    return section_of(chosen_forecasts(connection, day), risk_events(connection, day))


def section_of(forecasts: Sequence[Row], events: Iterable[Row]) -> RiskOfDay:
    """The section of rows ordered by symbol, horizon and level, and of events."""
    symbols = [
        SymbolAtRisk((venue, symbol), horizon, [_forecast(row) for row in found])
        for (venue, symbol, horizon), found in groupby(
            forecasts, lambda row: (row["venue"], row["symbol"], row["horizon"])
        )
    ]
    unknown = Counter(
        (one.horizon, one.forecasts[0].reason or "no reason is recorded")
        for one in symbols
        if not one.is_known
    )
    happened = list(events)
    return RiskOfDay(
        symbols=[one for one in symbols if one.is_known],
        missing=[(*why, count) for why, count in unknown.most_common()],
        breaches=[row for row in happened if row["kind"] == "limit_breach"],
        extremes=[row for row in happened if row["level"] == "EXTREME"],
    )


def chosen_forecasts(connection: DuckDBPyConnection, day: date) -> list[Row]:
    """The chosen method's forecast of each symbol, horizon and level, beside its back-test."""
    return rows(
        connection,
        """
        select
            venue, symbol, horizon, level, method, value_at_risk, expected_shortfall, is_exceeded,
            light, sentence, choice, forecast.reason,
            spread_cost + coalesce(impact_cost, 0) as cost
        from lake.scores.value_at_risk as forecast
        left join lake.scores.var_backtests as test
            using (venue, symbol, trade_day, horizon, level, method)
        left join lake.marts.liquidity_days using (venue, symbol, trade_day)
        where trade_day = ? and is_chosen
        order by venue, symbol, horizon, level
        """,
        [day],
    )


def risk_events(connection: DuckDBPyConnection, day: date) -> list[Row]:
    """Passed limits and episodes of extreme volatility, in order of time."""
    return rows(
        connection,
        """
        select kind, level, venue, symbol, start_at, end_at, measure, value, limit_value, sentence
        from lake.scores.risk_events
        where trade_day = ? and (kind = 'limit_breach' or level = 'EXTREME')
        order by start_at, venue, symbol, measure, limit_value
        """,
        [day],
    )


def _forecast(row: Row) -> Forecast:
    return Forecast(
        level=row["level"],
        method=row["method"],
        value_at_risk=row["value_at_risk"],
        expected_shortfall=row["expected_shortfall"],
        is_exceeded=row["is_exceeded"],
        light=row["light"],
        sentence=row["sentence"] or "There is no back-test of this day.",
        choice=row["choice"],
        reason=row["reason"],
        cost=row["cost"],
    )
