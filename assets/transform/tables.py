"""The tables that normalising writes beside its models: landed objects, windows, instruments."""

from assets.lake.tables import Table

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
NORMALISED_WINDOWS = Table(
    "ops.normalised_windows", ("window_start_at timestamp", "window_end_at timestamp")
)

# one row a market, as its last run read it (dbt_project/macros/instruments.sql)
INSTRUMENTS = Table(
    "core.instruments",
    (
        "venue varchar",
        "symbol varchar",
        "venue_symbol varchar",
        "kind varchar",
        "base varchar",
        "quote varchar",
        "settlement varchar",
        "contract_size double",
        "is_inverse boolean",
        "expiry date",
        "strike varchar",
        "tick double",
        "lot double",
        "source varchar",
    ),
)

OWN_TABLES = (LANDED_OBJECTS, NORMALISED_WINDOWS, INSTRUMENTS)
