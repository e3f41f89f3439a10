"""The table of scores that a day's model gives each five minutes."""

from assets.lake.tables import Table

ANOMALY = Table(
    "scores.anomaly_5m",
    (
        "venue varchar",
        "symbol varchar",
        "model_id varchar",
        "score double",
        "p_value double",
        "contributions varchar",
        "reason varchar",
        "cell_start_at timestamp",
        "cell_end_at timestamp",
        "trade_day date",
    ),
    partitioned_by="trade_day",
)
