"""Flash crash: a fall within five minutes that is often taken back as fast."""

from duckdb import DuckDBPyRelation
from pydantic import Field

from assets.detection.detector import DetectorParams, detector
from assets.detection.evidence import Trades
from assets.detection.retracement import Retracement


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
    grid="5 seconds",
    # a volatility of the last two hours for each hit that may have opened an episode an hour ago
    look_back="4 hours",
    references=(
        "Limit up - limit down bands of US equities, 5 to 20 %, as the order of magnitude",
        "Regulation (EU) 2023/1114 (MiCA), Title VI, Articles 86 to 92",
    ),
    null_rate_per_symbol_day=0.14,
    simulated_rate_per_symbol_day=0.02,
    trades=Trades(last="5 minutes", side="seller"),
    confirmed_by=Retracement(
        direction="fall",
        prices="price_falls_5s",
        extreme="low",
        min_share="min_share_recovered",
        within_minutes="max_minutes_to_recover",
        furthest_name="price_low",
        share_name="share_recovered",
    ),
    description=(
        "At its steepest the price fell by {fall:.1%} within five minutes, from "
        "{price_before:8 digits} to {price_low:8 digits}; at least {threshold:.1%} counts here. "
        "Selling takers sold {seller_notional:6 digits} {quote} meanwhile, {seller_share:.0%} of "
        "all that traded."
    ),
    confirmed=(
        "A flash crash: {minutes_after:.1f} minutes after the first hit the price had taken back "
        "{share_recovered:.0%} of its fall until then, from {price_before:8 digits} to "
        "{price_low:8 digits}."
    ),
    unconfirmed="A gap move: no recovery of half of the fall within half an hour has been seen.",
    recommended_action=(
        "Compare the symbol on other venues in the same minutes, look for liquidations and for one "
        "account's orders through the book, and check the venue's status page for an outage."
    ),
)
def flash_crash(price_falls_5s: DuckDBPyRelation, params: Params) -> DuckDBPyRelation:
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
    judged = price_falls_5s.project(
        f"""
        *,
        1 - low / high_5m as statistic,
        case
            when volatility_5m is null then {params.min_fall_unscaled}
            else greatest({params.min_fall}, {params.min_fall_volatilities} * volatility_5m)
        end::double as threshold
        """
    )
    return judged.filter("statistic >= threshold").project(
        """
        venue, symbol, cell_start_at, cell_end_at, statistic, threshold,
        seller_notional_5m::double as notional,
        seller_notional_5m::double * usd_per_quote as notional_usd,
        {
            'fall': statistic,
            'threshold': threshold,
            'price_before': high_5m,
            'price_low': low,
            'volatility_5m': volatility_5m,
            'fall_volatilities': statistic / volatility_5m,
            'seller_notional': seller_notional_5m::double,
            'seller_share': seller_notional_5m::double / nullif(notional_5m, 0)::double
        } as evidence
        """
    )
