"""The replaced system's score of a trade gives its documented levels."""

import duckdb
import pytest

from assets.evaluation.risk_engine_scores import as_risk_engine

# by hand from its formula: symbol, dollars, order type, side, score, level, patterns, actions
EXAMPLES = [
    # |z| = 1.99996: what is far below the mean counts as what is far above
    ("BTC-USDT", 1, "MARKET", "buyer", 0.199996, "LOW", [], ["NONE"]),
    ("BTC-USDT", 50_000, "MARKET", "buyer", 0.0, "LOW", [], ["NONE"]),
    # z = 2 is no spike
    ("BTC-USDT", 100_000, "MARKET", "buyer", 0.2, "LOW", [], ["NONE"]),
    ("BTC-USDT", 100_001, "MARKET", "buyer", 0.500004, "HIGH", ["VOLUME_SPIKE"],
     ["ALERT_ONLY", "MANUAL_REVIEW_REQUIRED"]),
    # z = 1: of a limit order its size alone is called spoofing, without a cancel
    ("BTC-USDT", 75_000, "LIMIT", "buyer", 0.6, "HIGH", ["SPOOFING"],
     ["ALERT_ONLY", "TRADING_SUSPENSION"]),
    # 0.3 + 0.5 + 0.2 + 0.3, capped
    ("BTC-USDT", 550_000, "LIMIT", "buyer", 1.0, "CRITICAL",
     ["VOLUME_SPIKE", "SPOOFING", "LARGE_ORDER"],
     ["ALERT_ONLY", "TRADING_SUSPENSION", "MANUAL_REVIEW_REQUIRED"]),
    # 0.3 + 0.7 + 0.3
    ("BTC-USDT", 125_001, "MARKET", "seller", 1.0, "CRITICAL",
     ["VOLUME_SPIKE", "FLASH_CRASH_CONTRIBUTOR"], ["ALERT_ONLY", "MANUAL_REVIEW_REQUIRED"]),
    # ether: mean 25,000, deviation 15,000, large from 250,000
    ("ETH-USDT", 25_000, "LIMIT", "seller", 0.0, "LOW", [], ["NONE"]),
    ("ETH-USDT", 250_000, "MARKET", "buyer", 0.8, "CRITICAL", ["VOLUME_SPIKE", "LARGE_ORDER"],
     ["ALERT_ONLY", "MANUAL_REVIEW_REQUIRED"]),
    # all others: mean 10,000, deviation 5,000; z = 1.8, and 2.2
    ("SOL-USDT", 19_000, "MARKET", "buyer", 0.18, "LOW", [], ["NONE"]),
    ("XRP-USDT", 21_000, "MARKET", "buyer", 0.52, "HIGH", ["VOLUME_SPIKE"],
     ["ALERT_ONLY", "MANUAL_REVIEW_REQUIRED"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("symbol", "notional", "order_type", "side", "score", "level", "patterns", "actions"), EXAMPLES
)
def test_a_documented_trade_has_its_level(
    symbol: str, notional: int, order_type: str, side: str, score: float, level: str,
    patterns: list[str], actions: list[str],
) -> None:  # fmt: skip
    with duckdb.connect(":memory:") as connection:
        trades = connection.sql(
            "select ? as symbol, ?::decimal(38, 12) as notional, ? as order_type, "
            "? as aggressor_side",
            params=[symbol, notional, order_type, side],
        )
        scored = as_risk_engine(trades)
        (values,) = scored.fetchall()
    row = dict(zip(scored.columns, values, strict=True))
    assert row["risk_score"] == pytest.approx(score, abs=1e-9)
    assert row["final_risk_level"] == level
    assert row["triggered_patterns"] == patterns
    assert row["risk_mitigation_actions"] == actions
    assert row["is_spoofing"] == ("SPOOFING" in patterns)
    assert row["is_volume_spike"] == ("VOLUME_SPIKE" in patterns)
    assert row["is_large_order"] == ("LARGE_ORDER" in patterns)
    assert row["is_flash_crash_contrib"] == ("FLASH_CRASH_CONTRIBUTOR" in patterns)
    assert not row["is_wash_trading"]
    assert ("TAX_REPORTING_REQUIRED" in row["compliance_flags"]) == (notional > 10_000)
    assert row["market_impact_score"] == pytest.approx(min(1, notional / 1e6))
    assert row["liquidity_consumption"] == pytest.approx(min(1, notional / 5e5))
    assert row["price_slippage"] == (0.001 if order_type == "MARKET" else 0)


def test_their_percentile_is_a_clipped_line_of_z() -> None:
    with duckdb.connect(":memory:") as connection:
        trades = connection.sql(
            "select 'BTC-USDT' as symbol, unnest([50000, 75000, 500000]) as notional, "
            "'LIMIT' as order_type, 'buyer' as aggressor_side"
        )
        found = as_risk_engine(trades).project("symbol_volume_z_score, volume_percentile")
        assert found.fetchall() == [(0, 0.5), (1, 0.6), (18, 1)]
