"""Tables that markets and their watchers write and that are no trades, by their columns."""

import difflib
from collections.abc import Sequence

CURE = (
    "land the trades themselves: each has a symbol, a time, a price and a quantity (or amount), "
    "best also an id and a side"
)
QUANTITIES = {"quantity", "qty", "amount", "size", "volume", "vol", "filled"}
SENDERS = {"sender", "from", "from_address", "src", "source_wallet", "from_wallet"}
RECEIVERS = {"receiver", "to", "to_address", "dst", "target_wallet", "to_wallet"}
PERIODS = {"open", "high", "low", "close"}
ALERTS = {"alert_id", "alert_type", "pattern_type", "triggered_patterns", "final_risk_level"}


def what_it_is(names: Sequence[str]) -> str | None:
    """What a table with these columns, in snake case, holds instead of trades; None if unclear."""
    columns = {*names}
    if columns & ALERTS:
        return "these are alerts or judged trades of another system, not trades"
    if columns & SENDERS and columns & RECEIVERS:
        return "these are transfers between wallets, which are not read yet"
    if columns >= PERIODS:
        return "these are bars of a period (open, high, low, close), not trades"
    words = {word for name in columns for word in name.split("_")}
    # a quantity that is misspelt is a quantity
    if "price" in words and not any(_is_like_a_quantity(word) for word in words):
        return "these are prices, and a price without a quantity is no trade"
    return None


def _is_like_a_quantity(word: str) -> bool:
    return bool(difflib.get_close_matches(word, QUANTITIES, n=1, cutoff=0.77))
