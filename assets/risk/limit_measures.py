"""What a limit can be set on: measures of a symbol and UTC day, each with unit and table."""

from dataclasses import dataclass

CHOSEN = "is_chosen and horizon = '{horizon}' and level = {level}"


@dataclass(frozen=True)
class Measure:
    """A column of a table of the lake that has a row a venue, symbol and UTC day."""

    name: str
    unit: str
    meaning: str
    table: str
    column: str
    condition: str = "true"
    """SQL over the table's columns: which of its rows."""


def _value_at_risk(horizon: str, level: float, column: str = "value_at_risk") -> Measure:
    name = f"{column}_{f'{100 * level:g}'.replace('.', '_')}_{horizon[0]}{horizon[2]}"
    word = "Value at risk" if column == "value_at_risk" else "Expected shortfall"
    return Measure(
        name,
        "share of the position",
        f"{word} of {horizon} at {100 * level:g} %, by the symbol's chosen method.",
        "scores.value_at_risk",
        column,
        CHOSEN.format(horizon=horizon, level=level),
    )


MEASURES = {
    one.name: one
    for one in (
        *(_value_at_risk(horizon, p) for horizon in ("1 day", "1 hour") for p in (0.975, 0.99)),
        _value_at_risk("1 day", 0.975, "expected_shortfall"),
        _value_at_risk("1 hour", 0.975, "expected_shortfall"),
        Measure(
            "ewma_volatility",
            "share a year",
            "Annualised exponentially weighted volatility of daily returns.",
            "scores.return_shapes",
            "ewma_volatility",
        ),
        Measure(
            "annualised_volatility",
            "share a year",
            "Annualised root of the day's realised variance.",
            "marts.market_risk_days",
            "annualised_volatility",
        ),
        Measure(
            "drawdown_1d",
            "share of the high",
            "Deepest fall from an earlier high of the day.",
            "marts.symbol_days",
            "max_drawdown",
        ),
        Measure(
            "drawdown_30d",
            "share of the high",
            "The same of thirty days.",
            "scores.return_shapes",
            "drawdown_30d",
        ),
        Measure(
            "drawdown_365d",
            "share of the high",
            "The same of a year.",
            "scores.return_shapes",
            "drawdown_365d",
        ),
        Measure(
            "lower_tail_index",
            "number",
            "Hill's index of the largest hourly falls; low is heavy.",
            "scores.return_shapes",
            "lower_tail_index",
        ),
        Measure(
            "notional_usd",
            "US dollars",
            "Traded value of the day.",
            "marts.symbol_days",
            "notional_usd",
        ),
        Measure(
            "amihud",
            "return per million of quote currency",
            "Illiquidity of the day, the mean of its hours (Amihud 2002).",
            "marts.liquidity_days",
            "amihud_hourly",
        ),
        Measure(
            "spread_cost",
            "share of the position",
            "Half of the takers' mean spread and three of its deviations.",
            "marts.liquidity_days",
            "spread_cost",
        ),
        Measure(
            "longest_gap",
            "seconds",
            "Longest time of the day without a trade.",
            "marts.data_quality_days",
            "longest_gap_seconds",
        ),
        Measure(
            "risk_total",
            "0 to 1",
            "Total risk score of the symbol's day.",
            "scores.symbol_risk",
            "total",
        ),
    )
}
