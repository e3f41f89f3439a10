"""The score that crypto-risk-engine gives a trade, its faults included: a named set beside ours.

With z = (dollars - mean) / deviation, both constants by coin that it never learns, and T by coin:

    score = min(1, 0.3 [|z| > 2] + 0.5 [a limit order of over 50,000] + 0.2 [dollars >= T]
                   + 0.7 [a sale of over 100,000] + min(0.3, 0.1 |z|))

Its steps are CRITICAL from 0.7, HIGH from 0.5, MEDIUM from 0.3. As |z| has no sign, a dollar of
bitcoin scores 0.20 and fifty thousand 0. `scores.trades` has what we say of a trade instead.
"""

from collections.abc import Mapping

from duckdb import DuckDBPyRelation

# dollars from which one trade is a large order, and what any other coin's is
LARGE: Mapping[str, int] = {
    "BTC": 500_000, "ETH": 250_000, "SOL": 100_000, "ADA": 50_000, "DOT": 75_000,
}  # fmt: skip
LARGE_OTHERS = 50_000
# mean and deviation of a trade's dollars
MEANS, MEAN_OTHERS = {"BTC": 50_000, "ETH": 25_000}, 10_000
DEVIATIONS, DEVIATION_OTHERS = {"BTC": 25_000, "ETH": 15_000}, 5_000


def _by_base(values: Mapping[str, float], otherwise: float) -> str:
    cases = " ".join(f"when '{base}' then {value}" for base, value in values.items())
    return f"case split_part(symbol, '-', 1) {cases} else {otherwise} end"


CENTERED = f"(notional::double - {_by_base(MEANS, MEAN_OTHERS)})"
Z = f"{CENTERED} / {_by_base(DEVIATIONS, DEVIATION_OTHERS)}"
IS_SPIKE = f"abs({Z}) > 2"
IS_SPOOFING = "coalesce(order_type = 'LIMIT', false) and notional > 50000"
IS_LARGE = f"notional >= {_by_base(LARGE, LARGE_OTHERS)}"
IS_CRASH = "coalesce(aggressor_side = 'seller', false) and notional > 100000"
SCORE = f"""
    least(
        1,
        if({IS_SPIKE}, 0.3, 0) + if({IS_SPOOFING}, 0.5, 0) + if({IS_LARGE}, 0.2, 0)
        + if({IS_CRASH}, 0.7, 0) + least(0.3, 0.1 * abs({Z}))
    )
"""
"""SQL of the score, over symbol, notional, order_type and aggressor_side."""


def as_risk_engine(trades: DuckDBPyRelation) -> DuckDBPyRelation:
    """Each trade with what their message `RiskAnalyzedTrade` says of it, by their names.

    `trades` has symbol, notional, order_type and aggressor_side, as `core.trades`. What they set to
    a constant, as checks that nobody made and calls passed, is that constant here.
    """
    return trades.project(
        f"""
        *,
        {SCORE}::double as risk_score,
        case
            when risk_score >= 0.7 then 'CRITICAL'
            when risk_score >= 0.5 then 'HIGH'
            when risk_score >= 0.3 then 'MEDIUM'
            else 'LOW'
        end as final_risk_level,
        {Z} as symbol_volume_z_score,
        least(1, greatest(0, 0.5 + 0.1 * symbol_volume_z_score)) as volume_percentile,
        {IS_SPIKE} as is_volume_spike,
        {IS_SPOOFING} as is_spoofing,
        {IS_LARGE} as is_large_order,
        {IS_CRASH} as is_flash_crash_contrib,
        false as is_wash_trading,
        false as is_front_running,
        0.0 as trading_velocity,
        0.0 as cancel_to_fill_ratio,
        least(1, notional::double / 1e6) as market_impact_score,
        least(1, notional::double / 5e5) as liquidity_consumption,
        if(coalesce(order_type = 'MARKET', false), 0.001, 0)::double as price_slippage,
        if(is_volume_spike, ['VOLUME_SPIKE'], []) || if(is_spoofing, ['SPOOFING'], [])
        || if(is_large_order, ['LARGE_ORDER'], [])
        || if(is_flash_crash_contrib, ['FLASH_CRASH_CONTRIBUTOR'], []) as triggered_patterns,
        ['SANCTIONS_CHECK_PASSED', 'AML_CHECK_PASSED', 'KYC_VERIFIED']
        || if(notional > 10000, ['TAX_REPORTING_REQUIRED'], []) as compliance_flags,
        case
            when is_spoofing or is_large_order or is_volume_spike or is_flash_crash_contrib
                then ['ALERT_ONLY'] || if(is_spoofing, ['TRADING_SUSPENSION'], [])
                    || if(is_large_order or is_volume_spike, ['MANUAL_REVIEW_REQUIRED'], [])
            else ['NONE']
        end as risk_mitigation_actions
        """
    )
