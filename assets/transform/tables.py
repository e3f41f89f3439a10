"""The tables that tell what has been normalised: landed objects, and windows."""

from assets.lake.tables import Table

# one row an object and day, written with the rows that it brought (dbt_project/macros/ledger.sql)
LANDED_OBJECTS = Table.described(
    "ops.landed_objects",
    "Which landed objects have been normalised, and what they brought: a row an object and day.",
    {
        "object varchar": "Key in the object store.",
        "dataset varchar": "What it holds: trades.",
        "venue varchar": "Venue of its rows.",
        "digest varchar": "Digest of the file that it was read from.",
        "source_file varchar": "Name of that file.",
        "row_count bigint": "Its rows of the day.",
        "least_traded_at timestamp": "The earliest time among them, UTC.",
        "greatest_traded_at timestamp": "The latest time among them, UTC.",
        "trade_day date": "UTC day; null for rows without a readable time.",
    },
)

# the windows that were normalised: what tells a closed cell from one whose end has not come yet
NORMALISED_WINDOWS = Table.described(
    "ops.normalised_windows",
    "The windows that have been normalised; a cell inside of them is closed.",
    {
        "window_start_at timestamp": "Start, UTC.",
        "window_end_at timestamp": "End, UTC; not part of it.",
    },
)
