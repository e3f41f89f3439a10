"""Price spike: the price leaves at once, up or down, mostly through one order."""

from duckdb import DuckDBPyRelation
from pydantic import Field

from assets.detection.detector import DetectorParams, detector


class Params(DetectorParams):
    """How far a price must leave at once."""

    min_move: float = Field(
        0.02, gt=0, lt=1, description="Move of the price at once, as a share of where it started."
    )
    min_move_volatilities: float = Field(
        30.0, gt=0, description="The same move in volatilities of one minute, of the last day."
    )
    min_move_unscaled: float = Field(
        0.1, gt=0, lt=1, description="The move where the volatility is not known."
    )
    min_share_beyond: float = Field(
        0.5, ge=0, le=1, description="Share of the move beyond the prices of the 5 minutes before."
    )
    min_baseline_minutes: int = Field(
        120, ge=60, le=1440, description="Minutes of history before a volatility is believed."
    )


@detector(
    version=1,
    typology="price_spike",
    grid="5 seconds",
    look_back="5 seconds",
    references=(
        "Johnson et al.: Abrupt rise of new machine ecology beyond human response time (2013), "
        "ultrafast extreme events within 1.5 s",
        "Limit up - limit down bands of US equities, 5 to 20 %, as the order of magnitude",
        "Regulation (EU) 2023/1114 (MiCA), Title VI, Articles 86 to 92",
    ),
    judgeable="baseline_minutes is not null",
    null_rate_per_symbol_day=0.064,
    simulated_rate_per_symbol_day=0.0029,
    description=(
        "The price {direction} by {move:.1%} at once, from {price_before:8 digits} to "
        "{price:8 digits}; at least {threshold:.1%} counts here. {order_count:,} orders with "
        "{fill_count:,} fills traded {notional:6 digits} {quote} in these five seconds, of which "
        "the largest order {largest_order_notional:6 digits}."
    ),
    recommended_action=(
        "See whose order it was and whether it was a mistake, a liquidation or a way to trigger "
        "others' orders; whether the venue halted or cancelled trades, and what other venues did."
    ),
)
def price_spike(price_jumps_5s: DuckDBPyRelation, params: Params) -> DuckDBPyRelation:
    """The price leaves within two seconds, further than it usually moves in hours.

    Judged is the furthest that a price comes within a second and the second with trades before it:
    one order that sweeps the book, or a burst of some. Orders are not rebuilt, so a source of one
    fill an order is judged too. The threshold is 2 %, or thirty volatilities of one minute, root
    mean square of the last 24 hours with each return clipped at 2 %: where a book is so thin that
    usual orders move the price by percents, they make it as coarse. Half of the move must lie
    beyond the prices of the five minutes before, so the way back from a spike is none of its own.

    Null rate: 6 in 205.5 symbol-days of 25 real files of thin coins around announced
    pumps on Binance, 2018 to 2020, outside the pumps; one of severity high. None in
    720 symbol-days of simulated market where nothing had been planted. Stated is the upper end of
    the 95 % interval of the former.

    Known false positives: a large order through a thin book by mistake or in haste; liquidations;
    the first trades after news; a pump that opens with a sweep.

    Blind spot: a move that takes more than two seconds; a move across a silence of more than ten
    seconds, which may be a gap; less than 10 % in a market's first two hours; whether the order was
    a mistake; what happened after, such as a halt or trades that the venue cancelled.
    """
    judged = price_jumps_5s.project(
        f"""
        *,
        if(
            coalesce(price_after_rise / high_before - 1 >= {params.min_share_beyond} * rise, true),
            rise, 0
        ) as rise_beyond,
        if(
            coalesce(1 - price_after_fall / low_before >= {params.min_share_beyond} * fall, true),
            fall, 0
        ) as fall_beyond,
        rise_beyond >= fall_beyond as is_rise,
        greatest(rise_beyond, fall_beyond) as statistic,
        if(
            baseline_minutes >= {params.min_baseline_minutes},
            greatest({params.min_move}, {params.min_move_volatilities} * volatility_1m),
            {params.min_move_unscaled}
        )::double as threshold
        """
    )
    return judged.filter("statistic >= threshold").project(
        """
        venue, symbol, cell_start_at, cell_end_at, statistic, threshold,
        notional::double as notional,
        notional::double * usd_per_quote as notional_usd,
        {
            'direction': if(is_rise, 'rose', 'fell'),
            'move': statistic,
            'threshold': threshold,
            'price_before': if(
                is_rise, price_after_rise / (1 + rise), price_after_fall / (1 - fall)
            ),
            'price': if(is_rise, price_after_rise, price_after_fall),
            'high_before': high_before,
            'low_before': low_before,
            'volatility_1m': volatility_1m,
            'baseline_minutes': baseline_minutes,
            'order_count': order_count,
            'fill_count': fill_count,
            'notional': notional::double,
            'largest_order_notional': largest_order_notional::double
        } as evidence
        """
    )
