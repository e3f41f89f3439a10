"""Pump and dump, by the rush orders that open it and the fall that ends it."""

from duckdb import DuckDBPyRelation
from pydantic import Field

from assets.detection.detector import DetectorParams, detector
from assets.detection.evidence import Trades, poisson_surprise
from assets.detection.retracement import Retracement


class Params(DetectorParams):
    """The measured rule on a 5-second grid, and what counts as the dump."""

    min_surprise_nats: float = Field(
        24.0, gt=0, description="Poisson surprise of the rush orders of 20 s, in nats."
    )
    min_rise_volatilities: float = Field(
        11.0, gt=0, description="Log rise of the price in 60 s, in volatilities of one minute."
    )
    min_volatility: float = Field(
        0.004, gt=0, lt=0.02, description="Least volatility of one minute that is believed."
    )
    min_rush_hours: float = Field(
        1.1, gt=0, description="Money in rush orders in 60 s, in hours of the usual notional."
    )
    min_baseline_minutes: int = Field(
        120, ge=60, le=1440, description="Minutes of history before anything is judged."
    )
    min_share_given_back: float = Field(
        0.5, gt=0, le=1, description="Share of the rise that the price gives back in a dump."
    )
    max_minutes_to_dump: int = Field(
        60, gt=0, le=60, description="From the first hit's end to the dump, minutes."
    )


@detector(
    version=1,
    typology="pump_and_dump",
    grid="5 seconds",
    # the dump's hour, the silence before the hit that opened it, and a little more
    look_back="100 minutes",
    references=(
        "La Morgia, Mei, Sassi, Stefa: Pump and Dumps in the Bitcoin Era (2020), rush orders",
        "Regulation (EU) 2023/1114 (MiCA), Title VI, Articles 86 to 92",
        "Delegated Regulation (EU) 2016/522, Annex II",
    ),
    judgeable="baseline_minutes >= {min_baseline_minutes} and close_60s_before is not null",
    # a sweep is the fills of buyers in one millisecond
    needs=("aggressor_side", "time_below_seconds", "several_fills"),
    null_rate_per_symbol_day=0.015,
    simulated_rate_per_symbol_day=0.0029,
    trades=Trades(last="60 seconds", side="buyer"),
    confirmed_by=Retracement(
        direction="rise",
        prices="pump_inputs_5s",
        extreme="high",
        min_share="min_share_given_back",
        within_minutes="max_minutes_to_dump",
        furthest_name="peak_price",
        share_name="share_given_back",
    ),
    description=(
        "{rush_order_count:,} orders to buy swept the book within 20 s, where "
        "{expected_rush_orders:2 digits} are usual. They paid {rush_notional:6 digits} {quote} "
        "within a minute, {rush_hours:3 digits} times what usually trades in an hour, and the "
        "price rose by {rise:.1%}, from {price_before:8 digits} to {price:8 digits}."
    ),
    confirmed=(
        "The dump followed: {minutes_after:.1f} minutes after the first hit the price had given "
        "back {share_given_back:.0%} of its rise until then, from {price_before:8 digits} to a "
        "peak of {peak_price:8 digits}."
    ),
    unconfirmed="No dump within an hour has been seen.",
    recommended_action=(
        "Look for a call to buy at that minute in public channels, for accounts that bought in the "
        "hour before and sold into the rise, and consider a halt of the symbol."
    ),
)
def pump_and_dump(pump_inputs_5s: DuckDBPyRelation, params: Params) -> DuckDBPyRelation:
    """Many buyers at once sweep the book of a quiet symbol, and the price jumps within a minute.

    A cell hits when three things hold together: rush orders of the last 20 s far beyond a Poisson
    count at the rate of the last 24 hours, a rise in 60 s far beyond the volatility of a minute,
    and more money in rush orders in 60 s than usually trades in an hour. The statistic is the
    weakest of the three as a multiple of its threshold. The dump confirms: within an hour of the
    hit that opened the episode, half of the way from the price before the pump to the peak is
    given back.

    Null rate: 3 false alerts in 205.5 symbol-days of 25 real files around announced pumps on
    Binance, 2018 to 2020; two of the three look like pumps that nobody announced.

    Known false positives: one institution sweeping the book; listings and news; short squeezes.

    Blind spot: a pump that is built up slowly over hours; a symbol whose tick is 1 % of its price;
    a burst of seconds that ends in a halt; the first two hours of a symbol, and one that did not
    trade for a day; a source that tells times in whole seconds, one fill an order or no side, where
    no sweep is distinguished from strangers (all are reported as insufficient).
    """
    surprise = poisson_surprise("rush_order_count_20s", "expected_rush_orders")
    judged = pump_inputs_5s.filter(
        f"baseline_minutes >= {params.min_baseline_minutes} and close_60s_before is not null"
    ).project(
        f"""
        *,
        20 * (usual_rush_orders_per_second + 1 / 86400) as expected_rush_orders,
        {surprise} as surprise,
        ln(close / close_60s_before) as log_rise,
        rush_notional_60s::double / nullif(usual_notional_per_hour, 0) as rush_hours,
        least(
            surprise / {params.min_surprise_nats},
            log_rise / greatest(volatility_1m, {params.min_volatility})
            / {params.min_rise_volatilities},
            coalesce(rush_hours / {params.min_rush_hours}, 'infinity'::double)
        ) as statistic
        """
    )
    return judged.filter("statistic >= 1").project(
        """
        venue, symbol, cell_start_at, cell_end_at, statistic,
        1::double as threshold,
        exp(-surprise) as p_value,
        rush_notional_60s::double as notional,
        rush_notional_60s::double * usd_per_quote as notional_usd,
        {
            'rush_order_count': rush_order_count_20s,
            'expected_rush_orders': expected_rush_orders,
            'surprise_nats': surprise,
            'rush_notional': rush_notional_60s::double,
            'rush_hours': rush_hours,
            'usual_notional_per_hour': usual_notional_per_hour,
            'rise': close / close_60s_before - 1,
            'price_before': close_60s_before,
            'price': close,
            'volatility_1m': volatility_1m,
            'baseline_minutes': baseline_minutes
        } as evidence
        """
    )
