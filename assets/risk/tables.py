"""The tables of risk."""

from assets.lake.tables import Table

RISK_PARTS = ("market", "liquidity", "integrity", "abuse", "data_quality")
SYMBOL_RISK = Table(
    "scores.symbol_risk",
    (
        "subject_kind varchar",
        "subject_id varchar",
        "venue varchar",
        "symbol varchar",
        "trade_day date",
        *(column for part in RISK_PARTS for column in (f"{part} double", f"{part}_reason varchar")),
        "total double",
        "total_reason varchar",
        "alert_count bigint",
        "expected_false_alerts double",
    ),
)
