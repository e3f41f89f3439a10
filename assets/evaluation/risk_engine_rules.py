"""The four patterns and the score of crypto-risk-engine, by a user's or a symbol's trades.

A user's trades have no market there, and a symbol's no venue.
"""

from assets.evaluation.replaced_rules import ACCOUNT_TRADES, WASH, Rule
from assets.evaluation.risk_engine_scores import IS_LARGE, SCORE

THREE_IN_A_ROW = f"""
    with {ACCOUNT_TRADES}
    select
        venue, symbol, account_id,
        lag(traded_at, 2) over own as start_at, traded_at as end_at,
        place - 2 as first_place, place as last_place,
    from account_trades
    window own as (partition by account_id order by place)
"""


RULES = (
    Rule(
        system="crypto-risk-engine",
        name="volume_spike",
        ours=("growing_notionals", "volume_spike"),
        meaning="Three trades of a user in a row within two minutes, the first above 1,000, each "
        "1.5 times the one before.",
        query=f"""
            {THREE_IN_A_ROW}
            qualify
                lag(notional, 2) over own > 1000
                and lag(notional, 1) over own > 1.5 * lag(notional, 2) over own
                and notional > 1.5 * lag(notional, 1) over own
                and traded_at - lag(traded_at, 2) over own <= interval 2 minutes
        """,
    ),
    Rule(
        system="crypto-risk-engine",
        name="wash_trading",
        ours=WASH,
        meaning="A user buys, sells and buys within a minute, quantities within 10 %; whatever "
        "the symbol, the price and the counterparty.",
        query=f"""
            {THREE_IN_A_ROW}
            qualify
                side = 'BUY' and lag(side, 1) over own = 'SELL' and lag(side, 2) over own = 'BUY'
                and abs(quantity - lag(quantity, 1) over own) < 0.1 * lag(quantity, 1) over own
                and abs(lag(quantity, 1) over own - lag(quantity, 2) over own)
                    < 0.1 * lag(quantity, 2) over own
                and traded_at - lag(traded_at, 2) over own <= interval 1 minute
        """,
    ),
    Rule(
        system="crypto-risk-engine",
        name="large_order",
        ours=("large_order",),
        meaning="A trade of 500,000 dollars of BTC, 250,000 of ETH, 100,000 of SOL, 75,000 of "
        "DOT, 50,000 of anything else.",
        query=f"""
            select
                venue, symbol, account_id, traded_at as start_at, traded_at as end_at,
                null as first_place, null as last_place,
            from lake.core.trades
            where {IS_LARGE}
        """,
    ),
    Rule(
        system="crypto-risk-engine",
        name="flash_crash",
        ours=("flash_crash",),
        meaning="Ten sells in a row of a symbol within five minutes; the price is not looked at.",
        query="""
            with ordered as (
                select
                    *,
                    row_number() over by_symbol as place,
                    row_number() over by_symbol
                        - row_number() over by_side as run,
                from lake.core.trades
                window
                    by_symbol as (partition by symbol order by traded_at, sequence, trade_id),
                    by_side as (
                        partition by symbol, aggressor_side order by traded_at, sequence, trade_id
                    )
            ),

            runs as (
                select
                    *,
                    row_number() over in_run as sells,
                    lag(traded_at, 9) over in_run as start_at,
                from ordered
                where aggressor_side = 'seller'
                window in_run as (partition by symbol, run order by place)
            )

            select
                venue, symbol, null as account_id, start_at, traded_at as end_at,
                null as first_place, null as last_place,
            from runs
            where sells % 10 = 0 and traded_at - start_at <= interval 5 minutes
        """,
    ),
    Rule(
        system="crypto-risk-engine",
        name="trade_score",
        ours=("large_order", "volume_spike"),
        meaning="A trade that scores 0.5 or more: 0.3 for a z of 2, 0.2 for a large order, 0.7 for "
        "a sell above 100,000, and a tenth of z up to 0.3, by constants for mean and deviation.",
        query=f"""
            select
                venue, symbol, account_id, traded_at as start_at, traded_at as end_at,
                null as first_place, null as last_place,
            from lake.core.trades
            where {SCORE} >= 0.5
        """,
    ),
)
