"""The name of a venue for the word that a file has for it.

A venue is one id space and one order book a symbol: where a vendor writes one exchange's spot and
derivatives markets as two exchanges, so do we.
"""

import re

VENUE = re.compile(r"[a-z0-9_]{1,64}")
NO_VENUE = "unknown"
"""The venue of a message that could not be read; no venue may be called so."""

OTHER_NAMES = {
    # Tardis
    "binance_futures": "binance_usdm",
    "binance_delivery": "binance_coinm",
    "bybit_spot": "bybit",
    "bybit": "bybit_derivatives",
    "okex": "okx",
    "okex_spot": "okx",
    "okex_swap": "okx",
    "okex_futures": "okx",
    "okex_options": "okx",
    "cryptofacilities": "krakenfutures",
    "kraken_futures": "krakenfutures",
    "bitfinex_derivatives": "bitfinex",
    "gate_io": "gate",
    "gate_io_futures": "gate_derivatives",
    "kucoin_futures": "kucoinfutures",
    # ccxt
    "binanceusdm": "binance_usdm",
    "binancecoinm": "binance_coinm",
    # cryptofeed
    "kraken_spot": "kraken",
    "okx_spot": "okx",
}
AMBIGUOUS = {"bybit"}
"""Names that are a vendor's for one market and ours for another: only a vendor's file means it."""


def venue_of(word: str, *, vendor: bool = False) -> str | None:
    """Our name for a file's word; None where it is none. `vendor` is true of Tardis's files."""
    name = re.sub(r"[^a-z0-9]+", "_", word.strip().lower()).strip("_")
    if not VENUE.fullmatch(name) or name == NO_VENUE:
        return None
    if name in AMBIGUOUS and not vendor:
        return name
    return OTHER_NAMES.get(name, name)
