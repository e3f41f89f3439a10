"""What the field looks for and no detector here does, each with the reason.

What is built says its own docstring.
"""

from dataclasses import dataclass
from typing import Literal

State = Literal["not built", "not concluded from this data", "a number, no alert"]


@dataclass(frozen=True)
class Pattern:
    """A pattern of the field's catalogue, and why it raises no alert."""

    name: str
    state: State
    reason: str


PATTERNS = (
    Pattern(
        "Size roundness, Benford's law, size breaks, clockwork, venue correlation, volume without "
        "impact",
        "a number, no alert",
        "Each has honest causes; `marts.venue_quality_days` has the number, what chance gives, and "
        "the reason where a day does not allow it.",
    ),
    Pattern(
        "Tail exponent of sizes",
        "not built",
        "Two studies with ground truth come to opposite conclusions from it.",
    ),
    Pattern(
        "Volume to depth",
        "not concluded from this data",
        "It needs snapshots of the order book.",
    ),
    Pattern(
        "Wash composite over a venue",
        "not built",
        "Its parts are not independent; their joint distribution by chance is not known yet.",
    ),
    Pattern(
        "Accumulation before a pump",
        "not built",
        "On public trades genuine accumulation looks the same; `pump_account` finds who did it "
        "where accounts are named.",
    ),
    Pattern(
        "Ultrafast extreme event",
        "not built",
        "`price_spike` covers it at the time that a jump takes.",
    ),
    Pattern(
        "Stop run",
        "not built",
        "Most are failed breakouts; where stops lie is not in trades.",
    ),
    Pattern(
        "Cross-venue divergence",
        "not built",
        "Prices need the same quote currency and a halt of withdrawals must be known.",
    ),
    Pattern(
        "Run-up before an announcement",
        "not concluded from this data",
        "It needs the times of listings and announcements.",
    ),
    Pattern(
        "Concentration of prints, of accounts, of a reference window",
        "not built",
        "A venue's makers are concentrated by contract; it needs their declared roles.",
    ),
    Pattern(
        "Insider account",
        "not concluded from this data",
        "It needs the events that were known to few, and an account's history of months.",
    ),
    Pattern(
        "Co-trading group",
        "not built",
        "Copy trading is a product and does the same.",
    ),
    Pattern(
        "Velocity, structuring, smurfing, dormant burst, wallet exposure, sanctions",
        "not concluded from this data",
        "They need transfers, wallets and lists; trades alone do not tell.",
    ),
    Pattern(
        "Spoofing, layering, quote stuffing, order-to-trade ratio, pinging, smoking, painting the "
        "tape",
        "not concluded from this data",
        "They are made of orders that do not trade; trades do not show them.",
    ),
    Pattern(
        "Cross-product manipulation, abusive squeeze",
        "not concluded from this data",
        "They need positions in derivatives by owner.",
    ),
)
