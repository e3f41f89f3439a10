"""The tables of detection: hits, and what each detector could judge."""

from assets.lake.tables import Table

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
