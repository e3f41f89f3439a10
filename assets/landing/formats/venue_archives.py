"""Public archives of trades of Bybit, OKX and KuCoin, and Tardis's, by their documented columns.

They land under ccxt's names of the same fields; `side` is the taker's. Amounts are in the units of
the file: of OKX's and KuCoin's derivatives they count contracts.
"""

import re
from collections.abc import Callable, Sequence

from assets.landing.formats.table import VENUE_COLUMN, TableFormat

KUCOIN_CONTRACT = re.compile(r"[A-Z0-9]+(USDT|USDC|USD)M")


def _always(venue: str) -> Callable[[Sequence[str], str | None], str]:
    return lambda names, venue_symbol: venue


def _kucoin(names: Sequence[str], venue_symbol: str | None) -> str:
    return "kucoinfutures" if KUCOIN_CONTRACT.fullmatch(venue_symbol or "") else "kucoin"


TARDIS = TableFormat(
    name="tardis",
    title="Tardis's trades",
    unifies=True,
    required=(VENUE_COLUMN, "symbol", "timestamp", "local_timestamp", "price", "amount"),
    time_columns=("timestamp",),
    aliases={"exchange": VENUE_COLUMN},
    venue_column=VENUE_COLUMN,
)

BYBIT_DERIVATIVES = TableFormat(
    name="bybit_derivatives",
    title="Bybit's archive of derivatives",
    unifies=True,
    required=("symbol", "timestamp", "side", "amount", "price", "id", "tick_direction"),
    time_columns=("timestamp",),
    aliases={"size": "amount", "trd_match_id": "id"},
    venue=_always("bybit_derivatives"),
)

BYBIT_SPOT = TableFormat(
    name="bybit_spot",
    title="Bybit's spot archive",
    unifies=True,
    required=("id", "timestamp", "price", "amount", "side"),
    time_columns=("timestamp",),
    aliases={"volume": "amount"},
    file_name=re.compile(r"(?:^|[/ ])(?P<symbol>[A-Z0-9]+)_\d{4}-\d{2}-\d{2}"),
    file_name_example="BTCUSDT_2024-08-09.csv.gz",
    venue=_always("bybit"),
)

OKX = TableFormat(
    name="okx",
    title="OKX's archive",
    unifies=True,
    required=("symbol", "id", "side", "price", "amount", "timestamp"),
    time_columns=("timestamp",),
    aliases={
        "instrument_name": "symbol",
        "trade_id": "id",
        "size": "amount",
        "created_time": "timestamp",
    },
    venue=_always("okx"),
    recognised_by="created_time",
)

OKX_BY_NAME = TableFormat(
    name="okx_by_name",
    title="OKX's archive of one instrument",
    unifies=True,
    required=("id", "side", "price", "amount", "timestamp"),
    time_columns=("timestamp",),
    aliases={"trade_id": "id", "size": "amount", "created_time": "timestamp"},
    file_name=re.compile(r"(?:^|[/ ])(?P<symbol>[A-Z0-9]+(?:-[A-Z0-9]+)+?)-(?:agg)?trades-", re.I),
    file_name_example="BTC-USDT-trades-2024-08-09.csv",
    venue=_always("okx"),
    recognised_by="created_time",
)

KUCOIN = TableFormat(
    name="kucoin",
    title="KuCoin's archive",
    unifies=True,
    required=("id", "timestamp", "price", "amount", "side"),
    time_columns=("timestamp",),
    aliases={"trade_id": "id", "trade_time": "timestamp", "size": "amount"},
    file_name=re.compile(r"(?:^|[/ ])(?P<symbol>[A-Z0-9]+(?:-[A-Z0-9]+)?)-trades\b"),
    file_name_example="BTCUSDT-trades-2024-08-09.csv",
    venue=_kucoin,
    recognised_by="trade_time",
)

# as ccxt's columns, whose staging model reads them
UNIFIED = (TARDIS, BYBIT_DERIVATIVES, BYBIT_SPOT, OKX, OKX_BY_NAME, KUCOIN)
