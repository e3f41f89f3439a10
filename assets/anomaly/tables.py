"""The table of scores that a day's model gives each five minutes."""

from assets.lake.tables import Table

ANOMALY = Table.described(
    "scores.anomaly_5m",
    "How unusual the day's model finds each five minutes of a symbol.",
    {
        "venue varchar": "Market with its own id space.",
        "symbol varchar": "Base-quote, upper case.",
        "model_id varchar": "The model of that day; null without one.",
        "score double": "Robust distance from the usual; higher is more unusual.",
        "p_value double": "How often the model's calibration had such a score.",
        "contributions varchar": "What each feature adds to the score, as JSON.",
        "is_pooled boolean": "Whether the model is that of all symbols together, for the symbol's "
        "own past was too short; null without a score.",
        "reason varchar": "Why there is no score; null where there is one.",
        "cell_start_at timestamp": "Start of the cell, UTC.",
        "cell_end_at timestamp": "End of the cell, UTC; not part of it.",
        "trade_day date": "UTC day of the cell's start.",
    },
    partitioned_by="trade_day",
)
