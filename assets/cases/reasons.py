"""Why an incident is true, false or unclear: the answers that a reviewer chooses among.

Each belongs to a class, so that precision can be counted twice: was the pattern there, and was it
abuse. Codes never change their meaning; a decision has the code, the words are said here.
"""

from dataclasses import dataclass
from typing import Literal

Class = Literal["abuse", "innocent", "wrong", "open"]
"""Abuse; the pattern with a fair cause; no pattern, by data or threshold; not decided."""


@dataclass(frozen=True)
class Reason:
    """One answer to why."""

    code: str
    verdict: Literal["true", "false", "unclear"]
    kind: Class
    words: str


def _true(code: str, words: str) -> Reason:
    return Reason(code, "true", "abuse", words)


def _fair(code: str, words: str) -> Reason:
    return Reason(code, "false", "innocent", words)


def _wrong(code: str, words: str) -> Reason:
    return Reason(code, "false", "wrong", words)


MATCHED = (
    _true("same_owner", "one owner stood on both sides"),
    _true("closed_ring", "a ring that hardly trades with others"),
    _true("agreed_pair", "two accounts agreed"),
    _fair("makers_facing", "market makers facing each other"),
    _fair("separate_desks", "separate desks of one firm"),
    _wrong("chance_at_lot_grid", "chance at this grid of lots"),
    _wrong("doubled_data", "doubled or mis-sided data"),
)
LIFTED = (
    _true("bought_and_sold_into", "bought before, sold into the rise"),
    _true("group", "co-ordinated by a group"),
    _true("announced_outside", "announced outside of the market"),
    _fair("news", "a listing or news"),
    _fair("index_or_liquidation", "an index or a liquidation"),
    _wrong("thin_print", "one print in a thin market"),
    _wrong("data_fault", "a fault of the data"),
)
MOVED = (
    _true("meant_to_move", "meant to move the price"),
    _true("stop_hunt", "a hunt for stop orders"),
    _fair("liquidation_cascade", "a cascade of liquidations"),
    _fair("block_or_hedge", "a block, a hedge or a treasury"),
    _wrong("feed_gap", "a gap of the feed"),
    _wrong("decimal_or_lot", "a fault of decimals or lots"),
)
AHEAD = (
    _true("ahead_of_orders", "ahead of known orders"),
    _true("ahead_of_news", "ahead of news"),
    _fair("own_programme", "a standing programme of its own"),
    _fair("market_maker", "a market maker"),
    _wrong("chance_at_base_rate", "chance at this base rate"),
    _wrong("clocks", "clocks that differ"),
)
UNUSUAL = (
    _true("other_typology", "it turned out to be what the note names"),
    _fair("known_event", "a known event"),
    _wrong("nothing_unusual", "nothing unusual to a person"),
)
EACH = (
    Reason("needs_orders", "unclear", "open", "needs orders"),
    Reason("needs_identity", "unclear", "open", "needs the venue's identity of accounts"),
    Reason("too_little_history", "unclear", "open", "too little history"),
    Reason("wait", "unclear", "open", "wait for more"),
    Reason("other", "true", "abuse", "other, see the note"),
    Reason("other", "false", "innocent", "other, see the note"),
    Reason("other", "unclear", "open", "other, see the note"),
)
BY_TYPOLOGY: dict[str, tuple[Reason, ...]] = {
    **dict.fromkeys(
        ("wash_trading", "self_trade", "wash_ring", "round_trip", "pre_arranged_pair"), MATCHED
    ),
    **dict.fromkeys(
        ("pump_and_dump", "slow_pump", "ramping", "momentum_ignition", "marking_the_reference",
         "pump_account", "growing_notionals"), LIFTED,
    ),
    **dict.fromkeys(("flash_crash", "price_spike", "large_order", "volume_spike"), MOVED),
    "front_running": AHEAD,
}  # fmt: skip


KNOWN = {
    (one.code, one.verdict): one
    for family in (MATCHED, LIFTED, MOVED, AHEAD, UNUSUAL, EACH)
    for one in family
}


def reasons_for(typology: str) -> tuple[Reason, ...]:
    """The answers that fit a typology, those of its own first."""
    return (*BY_TYPOLOGY.get(typology, UNUSUAL), *EACH)


def words_of(code: str, verdict: str) -> str:
    """What a code means; the code itself where a later version has no such reason."""
    known = KNOWN.get((code, verdict))
    return known.words if known else code


def kind_of(code: str, verdict: str) -> Class:
    """Its class; where a later version has no such reason, what its verdict says at least."""
    known = KNOWN.get((code, verdict))
    fallback: dict[str, Class] = {"true": "abuse", "false": "wrong"}
    return known.kind if known else fallback.get(verdict, "open")
