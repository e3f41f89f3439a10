"""The rows and messages of the five systems that this one replaces, one of each shape."""

from typing import Any

CRYPTO_TRADE: dict[str, Any] = {
    "tradeId": "t1",
    "userId": "u7",
    "customerId": "c3",
    "symbol": "BTC/USDT",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "side": "SELL",
    "orderType": "LIMIT",
    "quantity": 0.25,
    "price": 60000.5,
    "notional": 15000.125,
    "timestamp": 1_723_161_600_007,
    "exchange": "KRAKEN",
    "walletAddress": "0x52908400098527886E0F7030069857D2E4169EE7",
    "riskLevel": "LOW",
    "sessionId": None,
    "ipAddress": "192.168.1.2",
}
MARKET_TRADE = {
    "trade_id": "9a2f-1",
    "timestamp": "2024-08-09T00:00:00.123456",
    "symbol": "ETHUSDT",
    "price": 2640.25,
    "quantity": 1.5,
    "side": "BUY",
    "trader_id": "T1",
    "order_id": "o1",
    "event_type": "TRADE",
}
FETCHED_TRADE = {name: MARKET_TRADE[name] for name in MARKET_TRADE if name != "trader_id"}

READ: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "CryptoTrade": (
        CRYPTO_TRADE,
        ("kraken", "BTC-USDT", "t1", "seller", 60000.5, 0.25, "2024-08-09 00:00:00.007", "u7",
         "c3", "0x52908400098527886E0F7030069857D2E4169EE7", "LIMIT"),
    ),
    "trade with a trader": (
        MARKET_TRADE,
        ("file", "ETH-USDT", "9a2f-1", "buyer", 2640.25, 1.5, "2024-08-09 00:00:00.123456", "T1",
         None, None, None),
    ),
    "trade without a trader": (
        FETCHED_TRADE,
        ("file", "ETH-USDT", "9a2f-1", "buyer", 2640.25, 1.5, "2024-08-09 00:00:00.123456", None,
         None, None, None),
    ),
}  # fmt: skip
"""Each with its trade: venue, symbol, id, side, price, quantity, time, account, customer, wallet,
order type."""

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "request to produce": (
        {name: CRYPTO_TRADE[name] for name in ("userId", "symbol", "side", "quantity", "price")},
        "has no column 'trade_id', 'timestamp'",
    ),
    "RiskAnalyzedTrade": (
        {"originalTrade": CRYPTO_TRADE, "riskScore": 0.3, "finalRiskLevel": "LOW"},
        "alerts or judged trades of another system, not trades: 'originalTrade,riskScore",
    ),
    "RiskAlert": (
        {"alertId": "a", "timestamp": 1_723_161_600_007, "patternType": "WASH_TRADING"},
        "alerts or judged trades of another system, not trades: 'alertId",
    ),
    "alert of a surveillance system": (
        {"alert_type": "WASH", "severity": "HIGH", "detected_at": "2024-08-09", "details": "x"},
        "alerts or judged trades of another system, not trades: 'alert_type",
    ),
    "transaction between wallets": (
        {"tx_id": "x1", "sender": "w1", "receiver": "w2", "amount": 12.5, "timestamp": 1_723_161},
        "transfers between wallets, which are not read yet: 'tx_id,sender,receiver,amount",
    ),
    "market event of a symbol and a second": (
        {"timestamp": 1_723_161_600, "symbol": "BTC", "price": 43000.12, "volume": 12.5,
         "log_return": 0.0001, "is_anomaly": 0, "anomaly_type": ""},
        "has no column 'amount'",
    ),
    "price tick": (
        {"symbol": "BTCUSDT", "price": 60000.5, "time": 1_723_161_600_007},
        "a price without a quantity is no trade: 'symbol,price,time'",
    ),
    "market price": (
        {"asset": "BTC", "source": "binance", "price": 60000.5, "currency": "USDT",
         "timestamp": "2024-08-09T00:00:00Z"},
        "a price without a quantity is no trade: 'asset,source,price",
    ),
    "risk event": (
        {"asset": "BTC", "price": 60000.5, "volatility": 0.01, "z_score": 3.2,
         "risk_level": "EXTREME", "timestamp": 1_723_161_600, "source": "binance"},
        "a price without a quantity is no trade",
    ),
    "risk alert of a price": (
        {"asset": "BTC", "price": 60000.5, "risk": "ANOMALY", "score": -0.1},
        "a price without a quantity is no trade",
    ),
    "price of a coin": (
        {"id": "bitcoin", "symbol": "btc", "current_price": 60_000, "last_updated": "2024-08-09"},
        "a price without a quantity is no trade",
    ),
    "features": (
        {"log_return": 0.1, "volatility_10": 0.1, "z_score": 1.0, "momentum_10": 2, "price": 9e4},
        "a price without a quantity is no trade",
    ),
    "features of a window": (
        {"symbol": "BTC", "z_price": 0.1, "z_log_return": 0.2, "z_volume": 3.0,
         "rolling_price_std": 1.0, "rolling_volume_std": 2.0},
        "no known format: 'symbol,z_price",
    ),
    "bar": (
        {"symbol": "BTC", "timestamp": 1_723_161_600, "open": 1.0, "high": 2.0, "low": 0.5,
         "close": 1.5, "volume": 7.0},
        "bars of a period",
    ),
}  # fmt: skip
"""Each with what is said of it in a file."""
