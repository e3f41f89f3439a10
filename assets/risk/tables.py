"""The tables of risk."""

from assets.lake.tables import Table
from assets.risk.back_tests import BackTest
from assets.risk.return_shapes import ReturnShape
from assets.risk.risk_events import RiskEvent
from assets.risk.value_at_risk import ValueAtRisk

RISK_PARTS = ("market", "liquidity", "integrity", "abuse", "data_quality")
SYMBOL_RISK = Table.described(
    "scores.symbol_risk",
    "Risk of each symbol and day in five parts of 0 to 1, higher is riskier, and the mean of four "
    "of them, by weight and certainty; poor data lowers the certainty instead.",
    {
        "subject_kind varchar": "What is rated: market.",
        "subject_id varchar": "Venue and symbol.",
        "venue varchar": "Market with its own id space.",
        "symbol varchar": "Base-quote, upper case.",
        "trade_day date": "UTC day.",
        **{
            column: meaning
            for part in RISK_PARTS
            for column, meaning in (
                (
                    f"{part} double",
                    f"Part {part.replace('_', ' ')}, 0 to 1; null if not computable.",
                ),
                (
                    f"{part}_certainty double",
                    "How much of its weight in the total that part has earned, 0 to 1.",
                ),
                (f"{part}_reason varchar", "What that part rests on, or why it is null."),
            )
        },
        "total double": "Mean of the parts, by weight and certainty; null where none is certain.",
        "total_certainty double": "Sum of the weights times the certainties, 0 to 1.",
        "total_reason varchar": "Why the total is null, or what it lacks.",
        "seen_risk double": "Total times its certainty, 0 to 1: what symbols rank by.",
        "alert_count bigint": "Current alerts of the day.",
        "expected_false_alerts double": "Alerts that chance gives over what was judged.",
    },
)

VALUE_AT_RISK = Table.of(
    "scores.value_at_risk",
    ValueAtRisk,
    meaning="Value at risk and expected shortfall of each symbol and day, by three methods.",
)
VAR_BACKTESTS = Table.of(
    "scores.var_backtests",
    BackTest,
    meaning="How well each forecast of value at risk did up to each day, with a traffic light.",
)
RETURN_SHAPES = Table.of(
    "scores.return_shapes",
    ReturnShape,
    meaning="Volatility, tails, skew and drawdown of each symbol's returns up to each day.",
)
RISK_EVENTS = Table.of(
    "scores.risk_events",
    RiskEvent,
    meaning="Episodes of unusual volatility, and limits of limits.toml that a day passed.",
)
# all that is measured of returns alone
RISK_MEASURES = (VALUE_AT_RISK, VAR_BACKTESTS, RETURN_SHAPES)
