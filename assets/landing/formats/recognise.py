"""Recognise the format of a table by its header or, without one, by its rows."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assets.landing.formats import binance_archive, no_trades, venue_archives
from assets.landing.formats.accounts import ACCOUNT_LINKS, ACCOUNTS
from assets.landing.formats.ccxt import CCXT
from assets.landing.formats.hyperliquid import HYPERLIQUID
from assets.landing.formats.table import TableFormat, snake_case
from assets.landing.formats.tapewatch import TAPEWATCH
from assets.landing.formats.trade_log import TRADE_LOG
from assets.landing.schema import EVERY_ROW

TABLE_FORMATS = (
    *(binance_archive.TRADES, binance_archive.AGG_TRADES, TRADE_LOG, TAPEWATCH),
    HYPERLIQUID,
    *(*venue_archives.UNIFIED[:2], CCXT, *venue_archives.UNIFIED[2:]),
    *(ACCOUNT_LINKS, ACCOUNTS),
)

FOLDER_COLUMNS = {"symbol", "pair", "instrument", "venue", "exchange", "side"}
"""What a folder may say of the trades in it; its date says nothing that their times do not."""

KNOWN = (
    "known are Binance's archives (trades, aggTrades), "
    "those of Bybit, OKX, KuCoin and Tardis, "
    "CSV and Parquet with ccxt's column names (symbol, timestamp, side, price, amount), "
    "the trade log (trade_id, timestamp, symbol, price, quantity, side, …), "
    "the trade message (venue, symbol, trade_id, traded_at, price, quantity, …), "
    "Hyperliquid's trades (coin, side, px, sz, time, tid, users), "
    "accounts (account_id, owner_id, kind, …) and their links (account_id, link_kind, value), "
    "the same columns as keys of JSON lines or of an array of objects, "
    "and raw captures of Binance's and Hyperliquid's websockets"
)


class UnknownFormatError(Exception):
    """The table has no known format; the message says what was expected and the cure."""

    def __init__(self, what: str, cure: str) -> None:
        self.what = what
        self.cure = cure
        super().__init__(f"{what}; {cure}")


@dataclass(frozen=True)
class Layout:
    """The format of a table and the landed name of each of its columns."""

    format: TableFormat
    names: tuple[str, ...]
    has_header: bool
    folder_names: Mapping[str, str] = field(default_factory=dict)
    """Of the columns that only the file's folders name, the landed names."""


def recognise_header(header: Sequence[str], folder: Sequence[str] = ()) -> Layout:
    """The layout of a table with this header, whose folders name further columns."""
    own = [snake_case(name) for name in header]
    further = [name for name in folder if snake_case(name) in FOLDER_COLUMNS - {*own}]
    layout = _recognised([*header, *further])
    count = len(header)
    return replace(
        layout,
        names=layout.names[:count],
        folder_names=dict(zip(further, layout.names[count:], strict=True)),
    )


def _recognised(header: Sequence[str]) -> Layout:
    names = [snake_case(name) or f"column_{place}" for place, name in enumerate(header, 1)]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise UnknownFormatError(
            f"the header names a column twice: {', '.join(repeated)}", "give each its own name"
        )
    for table_format in TABLE_FORMATS:
        if table_format.recognised_by is not None and table_format.recognised_by not in names:
            continue
        if not table_format.missing(_renamed(table_format, names)):
            return Layout(table_format, tuple(_renamed(table_format, names)), has_header=True)
    if other := no_trades.what_it_is(names):
        raise UnknownFormatError(f"{other}: {_quoted(header)}", no_trades.CURE)
    nearest = max(TABLE_FORMATS, key=lambda candidate: _share_present(candidate, names))
    if _share_present(nearest, names) < 0.6:
        raise UnknownFormatError(f"a header or row of no known format: {_quoted(header)}", KNOWN)
    missing = nearest.missing(_renamed(nearest, names))
    raise UnknownFormatError(
        f"this looks like {nearest.title}, but has no column "
        f"{', '.join(repr(name.replace('|', ' or ')) for name in missing)}",
        _cure(nearest, missing, header),
    )


def recognise_rows(lines: Iterable[str]) -> Layout | None:
    """The layout of a file without header, if one of its lines has the shape of a known row."""
    for line in lines:
        if found := binance_archive.recognise_row(line):
            return Layout(*found, has_header=False)
    return None


def _renamed(table_format: TableFormat, names: Sequence[str]) -> list[str]:
    renamed = [
        table_format.aliases[name]
        if name in table_format.aliases and table_format.aliases[name] not in names
        else name
        for name in names
    ]
    # the columns that landing adds take precedence over names in the file
    return [f"file_{name}" if name in EVERY_ROW else name for name in renamed]


def _share_present(table_format: TableFormat, names: Sequence[str]) -> float:
    missing = table_format.missing(_renamed(table_format, names))
    return 1 - len(missing) / len(table_format.required)


def _cure(nearest: TableFormat, missing: Sequence[str], header: Sequence[str]) -> str:
    expected = f"expected are {', '.join(name.replace('|', ' or ') for name in nearest.required)}"
    for name in missing:
        for alternative in name.split("|"):
            spare = [column for column in header if snake_case(column) not in nearest.required]
            if similar := difflib.get_close_matches(alternative, spare, n=1, cutoff=0.5):
                return f"{expected}: should {similar[0]!r} be called {alternative!r}?"
    return expected


def _quoted(header: Sequence[str]) -> str:
    text = ",".join(header)
    return repr(text if len(text) <= 80 else f"{text[:79]}…")
