"""The tables of risk."""

from assets.lake.tables import Table

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
