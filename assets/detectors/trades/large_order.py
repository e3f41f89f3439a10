"""Large order, against the tail of the symbol's own orders, or a floor while it has none."""

from duckdb import DuckDBPyRelation
from pydantic import Field

from assets.detection.detector import DetectorParams, detector
from assets.detection.evidence import Trades
from assets.detection.fallback import Fallback


class Params(DetectorParams):
    """How rare an order must be by the symbol's own tail, and how large beside its volume."""

    max_expected_per_day: float = Field(
        0.02, gt=0, lt=1, description="Orders of that size a day that the symbol's tail leads to."
    )
    min_share_of_usual_hour: float = Field(
        0.1, gt=0, description="Notional beside twelve median five-minute bars of the last day."
    )
    min_seconds: int = Field(
        2000, ge=1000, description="Seconds with a trade before a tail is believed."
    )
    exponent_errors: float = Field(
        1.0, ge=0, le=3, description="Standard errors that the tail is taken to be heavier."
    )
    # of the system that this one replaces
    floor_usd: tuple[tuple[str, float], ...] = Field(
        (("BTC", 500_000), ("ETH", 250_000), ("SOL", 100_000), ("DOT", 75_000)),
        description="Base assets, and for each US dollars, where no tail is believed.",
    )
    floor_usd_of_others: float = Field(50_000, gt=0, description="The same for all other assets.")
    min_times_largest: float = Field(
        12.0, ge=1, description="Times the largest order before, rare whatever the tail says."
    )
    min_days_of_largest: float = Field(
        3.0, gt=0, description="Days of history from which that is so."
    )
    min_times_largest_of_short: float = Field(
        25.0, ge=1, description="The same times where no tail is believed."
    )


@detector(
    version=4,
    typology="large_order",
    grid="1 second",
    # the tail of the last full hour starts at most two hours back
    look_back="2 hours",
    references=(
        "Hill: A simple general approach to inference about the tail of a distribution (1975)",
        "Regulation (EU) 2023/1114 (MiCA), Title VI, Articles 86 to 92",
    ),
    judgeable="second_count >= {min_seconds} and tail_exponent is not null",
    fallback=Fallback(
        judgeable="usd_per_quote is not null",
        null_rate_per_symbol_day=0.05,
        description=(
            "An order of {order_notional:6 digits} {quote} (side: {side}) was filled at once. "
            "History is too short to tell the tail of the symbol's orders: it was judged by a "
            "floor of {floor_usd:6 digits} dollars and by the largest order before it: "
            "{orders_before}."
        ),
    ),
    null_rate_per_symbol_day=0.04,
    trades=Trades(order_at="largest_order_at", side_column="largest_order_side"),
    description=(
        "An order of {order_notional:6 digits} {quote} (side: {side}) was filled at once: "
        "{share_of_usual_hour:.0%} of what usually trades in an hour. By the symbol's "
        "own orders of {covered_days:2 digits} days, of which the largest 1 % start at "
        "{tail_start_notional:6 digits}, one so large comes once in {expected_days:2 digits} "
        "days. The largest order before it: {orders_before}."
    ),
    recommended_action=(
        "See whether the order moved the price and whether smaller orders ran ahead of it; ask the "
        "venue whether it was a block or one account's liquidation."
    ),
)
def large_order(
    order_size_tails_1h: DuckDBPyRelation, bars_1s: DuckDBPyRelation, params: Params
) -> DuckDBPyRelation:
    """An order so large that the symbol's own order sizes hardly ever lead to it.

    Fills of one millisecond and one aggressor side are one order; the largest of each second is
    judged. The threshold is the size that a Pareto tail, fitted to the top 1 % of the largest
    orders of earlier seconds (up to 29 days and the day so far, by full hours), leads to
    `max_expected_per_day` times a day, the tail taken one standard error heavier than fitted; or
    twelve times the largest order of three days or more, where that is less: of a tail as heavy as
    most, orders beyond k times the largest of n days come k^-1.2 / n times a day. Where the largest
    is three times the next, it stood out itself, and the next counts in its place: else one such
    order hides all that follow. It is never less than a tenth of a usual hour's notional.

    With short history, where no tail is believed yet (`min_seconds`) or all large orders have one
    size, the threshold is a floor in dollars by base asset, 25 times the largest order before
    (of up to 29 days and the day so far), and a tenth of a usual hour where that is known. It needs
    a quote in dollars. Where times are whole seconds each trade counts as an order.

    Null rate: 0.004 to 0.019 a symbol-day on simulated orders of Pareto sizes (exponents 1.2 and 2;
    500, 4,000 and 20,000 seconds a day), less on lognormal ones; none in 175 symbol-days of 25 real
    files around announced pumps on Binance, 2018 to 2020; by twelve times the largest at most 0.017
    more, of three days, and by the next largest at most 0.009 (2 * 12^-1.2 * 3^-1.2 / n), and less
    of more. With short history, at ten times the largest, 0.03 over nine days of simulated thin
    markets (864 symbol-days of 288 trades) and, on first days, 0.085 there (720) and 0.16 with
    1,500 to 20,000 trades a day (213 in 1,368); at 25 times, a third of it for sizes of their
    exponent of 1.25. The floors alone would give 0.14, and 0.56 to 1.4.

    Known false positives: blocks and prints of trades agreed elsewhere; liquidations; many small
    orders of one side that fall into one millisecond; with short history, the first of a market's
    rare large orders.

    Blind spot: an order that is sliced over time, or hidden; a history with several large orders,
    which teach the tail that they are usual; with short history a single one, which hides the next,
    and a quote in no dollars (reported as insufficient); times of whole seconds, where of an order
    each fill stands for itself. What the order did to the price is known later: `tapewatch explain`
    and the report say it.
    """
    floors = " ".join(f"when '{asset}' then {usd}" for asset, usd in params.floor_usd)
    least_usd = min([params.floor_usd_of_others, *(usd for _, usd in params.floor_usd)])
    # a relation of its own: of one that is read twice DuckDB copies every row and column
    earlier_seconds = bars_1s.project(  # noqa: F841 (the SQL names it)
        "venue, symbol, cell_start_at, largest_order_notional"
    )
    judged = bars_1s.query(
        "unread",
        f"""
        with orders as (
            select
                bars_1s.*,
                tails.* exclude (venue, symbol, cell_start_at, cell_end_at, trade_day),
                coalesce(
                    second_count >= {params.min_seconds} and tail_exponent is not null, false
                ) as is_by_tail,
                bars_1s.largest_order_notional::double as statistic,
                bars_1s.notional_usd::double / nullif(bars_1s.notional, 0)::double as usd_rate,
                if(
                    is_by_tail,
                    tail_exponent * (1 - {params.exponent_errors} / sqrt(tail_count)),
                    null
                ) as exponent,
                tail_start_notional * greatest(
                    1, tail_count / covered_days / {params.max_expected_per_day}
                ) ** (1 / exponent) as rare_notional,
                case split_part(bars_1s.symbol, '-', 1)
                    {floors} else {params.floor_usd_of_others}
                end::double as floor_usd,
                12 * median_notional_5m as usual_notional_per_hour,
                (statistic / tail_start_notional) ** -exponent as share_of_tail,
                if(
                    covered_days >= {params.min_days_of_largest},
                    {params.min_times_largest} * usual_largest_notional,
                    null
                ) as beyond_largest,
            from bars_1s
            left join order_size_tails_1h as tails
                on
                    tails.venue = bars_1s.venue
                    and tails.symbol = bars_1s.symbol
                    and tails.cell_end_at = date_trunc('hour', bars_1s.cell_start_at)
            -- of most seconds this is known from two columns
            where
                if(
                    is_by_tail,
                    statistic >= least(rare_notional, beyond_largest),
                    bars_1s.notional_usd >= {least_usd}
                )
        ),

        large as (
            select *, floor_usd / usd_rate as floor_notional,
            from orders
            -- unknown dollars leave nothing to judge by
            where is_by_tail or statistic >= floor_notional
        )

        select
            *,
            (
                select max(earlier.largest_order_notional)::double
                from earlier_seconds as earlier
                where
                    earlier.venue = large.venue
                    and earlier.symbol = large.symbol
                    and earlier.cell_start_at >= date_trunc('hour', large.cell_start_at)
                    and earlier.cell_start_at < large.cell_start_at
            ) as largest_in_hour,
        from large
        """,
    ).project(
        f"""
        *,
        greatest(largest_notional, largest_in_hour) as largest_before,
        greatest(usual_largest_notional, largest_in_hour) as usual_largest,
        greatest(
            {params.min_share_of_usual_hour} * usual_notional_per_hour,
            if(
                is_by_tail,
                least(
                    rare_notional,
                    if(beyond_largest is null, null, {params.min_times_largest} * usual_largest)
                ),
                greatest(floor_notional, {params.min_times_largest_of_short} * largest_before)
            )
        ) as threshold
        """
    )
    return judged.filter("statistic >= threshold").project(
        """
        venue, symbol, cell_start_at, cell_end_at, statistic, threshold,
        tail_count / second_count * share_of_tail as p_value,
        statistic as notional,
        statistic * notional_usd::double / nullif(notional, 0)::double as notional_usd,
        largest_order_at,
        largest_order_side,
        not is_by_tail as by_fallback,
        {
            'order_notional': statistic,
            'side': case largest_order_side
                when 'buyer' then 'buy' when 'seller' then 'sell' else 'unknown'
            end,
            'traded_at': largest_order_at,
            'order_count': order_count,
            'expected_per_day': tail_count / covered_days * share_of_tail,
            'expected_days': covered_days / nullif(tail_count * share_of_tail, 0),
            'share_of_usual_hour': statistic / usual_notional_per_hour,
            'usual_notional_per_hour': usual_notional_per_hour,
            'tail_start_notional': tail_start_notional,
            'tail_exponent': tail_exponent,
            'tail_count': tail_count,
            'covered_days': covered_days,
            'floor_usd': if(is_by_tail, null, floor_usd),
            'largest_before': largest_before,
            'orders_before': if(
                largest_before is null,
                'none is known',
                format(
                    '{:,.0f}, which it exceeds {:,.0f} times',
                    largest_before,
                    statistic / largest_before
                )
            )
        } as evidence
        """
    )
