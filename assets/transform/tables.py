"""The tables that normalising writes beside its models: landed objects, windows, instruments."""

from assets.lake.tables import Table
from assets.transform.accounts.tables import ACCOUNT_TABLES

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

# one row a market, as its last run read it (dbt_project/macros/instruments.sql)
INSTRUMENTS = Table.described(
    "core.instruments",
    "What each market trades, as the last run that read its trades took it.",
    {
        "venue varchar": "Market with its own id space.",
        "symbol varchar": "As in core.trades: BTC-USDT, BTC-USDT:USDT.",
        "venue_symbol varchar": "As the venue writes it.",
        "kind varchar": "spot, perpetual, future or option.",
        "base varchar": "Currency that is bought and sold.",
        "quote varchar": "Currency of the price.",
        "settlement varchar": "Currency in which a derivative is settled; null for spot.",
        "contract_size double": "Base units of a contract, of an inverse one units of the quote; "
        "null for spot, and where nobody says it.",
        "is_inverse boolean": "Whether a contract is worth a fixed number of units of the quote.",
        "expiry date": "UTC day on which it expires; null where it does not.",
        "strike varchar": "Of an option: STRIKE-C for a call, STRIKE-P for a put.",
        "tick double": "Least step of the price; null where nobody says it.",
        "lot double": "Least step of the quantity; null where nobody says it.",
        "source varchar": "Who says so: instruments.toml, venue, symbol (its words), or values "
        "(of the trades, which prove the size).",
    },
)

OWN_TABLES = (LANDED_OBJECTS, NORMALISED_WINDOWS, INSTRUMENTS, *ACCOUNT_TABLES)
