"""The tables of risk."""

from assets.lake.tables import Table

RISK_PARTS = ("market", "liquidity", "integrity", "abuse", "data_quality")
SYMBOL_RISK = Table.described(
    "scores.symbol_risk",
    "Risk of each symbol and day in five parts of 0 to 1, higher is riskier, and their mean.",
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
                (f"{part}_reason varchar", "Why that part is null, or what it rests on."),
            )
        },
        "total double": "Weighted mean of the parts; null where too few are known.",
        "total_reason varchar": "Why the total is null, or what it lacks.",
        "alert_count bigint": "Current alerts of the day.",
        "expected_false_alerts double": "Alerts that chance gives over what was judged.",
    },
)
