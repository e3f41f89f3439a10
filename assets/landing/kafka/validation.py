"""What a decoded trade must fulfil to be landed as one; the words for what it lacks."""

# pyarrow makes its compute functions when it is imported, so type checkers do not see them
# pyright: reportAttributeAccessIssue=false
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from assets.landing.formats import venue_names
from assets.landing.texts import LONGEST

EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)
"""No crypto trade is older."""
AHEAD = timedelta(days=1)
"""How far a clock may be ahead of ours."""

NUMBER = r"^[0-9]{1,40}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,2})?$"
"""A plain number: no sign, no `inf`, no `nan`, and never out of a double's range."""
OPTIONAL_TEXTS = (
    *("order_id", "order_type", "customer_id", "condition", "wallet_address"),
    *("account_id", "counterparty_account_id", "buyer_account_id", "seller_account_id"),
)
VENUE = rf"^{venue_names.VENUE.pattern}$"
UNREADABLE = rf"(?s)\x00|^.{{{LONGEST + 1}}}"
TEXT = rf"(?s)^[^\x00]{{1,{LONGEST}}}$"


def faults(trades: pa.Table, now: datetime) -> list[str | None]:
    """The first fault of each row, or None; times after `now` and a tolerance are faults."""
    found: list[str | None] = [None] * trades.num_rows
    for what, is_fine in _checks(trades, now):
        bad = pc.invert(pc.fill_null(is_fine, fill_value=False))
        if pc.any(bad).as_py():
            for row in pc.indices_nonzero(bad).to_pylist():
                found[row] = found[row] or what
    return found


def _checks(trades: pa.Table, now: datetime) -> Iterator[tuple[str, pa.ChunkedArray]]:
    venue = trades["venue"]
    is_venue = pc.and_(_matches(venue, VENUE), pc.not_equal(venue, venue_names.NO_VENUE))
    yield f"the venue is not written in a-z, 0-9 and _, or is {venue_names.NO_VENUE!r}", is_venue
    for name in ("symbol", "trade_id"):
        what = f"the {name} is empty, holds a NUL or is longer than {LONGEST}"
        yield what, _matches(trades[name], TEXT)
    for name in OPTIONAL_TEXTS:
        is_fine = pc.invert(_matches(trades[name], UNREADABLE))
        what = f"the {name} holds a NUL or is longer than {LONGEST}"
        yield what, pc.fill_null(is_fine, fill_value=True)
    for name in ("price", "quantity"):
        yield f"the {name} is no positive number", _is_positive(trades[name])
    least, greatest = microseconds(EARLIEST), microseconds(now + AHEAD)
    for name in ("traded_at", "received_at"):
        times = trades[name]
        is_fine = pc.and_(pc.greater_equal(times, least), pc.less_equal(times, greatest))
        if name == "received_at":
            is_fine = pc.or_kleene(is_fine, pc.is_null(times))
        yield f"{name} is not between 2010 and tomorrow", is_fine
    side = trades["side"]
    known = pc.is_in(side, value_set=pa.array(["buyer", "seller", None], pa.string()))
    yield "the side is neither buyer nor seller", known


def _matches(texts: pa.ChunkedArray, pattern: str) -> pa.ChunkedArray:
    return pc.match_substring_regex(texts, pattern)


def _is_positive(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    is_number = _matches(texts, NUMBER)
    numbers = pc.cast(pc.if_else(is_number, texts, "0"), pa.float64())
    return pc.greater(numbers, 0.0)


def microseconds(time: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
