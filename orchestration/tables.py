"""Tables of the lake that Python writes; those of dbt stand in its models' contracts."""

from orchestration.lake import Table

HITS = Table(
    "alerts.hits",
    (
        "detector varchar",
        "detector_version integer",
        "params_digest varchar",
        "typology varchar",
        "data_tier varchar",
        "kind varchar",
        "venue varchar",
        "symbol varchar",
        "account_id varchar",
        "statistic double",
        "threshold double",
        "p_value double",
        "score double",
        "notional double",
        "notional_usd double",
        "evidence varchar",
        "is_stale boolean",
        "input_snapshot_id bigint",
        "code_version varchar",
        "run_id varchar",
        "detected_at timestamp",
        "cell_start_at timestamp",
        "cell_end_at timestamp",
        "trade_day date",
    ),
    partitioned_by="trade_day",
)

ALERT_COLUMNS = (
    "alert_id varchar",
    "revision bigint",
    "status varchar",
    "is_confirmed boolean",
    "detector varchar",
    "typology varchar",
    "detector_version integer",
    "params_digest varchar",
    "severity varchar",
    "score double",
    "venue varchar",
    "symbol varchar",
    "account_id varchar",
    "window_start_at timestamp",
    "window_end_at timestamp",
    "statistic double",
    "threshold double",
    "p_value double",
    "null_rate_per_symbol_day double",
    "evidence varchar",
    "description varchar",
    "recommended_action varchar",
    "data_tier varchar",
    "input_snapshot_id bigint",
    "code_version varchar",
    "run_id varchar",
    "detected_at timestamp",
    "first_hit_start_at timestamp",
    "first_hit_end_at timestamp",
    "hit_count bigint",
    "trade_day date",
)

ALERTS = Table("alerts.alerts", ALERT_COLUMNS)
REVISIONS = Table("alerts.revisions", ALERT_COLUMNS)

# the revisions that the broker has confirmed, by topic
PUBLISHED = Table("ops.published_alerts", ("topic varchar", "alert_id varchar", "revision bigint"))

DETECTOR_RUNS = Table(
    "ops.detector_runs",
    (
        "detector varchar",
        "venue varchar",
        "symbol varchar",
        "trade_day date",
        "outcome varchar",
        "cells_judged bigint",
        "cells_insufficient bigint",
        "hit_count bigint",
        "expected_false_alerts double",
        "error varchar",
        "run_id varchar",
        "detected_at timestamp",
    ),
)

# one row an object and day, written with the rows that it brought (dbt_project/macros/ledger.sql)
LANDED_OBJECTS = Table(
    "ops.landed_objects",
    (
        "object varchar",
        "dataset varchar",
        "venue varchar",
        "digest varchar",
        "source_file varchar",
        "row_count bigint",
        "least_traded_at timestamp",
        "greatest_traded_at timestamp",
        "trade_day date",
    ),
)

# the windows that were normalised: what tells a closed cell from one whose end has not come yet
WINDOWS = Table("ops.windows", ("window_start_at timestamp", "window_end_at timestamp"))

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

RISK_PARTS = ("market", "liquidity", "integrity", "abuse", "data_quality")
SYMBOL_RISK = Table(
    "scores.symbol_risk",
    (
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

EPISODES = Table(
    "labels.episodes",
    (
        "episode_id varchar",
        "typology varchar",
        "venue varchar",
        "symbol varchar",
        "window_start_at timestamp",
        "window_end_at timestamp",
        "is_abuse boolean",
        "severity varchar",
        "description varchar",
    ),
)

TABLES = (
    HITS, ALERTS, REVISIONS, PUBLISHED, DETECTOR_RUNS, LANDED_OBJECTS, WINDOWS,
    ANOMALY, SYMBOL_RISK, EPISODES,
)  # fmt: skip
