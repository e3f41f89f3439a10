"""Binance: aggregate trades, forwards from a time, then by id; `m` true: the seller took."""

from assets.landing.venues.venue import Row, Trade, Venue

# the columns of the archive: both land in one format, and a trade in both is one trade
ARCHIVE_COLUMNS = {
    "a": "agg_trade_id",
    "p": "price",
    "q": "quantity",
    "f": "first_trade_id",
    "l": "last_trade_id",
    "T": "transact_time",
    "m": "is_buyer_maker",
    "M": "is_best_match",
}


def archive_row(trade: Trade) -> Row:
    """The row of an aggregate trade in the format of the archive."""
    info = trade["info"]
    row = {name: _text(info.get(key)) for key, name in ARCHIVE_COLUMNS.items()}
    return row | {"venue_symbol": trade["symbol"]}


def _text(value: object) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


BINANCE = Venue(
    name="binance",
    exchange="binance",
    page_limit=1000,
    first=lambda start, end: {"startTime": start},
    following=lambda page: {"fromId": int(page[-1]["id"]) + 1},
    contiguous_ids=True,
    # an aggregate's id is not a trade's id
    id_prefix="a",
    format="binance_agg_trades",
    row=archive_row,
    # single trades cannot be paged without an account, so the live ones are aggregates too
    options={"fetchMarkets": {"types": ["spot"]}, "watchTrades": {"name": "aggTrade"}},
)
