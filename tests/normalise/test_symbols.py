"""A venue's own symbols mean what the venue means by them."""

import pytest

from tests.normalise.conftest import Stage

HEADER = "timestamp,exchange,symbol,id,side,price,amount"
USD = {"USDT", "USD", "USDC", "FDUSD", "TUSD", "BUSD"}

# venue, its symbol, ours, kind, whether a contract is of dollars, size of a contract
MEANT = [
    ("file", "AST/BTC", "AST-BTC", "spot", False, None),
    ("file", "btc-usdt", "BTC-USDT", "spot", False, None),
    ("file", "BTC_USDT", "BTC-USDT", "spot", False, None),
    ("file", "币安人生USDT", "币安人生-USDT", "spot", False, None),
    ("file", "BTC/USDT:USDT", "BTC-USDT:USDT", "perpetual", False, None),
    ("file", "BTC/USDT:USDT-240927", "BTC-USDT:USDT-240927", "future", False, None),
    ("file", "BTC/USD:BTC", "BTC-USD:BTC", "perpetual", True, None),
    ("file", "BTC/USD:BTC-240927-50000-C", "BTC-USD:BTC-240927-50000-C", "option", True, None),
    ("file", "AVAX-USDT-SWAP", "AVAX-USDT:USDT", "perpetual", False, None),
    ("file", "BTCUSDT.P", "BTC-USDT:USDT", "perpetual", False, None),
    ("file", "ETHUSDT_240927", "ETH-USDT:USDT-240927", "future", False, None),
    ("file", "BTCUSD_PERP", "BTC-USD:BTC", "perpetual", True, 100),
    ("binance", "BTCUSDT", "BTC-USDT", "spot", False, None),
    ("binance", "BTCFDUSD", "BTC-FDUSD", "spot", False, None),
    ("binance", "USDTTRY", "USDT-TRY", "spot", False, None),
    ("binance", "ETHBTC", "ETH-BTC", "spot", False, None),
    ("binance", "1000PEPEUSDC", "1000PEPE-USDC", "spot", False, None),
    ("binance", "ARBUSD", "AR-BUSD", "spot", False, None),
    ("binance", "ADAEUR", "ADA-EUR", "spot", False, None),
    ("binance", "BTCAEUR", "BTC-AEUR", "spot", False, None),
    ("binance_usdm", "BTCUSDT", "BTC-USDT:USDT", "perpetual", False, 1),
    ("binance_usdm", "ETHUSDT_240927", "ETH-USDT:USDT-240927", "future", False, 1),
    ("binance_coinm", "BTCUSD_PERP", "BTC-USD:BTC", "perpetual", True, 100),
    ("binance_coinm", "BNBUSD_PERP", "BNB-USD:BNB", "perpetual", True, 10),
    ("binance_coinm", "ETHUSD_240927", "ETH-USD:ETH-240927", "future", True, 10),
    ("file", "BATUSD", "BAT-USD", "spot", False, None),
    ("file", "BNBUSD", "BNB-USD", "spot", False, None),
    ("file", "BTCTUSD", "BTC-TUSD", "spot", False, None),
    ("deribit", "BTC-PERPETUAL", "BTC-USD:BTC", "perpetual", True, 1),
    ("deribit", "SOL_USDC-PERPETUAL", "SOL-USDC:USDC", "perpetual", False, 1),
    ("deribit", "ETH-27SEP24", "ETH-USD:ETH-240927", "future", True, 1),
    ("deribit", "BTC-6SEP24-55000-P", "BTC-BTC:BTC-240906-55000-P", "option", False, 1),
    ("bitmex", "XBTUSD", "BTC-USD:BTC", "perpetual", True, 1),
    ("bitmex", "XBTUSDT", "BTC-USDT:USDT", "perpetual", False, None),
    ("kraken", "XXBTZUSD", "BTC-USD", "spot", False, None),
    ("kraken", "XBT/EUR", "BTC-EUR", "spot", False, None),
    ("kraken", "XDGUSD", "DOGE-USD", "spot", False, None),
    ("krakenfutures", "PI_XBTUSD", "BTC-USD:BTC", "perpetual", True, 1),
    ("krakenfutures", "PF_SOLUSD", "SOL-USD:USD", "perpetual", False, 1),
    ("bitfinex", "tBTCUSD", "BTC-USD", "spot", False, None),
    ("bitfinex", "tBTCF0:USTF0", "BTC-USDT:USDT", "perpetual", False, 1),
    ("bitfinex", "tDUSK:UST", "DUSK-USDT", "spot", False, None),
    ("okx", "BTC-USD-SWAP", "BTC-USD:BTC", "perpetual", True, 100),
    ("okx", "BTC-USDT-SWAP", "BTC-USDT:USDT", "perpetual", False, None),
    ("okx", "BTC-USDT-240927", "BTC-USDT:USDT-240927", "future", False, None),
    ("bybit_derivatives", "BTCUSD", "BTC-USD:BTC", "perpetual", True, 1),
    ("bybit_derivatives", "BTCPERP", "BTC-USDC:USDC", "perpetual", False, 1),
    ("bybit", "BTCUSDT", "BTC-USDT", "spot", False, None),
    ("hyperliquid", "BTC", "BTC-USDC:USDC", "perpetual", False, 1),
    ("hyperliquid", "kPEPE", "KPEPE-USDC:USDC", "perpetual", False, 1),
    ("hyperliquid", "PURR/USDC", "PURR-USDC", "spot", False, None),
    ("kucoinfutures", "XBTUSDTM", "BTC-USDT:USDT", "perpetual", False, None),
]
EITHER = "may be a contract of dollars or of {}: name its venue, or describe it in instruments.toml"
QUANTO = "is a quanto contract, whose value does not follow from its price"
# venue, its symbol, why it stays unknown
UNKNOWN = [
    ("file", "ARBUSD", "ARBUSD may be AR-BUSD or ARB-USD: write it with a separator"),
    ("file", "QQTUSD", "QQTUSD may be QQ-TUSD or QQT-USD: write it with a separator"),
    ("binance", "USDT", "unknown symbol USDT"),
    ("binance", "WHAT", "unknown symbol WHAT"),
    (
        "file",
        "XBTUSD",
        "XBTUSD " + EITHER.format("BTC"),
    ),
    (
        "file",
        "BTC-USD-PERP",
        "BTC-USD-PERP " + EITHER.format("BTC"),
    ),
    (
        "file",
        "BTC-27SEP24",
        "BTC-27SEP24 " + EITHER.format("BTC"),
    ),
    ("bitmex", "ETHUSD", "ETHUSD " + QUANTO),
    ("hyperliquid", "@107", "unknown symbol @107"),
    ("hyperliquid", "xyz:SP500", "unknown symbol xyz:SP500"),
    (
        "file",
        "ETH/USD:BTC",
        "ETH/USD:BTC " + QUANTO,
    ),
]


@pytest.mark.slow
def test_each_symbol_is_read_or_says_why_not(stage: Stage) -> None:
    lands: dict[str, list[str]] = {}
    for venue, name, *_ in [*MEANT, *UNKNOWN]:
        lands.setdefault(venue, []).append(name)
    for venue, names in lands.items():
        rows = [f"1723161600000,,{name},1,buy,1,1" for name in names]
        stage.land(f"{venue}.csv", [HEADER, *rows], venue=venue)
    stage.normalise("2024-08-09")
    found = stage.rows(
        "select venue, venue_symbol, symbol, kind, is_inverse, contract_size, symbol_problem, "
        "is_usd from memory.intermediate.int_trade_symbols"
    )
    by_name = {(venue, name): rest for venue, name, *rest in found}
    for venue, name, symbol, kind, is_inverse, size in MEANT:
        *read, problem, is_usd = by_name[venue, name]
        assert (read, problem) == ([symbol, kind, is_inverse, size], None), (venue, name)
        assert is_usd == (symbol.split("-")[1].split(":")[0] in USD), (venue, name)
    for venue, name, reason in UNKNOWN:
        symbol, *_, problem, _ = by_name[venue, name]
        assert (symbol, problem) == (None, reason), (venue, name)
