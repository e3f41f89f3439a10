"""Slow pump: many buys lift a quiet symbol within minutes, and none of them sweeps the book."""

from duckdb import DuckDBPyRelation
from pydantic import Field

from assets.detection.detector import DetectorParams, detector
from assets.detection.evidence import Trades, poisson_surprise
from assets.detection.retracement import Retracement


class Params(DetectorParams):
    """What three minutes of buying must show, and what counts as the dump."""

    min_surprise_nats: float = Field(
        16.0, gt=0, description="Poisson surprise of the buying takers' orders of 3 minutes, nats."
    )
    min_rise: float = Field(0.05, gt=0, lt=1, description="Log rise of the price in 3 minutes.")
    min_rise_volatilities: float = Field(
        14.0, gt=0, description="The same rise in volatilities of one minute, of the last day."
    )
    min_buyer_hours: float = Field(
        0.3, gt=0, description="Money of buying takers in 3 minutes, in hours of usual notional."
    )
    min_buyer_share: float = Field(
        0.55, ge=0.5, le=1, description="Their share of all that traded in these 3 minutes."
    )
    max_rush_share: float = Field(
        0.5, ge=0, le=1, description="Of their money, what at most went into sweeps of the book."
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
    typology="slow_pump",
    grid="5 seconds",
    # the dump's hour, the silence before the hit that opened it, and a little more
    look_back="100 minutes",
    references=(
        "Fantazzini, Xiao: Detecting Pump-and-Dumps with Crypto-Assets (2023), buying before pumps",
        "Regulation (EU) 2023/1114 (MiCA), Title VI, Articles 86 to 92",
        "Delegated Regulation (EU) 2016/522, Annex II",
    ),
    judgeable="baseline_minutes >= {min_baseline_minutes} and close_3m_before is not null",
    needs=("aggressor_side",),
    null_rate_per_symbol_day=0.073,
    simulated_rate_per_symbol_day=0.0029,
    trades=Trades(last="3 minutes", side="buyer"),
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
        "The price rose by {rise:.1%} within three minutes, from {price_before:8 digits} to "
        "{price:8 digits}, under {buyer_order_count:,} orders to buy, where "
        "{expected_buyer_orders:2 digits} are usual. They paid {buyer_notional:6 digits} {quote}, "
        "{buyer_hours:3 digits} times what usually trades in an hour and {buyer_share:.0%} of all "
        "that traded; sweeps of the book were {rush_share:.0%} of it."
    ),
    confirmed=(
        "The dump followed: {minutes_after:.1f} minutes after the first hit the price had given "
        "back {share_given_back:.0%} of its rise until then, from {price_before:8 digits} to a "
        "peak of {peak_price:8 digits}."
    ),
    unconfirmed="No dump within an hour has been seen.",
    recommended_action=(
        "Look for a call to buy in these minutes in public channels, for accounts that bought in "
        "the hour before and sold into the rise, and for news."
    ),
)
def slow_pump(pump_inputs_5s: DuckDBPyRelation, params: Params) -> DuckDBPyRelation:
    """Hundreds of buys of ordinary size lift the price within minutes, without sweeping the book.

    A cell hits when five things hold over the three minutes up to its end: orders of buying takers
    far beyond a Poisson count at the rate of the last 24 hours, a log rise of 5 % and of fourteen
    volatilities of one minute, their money beside a usual hour's, their share of all that traded,
    and at most half of their money in rush orders (several fills in one millisecond). Where more of
    it is, `pump_and_dump` judges; where a source tells one fill an order, nobody sweeps, and this
    detector sees the pumps that the other cannot. The dump confirms: within an hour of the hit that
    opened the episode, half of the way from the price before to the peak is given back. Orders come
    in clusters, so the surprise is no probability, and none is stated.

    Null rate: 3 in 120 symbol-days of real files of thin coins around announced pumps on Binance,
    2018 to 2020, the pumps not taken out, counted after the thresholds were set on simulated
    markets. Stated is the upper end of the exact 95 % interval. Where a source tells one fill an
    order, sweeps count too, and more is found.

    Known false positives: news and listings; a short squeeze; a thin symbol that a few impatient
    buyers lift.

    Blind spot: a rise that takes longer than three minutes, or less than 5 % in them; buying
    through both sides; the first two hours of a symbol; a source without sides; who bought.
    """
    surprise = poisson_surprise("buyer_order_count_3m", "expected_buyer_orders")
    judged = pump_inputs_5s.filter(
        f"baseline_minutes >= {params.min_baseline_minutes} and close_3m_before is not null"
    ).project(
        f"""
        *,
        180 * (usual_buyer_orders_per_second + 1 / 86400) as expected_buyer_orders,
        {surprise} as surprise,
        buyer_notional_3m::double as buyer_notional,
        buyer_notional / nullif(usual_notional_per_hour, 0) as buyer_hours,
        buyer_notional / nullif(notional_3m, 0)::double as buyer_share,
        rush_notional_3m::double / nullif(buyer_notional, 0) as rush_share,
        ln(close / close_3m_before) as statistic,
        greatest({params.min_rise}, {params.min_rise_volatilities} * volatility_1m)::double
            as threshold
        """
    )
    return judged.filter(
        f"""
        statistic >= threshold
        and surprise >= {params.min_surprise_nats}
        and coalesce(buyer_hours >= {params.min_buyer_hours}, true)
        and buyer_share >= {params.min_buyer_share}
        and rush_share <= {params.max_rush_share}
        """
    ).project(
        """
        venue, symbol, cell_start_at, cell_end_at, statistic, threshold,
        buyer_notional as notional,
        buyer_notional * usd_per_quote as notional_usd,
        {
            'buyer_order_count': buyer_order_count_3m,
            'expected_buyer_orders': expected_buyer_orders,
            'surprise_nats': surprise,
            'buyer_notional': buyer_notional,
            'buyer_hours': buyer_hours,
            'buyer_share': buyer_share,
            'rush_share': rush_share,
            'usual_notional_per_hour': usual_notional_per_hour,
            'rise': close / close_3m_before - 1,
            'price_before': close_3m_before,
            'price': close,
            'volatility_1m': volatility_1m,
            'baseline_minutes': baseline_minutes
        } as evidence
        """
    )
