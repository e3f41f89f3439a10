"""The currency that a symbol's prices are in, for reports and for the words of an alert."""


def quote_of(symbol: str) -> str:
    """The currency of a symbol's prices: USDT of BTC-USDT:USDT, USD of BTC-USD:BTC-240927."""
    return symbol.partition(":")[0].rpartition("-")[2]
