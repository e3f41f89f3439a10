"""The outcome of every row of the day (accepted, repeated, rejected), silences, holes,
and trades that no order book made."""

from dataclasses import dataclass
from datetime import date, datetime

from duckdb import DuckDBPyConnection

from reports.gaps import id_holes, silences
from reports.off_book import ConditionTotal, OffBook, by_condition, off_book_trades
from reports.queries import (
    Row,
    Symbol,
    accepted_trades,
    by_symbol,
    dropped_trades,
    quarantined_rows,
)

MINUTES_A_DAY = 1440
REASONS_SHOWN = 8
HOLES_SHOWN = 20


@dataclass(frozen=True)
class SymbolQuality:
    """One symbol's rows and silences; a silence is at least ten minutes without a trade."""

    venue: str
    symbol: str
    accepted: int
    duplicate: int
    repeated_fills: int
    """Of the duplicates, aggregates of fills that another one reports."""
    page_edge: int
    superseded: int
    no_trade: int
    """Events of a stream that have an id and no trade."""
    other: int
    first_traded_at: datetime | None
    last_traded_at: datetime | None
    minutes_traded: int
    silence_count: int
    longest_silence_seconds: float | None
    longest_silence_from: datetime | None

    @property
    def dropped(self) -> int:
        return self.duplicate + self.page_edge + self.superseded + self.no_trade + self.other

    @property
    def landed(self) -> int:
        """Readable rows of this symbol; rejected rows have no symbol."""
        return self.accepted + self.dropped


@dataclass(frozen=True)
class Quality:
    """The day's account: landed = accepted + dropped + quarantined, exactly."""

    symbols: list[SymbolQuality]
    reasons: list[Row]
    undated: list[Row]
    holes: list[Row]
    off_book: list[OffBook]

    @property
    def accepted(self) -> int:
        return sum(row.accepted for row in self.symbols)

    @property
    def duplicate(self) -> int:
        return sum(row.duplicate for row in self.symbols)

    @property
    def repeated_fills(self) -> int:
        return sum(row.repeated_fills for row in self.symbols)

    @property
    def page_edge(self) -> int:
        return sum(row.page_edge for row in self.symbols)

    @property
    def superseded(self) -> int:
        return sum(row.superseded for row in self.symbols)

    @property
    def no_trade(self) -> int:
        return sum(row.no_trade for row in self.symbols)

    @property
    def quarantined(self) -> int:
        return sum(row["row_count"] for row in self.reasons)

    @property
    def undated_count(self) -> int:
        """Rows without a readable time: they belong to no day, so `landed` does not include
        them."""
        return sum(row["row_count"] for row in self.undated)

    @property
    def landed(self) -> int:
        return sum(row.landed for row in self.symbols) + self.quarantined

    @property
    def top_reasons(self) -> list[Row]:
        """The most frequent reasons for a rejection, undated rows last."""
        return [*self.reasons, *self.undated][:REASONS_SHOWN]

    @property
    def top_holes(self) -> list[Row]:
        """The stretches in which ids prove most trades to be missing."""
        return self.holes[:HOLES_SHOWN]

    @property
    def off_book_count(self) -> int:
        return sum(one.trade_count for one in self.off_book)

    @property
    def off_book_totals(self) -> list[ConditionTotal]:
        """Over all symbols, by what made the trades."""
        return by_condition(self.off_book)

    @property
    def further_holes(self) -> int:
        return max(0, len(self.holes) - HOLES_SHOWN)

    @property
    def further_reasons(self) -> int:
        return max(0, len(self.reasons) + len(self.undated) - REASONS_SHOWN)


def quality_of(connection: DuckDBPyConnection, day: date) -> Quality:
    """The day's account of rows."""
    accepted = by_symbol(accepted_trades(connection, day))
    dropped = by_symbol(dropped_trades(connection, day))
    silent = by_symbol(silences(connection, day))
    rejected = quarantined_rows(connection, day)
    return Quality(
        symbols=[
            _symbol_quality(key, accepted.get(key, {}), dropped.get(key, {}), silent.get(key, {}))
            for key in sorted({*accepted, *dropped, *silent})
        ],
        reasons=[row for row in rejected if not row["undated"]],
        undated=[row for row in rejected if row["undated"]],
        holes=id_holes(connection, day),
        off_book=off_book_trades(connection, [day]),
    )


def _symbol_quality(key: Symbol, accepted: Row, dropped: Row, silent: Row) -> SymbolQuality:
    longest = silent.get("longest")
    return SymbolQuality(
        venue=key[0],
        symbol=key[1],
        accepted=accepted.get("accepted", 0),
        **{
            reason: dropped.get(reason, 0)
            for reason in (
                "duplicate",
                "repeated_fills",
                "page_edge",
                "superseded",
                "no_trade",
                "other",
            )
        },
        first_traded_at=accepted.get("first_traded_at"),
        last_traded_at=accepted.get("last_traded_at"),
        minutes_traded=silent.get("minutes_traded", 0),
        silence_count=silent.get("silence_count", 0),
        longest_silence_seconds=longest["length"].total_seconds() if longest else None,
        longest_silence_from=longest["silent_from"] if longest else None,
    )
