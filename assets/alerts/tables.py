"""The tables of alerts: the current revision of each, and every revision that ever was."""

from assets.lake.tables import Table

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
