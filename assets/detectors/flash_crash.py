"""Flash crash: a fall within five minutes that is often taken back as fast."""

from datetime import timedelta

from duckdb import DuckDBPyRelation
from pydantic import Field

from assets.detection.detector import DetectorParams, detector
from assets.detection.evidence import trades_predicate
from assets.detection.retracement import retracements

COOL_DOWN = timedelta(minutes=30)


class Params(DetectorParams):
    """How deep a fall must be, and what counts as the recovery."""

    min_fall: float = Field(
        0.05, gt=0, lt=1, description="Fall from the highest price of five minutes, as a share."
    )
    min_fall_volatilities: float = Field(
        8.0, gt=0, description="The same fall in volatilities of five minutes, at that time of day."
    )
    min_fall_unscaled: float = Field(
        0.1, gt=0, lt=1, description="The fall where no volatility of the last two hours is known."
    )
    min_share_recovered: float = Field(
        0.5, gt=0, le=1, description="Share of the fall that the price takes back in a recovery."
    )
    max_minutes_to_recover: int = Field(
        30, gt=0, le=60, description="From the first hit's end to the recovery, minutes."
    )


@detector(
    version=1,
    typology="flash_crash",
    scope=("venue", "symbol"),
    grid="5 seconds",
    # a volatility of the last two hours for each hit that may have opened an episode an hour ago
    look_back="4 hours",
    references=(
        "Limit up - limit down bands of US equities, 5 to 20 %, as the order of magnitude",
        "Regulation (EU) 2023/1114 (MiCA), Title VI, Articles 86 to 92",
    ),
    null_rate_per_symbol_day=0.14,
    description=(
        "The price fell by {fall:.1%} within five minutes, from {price_before:8 digits} to "
        "{price_low:8 digits}; at least {threshold:.1%} counts here. Selling takers sold "
        "{seller_notional:6 digits} {quote} meanwhile, {seller_share:.0%} of all that traded."
    ),
    confirmed=(
        "A flash crash: {minutes_after:.1f} minutes later the price had taken back "
        "{share_recovered:.0%} of the fall from its low of {price_low:8 digits}."
    ),
    unconfirmed="A gap move: no recovery of half of the fall within half an hour has been seen.",
    recommended_action=(
        "Compare the symbol on other venues in the same minutes, look for liquidations and for one "
        "account's orders through the book, and check the venue's status page for an outage."
    ),
)
def flash_crash(
    price_moves_5s: DuckDBPyRelation, price_volatility_5m: DuckDBPyRelation, params: Params
) -> DuckDBPyRelation:
    """The price falls within five minutes far beyond its volatility; a recovery confirms.

    A cell hits when its low lies below the highest price of the five minutes up to it by 5 % and by
    eight volatilities of five minutes, taken from before those five minutes. Where none of the last
    two hours is known, the fall must be 10 %: thin or new symbols are judged, more coarsely. The
    recovery confirms: within half an hour of the hit that opened the episode the price has taken
    back half of the way down. Without one the alert is called a gap move.

    Null rate: none on the tests' quiet market; on 25 real files of thin coins around announced
    pumps on Binance, 2018 to 2020, 0.14 a symbol-day outside the pumps, most of them real falls
    through a thin book: the figure stated is this upper bound.

    Known false positives: true repricing after news; the outage of a venue; one order through a
    thin book, which is over in a second.

    Blind spot: falls slower than five minutes; a fall across a halt of more than five minutes; a
    symbol that is volatile anyway; what other venues did at the time.
    """
    falls = _judged(price_moves_5s, price_volatility_5m, params).filter("statistic >= threshold")
    recoveries = retracements(
        falls.project("*, high_5m as price_before"),
        price_moves_5s.project("*, low as extreme"),
        direction="fall",
        min_share=params.min_share_recovered,
        within=timedelta(minutes=params.max_minutes_to_recover),
        reach=COOL_DOWN,
    )
    return _testimony(falls, recoveries, params)


def _judged(
    price_moves_5s: DuckDBPyRelation, price_volatility_5m: DuckDBPyRelation, params: Params
) -> DuckDBPyRelation:
    return price_moves_5s.query(
        "unread",
        f"""
        with falls as (
            select *, 1 - low / high_5m as statistic from price_moves_5s
            where statistic >= {min(params.min_fall, params.min_fall_unscaled)}
        ),

        with_volatility as (
            select
                falls.*,
                if(
                    volatility.cell_end_at > falls.cell_end_at - interval 2 hours,
                    volatility.sigma_scaled,
                    null
                ) as volatility_5m,
            from falls
            asof left join (
                select * from price_volatility_5m where sigma_scaled > 0
            ) as volatility
                on
                    volatility.venue = falls.venue
                    and volatility.symbol = falls.symbol
                    and volatility.cell_end_at <= falls.cell_end_at - interval 5 minutes
        )

        select
            *,
            case
                when volatility_5m is null then {params.min_fall_unscaled}
                else greatest({params.min_fall}, {params.min_fall_volatilities} * volatility_5m)
            end::double as threshold,
        from with_volatility
        """,
    )


def _testimony(
    falls: DuckDBPyRelation, recoveries: DuckDBPyRelation, params: Params
) -> DuckDBPyRelation:
    sold = trades_predicate("cell_end_at - interval 5 minutes", "cell_end_at", "'seller'")
    recovered = trades_predicate("opened_at", "cell_end_at")
    return falls.query(
        "unread",
        f"""
        select
            venue, symbol, cell_start_at, cell_end_at,
            'hit' as kind,
            statistic,
            threshold,
            null::double as p_value,
            seller_notional_5m::double as notional,
            seller_notional_5m::double * usd_per_quote as notional_usd,
            {{
                'fall': statistic,
                'threshold': threshold,
                'price_before': high_5m,
                'price_low': low,
                'volatility_5m': volatility_5m,
                'fall_volatilities': statistic / volatility_5m,
                'seller_notional': seller_notional_5m::double,
                'seller_share': seller_notional_5m::double / nullif(notional_5m, 0)::double,
                'trades_predicate': {sold},
            }} as evidence,
        from falls
        union all by name
        select
            venue, symbol, cell_start_at, cell_end_at,
            'confirmation' as kind,
            share as statistic,
            {params.min_share_recovered}::double as threshold,
            {{
                'minutes_after': date_diff('second', opened_at, cell_end_at) / 60,
                'price_before': price_before,
                'price_low': furthest,
                'price': close,
                'share_recovered': least(share, 1),
                'trades_predicate': {recovered},
            }} as evidence,
        from recoveries
        """,
    )
