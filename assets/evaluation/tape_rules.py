"""Rules over the tape: those of Market-Surveillance-System, and the volatility of MarketPulse.

A mean and a deviation of the first are those of the whole data, later trades included.
"""

from assets.evaluation.replaced_rules import ACCOUNT_TRADES, WASH, Rule

RULES = (
    Rule(
        system="Market-Surveillance-System",
        name="wash_volume",
        ours=("volume_spike", *WASH),
        meaning="A second at whose end the quantity of five minutes is three deviations above the "
        "mean of the whole data, for a symbol.",
        query="""
            with seconds as (
                select
                    any_value(venue) as venue, symbol,
                    time_bucket(interval '1 second', traded_at) as second_at,
                    sum(quantity_double) as quantity,
                from lake.core.trades
                group by symbol, second_at
            ),

            rolling as (
                select
                    *,
                    sum(quantity) over (
                        partition by symbol order by second_at
                        range between interval 5 minutes preceding and current row
                    ) as rolling_quantity,
                from seconds
            )

            select
                venue, symbol, null as account_id,
                second_at - interval 5 minutes as start_at, second_at + interval 1 second as end_at,
                null as first_place, null as last_place,
            from rolling
            qualify
                rolling_quantity - avg(rolling_quantity) over (partition by symbol)
                > 3 * stddev_samp(rolling_quantity) over (partition by symbol)
        """,
    ),
    Rule(
        system="Market-Surveillance-System",
        name="wash_group",
        ours=WASH,
        meaning="A trader buys and sells a symbol at the same instant and price.",
        query=f"""
            with {ACCOUNT_TRADES}
            select
                venue, symbol, account_id, traded_at as start_at, traded_at as end_at,
                null as first_place, null as last_place,
            from account_trades
            group by venue, symbol, account_id, traded_at, price
            having count(distinct side) = 2
        """,
    ),
    Rule(
        system="Market-Surveillance-System",
        name="pump_and_dump",
        ours=("pump_and_dump", "slow_pump", "pump_account"),
        meaning="A trade from which the price rises 5 % in five minutes with three times as much "
        "bought as sold, and any later one from which the same is so downwards.",
        query="""
            with following as (
                select
                    *,
                    last_value(price_double) over next_minutes / price_double - 1 as change,
                    coalesce(sum(quantity_double) filter (where aggressor_side = 'buyer')
                        over next_minutes, 0) as bought,
                    coalesce(sum(quantity_double) filter (where aggressor_side = 'seller')
                        over next_minutes, 0) as sold,
                from lake.core.trades
                window next_minutes as (
                    partition by symbol order by traded_at
                    range between current row and interval 5 minutes following
                )
            ),

            last_dumps as (
                select symbol, max(traded_at) as dumped_at,
                from following
                where change <= -0.05 and sold >= 3 * bought
                group by symbol
            )

            select
                venue, symbol, null as account_id,
                traded_at as start_at, traded_at + interval 5 minutes as end_at,
                null as first_place, null as last_place,
            from following
            inner join last_dumps using (symbol)
            where change >= 0.05 and bought >= 3 * sold and dumped_at > traded_at
        """,
    ),
    Rule(
        system="MarketPulse",
        name="extreme_volatility",
        ours=("price_spike", "flash_crash", "pump_and_dump", "slow_pump", "market_anomaly"),
        meaning="A second whose volatility of fifty ticks is three deviations above the mean of "
        "the last fifty such.",
        query="""
            with ticks as (
                select
                    venue, symbol, time_bucket(interval '1 second', traded_at) as second_at,
                    avg(price_double) as price,
                from lake.core.trades
                group by all
            ),

            returns as (
                select *, ln(price / lag(price) over ticks_of) as log_return,
                from ticks
                window ticks_of as (partition by venue, symbol order by second_at)
            ),

            volatilities as (
                select
                    *,
                    stddev_pop(log_return) over last_ticks as volatility,
                    count(log_return) over last_ticks as return_count,
                from returns
                window last_ticks as (
                    partition by venue, symbol order by second_at rows 48 preceding
                )
            )

            select
                venue, symbol, null as account_id,
                second_at as start_at, second_at + interval 1 second as end_at,
                null as first_place, null as last_place,
            from volatilities
            where return_count = 49
            window last_fifty as (partition by venue, symbol order by second_at rows 49 preceding)
            qualify
                count(*) over last_fifty = 50
                and volatility - avg(volatility) over last_fifty
                >= 3 * nullif(stddev_pop(volatility) over last_fifty, 0)
        """,
    ),
)
