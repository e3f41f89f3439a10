"""Growing notionals: an account's orders multiply within two minutes, beyond its market's habit."""

from duckdb import DuckDBPyRelation
from pydantic import Field

from assets.detection.chance import erlang_tail, expected_accounts, smoothed_rate
from assets.detection.detector import DetectorParams, detector
from assets.detection.evidence import Trades

# three orders that each grow by half at least: what a stretch has grown by when it counts
LEAST_LOG_GROWTH = "2 * ln(1.5)"
# how often three random sizes grow so, and by how much more: where nothing is known yet
USUAL_RATE, USUAL_EXCESS = 0.1, 2.0


class Params(DetectorParams):
    """How rare an account's growing orders must be, and how large beside the market."""

    max_expected: float = Field(
        0.01, gt=0, lt=1, description="Accounts that chance would bring so far in a day."
    )
    min_share: float = Field(
        0.005, gt=0, le=1, description="Their share of what the market traded in the hour."
    )
    known_stretches: int = Field(
        20, ge=1, description="Stretches of other accounts in a day, from which on chance is known."
    )
    max_expected_unknown: float = Field(
        0.07, gt=0, lt=1, description="As max_expected, where chance is not known yet."
    )
    min_share_unknown: float = Field(
        0.25, gt=0, le=1, description="As min_share, where chance is not known yet."
    )


@detector(
    version=1,
    typology="growing_notionals",
    data_tier="accounts",
    subject="account",
    grid="5 minutes",
    look_back="5 minutes",
    references=(
        "The volume spike of codedstreams/crypto-risk-engine, with its base rate",
        "Regulation (EU) 2023/1114 (MiCA), Title VI, Articles 86 to 92",
    ),
    needs=("accounts",),
    null_rate_per_symbol_day=0.034,
    trades=Trades(last="1 hour"),
    description=(
        "Within an hour account {subject} sent {run_count:,} times three orders in a row of which "
        "each was at least half as large again as the one before, in two minutes: at most "
        "{first_notional:6 digits}, {second_notional:6 digits} and {third_notional:6 digits} "
        "{quote}. Of {stretch_count:,} such stretches of its orders {usual_count:2 digits} grow so "
        "by chance; they are {share_of_market:.0%} of what the market traded in the hour."
    ),
    recommended_action=(
        "See whether the price moved with the orders of account {subject} and who sold into them; "
        "ask whether the orders were one client's instruction."
    ),
)
def growing_notionals(
    bars_5m: DuckDBPyRelation, growing_orders_5m: DuckDBPyRelation, params: Params
) -> DuckDBPyRelation:
    """Orders of one account that multiply, more often and further than chance has it.

    A stretch is three orders of an account in a row within two minutes; it grows where each order
    is 1.5 times the one before at least. Of N stretches in the hour K grew, by a factor of G in
    all. The null: each grows with a chance p, and then by 2.25 times an exponential in logarithms,
    of mean m. p is the greater of the market's and the account's own share of growing stretches
    before, m the market's mean excess, both of the last day and drawn to 0.1 and 2 as if 100
    (20, 10) cases had shown these. Expected is N' / N * binomial(N, K) * p^K * P(Erlang(K, m) >=
    ln G / 2.25^K) over the N' stretches of the market's day: how many accounts chance would bring
    so far. Hits at 0.01 and a two-hundredth of the hour's volume.

    First day: before other accounts have shown 20 stretches, p and m are the declared ones, and a
    hit needs an expectation of 0.07 and a quarter of the hour's volume.

    Null rate: 30 alerts in 1,296 clean symbol-days of simulated markets, 25 of them in thin ones
    (288 trades a day), where chance is hardly ever known; 4 in 360 of busy markets (five seeds, on
    which thresholds were set; heavy-tailed retail orders, bots, makers). Stated is the upper end of
    the exact 95 % interval. By chance 7.6 to 11.6 % of random triples grow so.

    Known false positives: an order that a bot scales up by design, on its first day; one who tries
    a market with a small order first; bursts of retail orders around news.

    Blind spot: growth over more than two minutes, with smaller orders between, over several
    accounts or markets; fewer than four stretches among many accounts; equal orders, however many.
    """
    market_count = "others_stretch_count + earlier_stretch_count + stretch_count"
    rates = bars_5m.query(
        "unread",
        f"""
        select
            growing.*,
            run_notional / market_notional as share_of_market,
            {smoothed_rate("others_run_count", "others_stretch_count", f"{USUAL_RATE}", 100)}
                as market_rate,
            {smoothed_rate("earlier_run_count", "earlier_stretch_count", "market_rate", 20)}
                as own_rate,
            greatest(market_rate, own_rate) as rate,
            greatest(others_log_growth - others_run_count * {LEAST_LOG_GROWTH}, 0) as excess,
            greatest((excess + 10 * {USUAL_EXCESS}) / (others_run_count + 10), 1) as mean_excess,
            (log_growth - run_count * {LEAST_LOG_GROWTH}) / mean_excess as growth,
            others_stretch_count >= {params.known_stretches} as is_known,
            {expected_accounts("run_count", "stretch_count", f"({market_count})", "rate")}
                * {erlang_tail("growth", "run_count")} as expected,
        from growing_orders_5m as growing
        inner join bars_5m using (venue, symbol, cell_start_at)
        """,
    )
    hits = rates.filter(
        f"""
        expected <= if(is_known, {params.max_expected}, {params.max_expected_unknown})
        and share_of_market >= if(is_known, {params.min_share}, {params.min_share_unknown})
        """
    )
    return hits.project(
        """
        venue, symbol, account_id, cell_start_at, cell_end_at,
        run_count as statistic,
        least(stretch_count * rate, run_count) as threshold,
        least(expected, 1) as p_value,
        run_notional as notional,
        run_notional * usd_per_quote as notional_usd,
        {
            'run_count': run_count,
            'stretch_count': stretch_count,
            'usual_count': stretch_count * rate,
            'first_notional': largest_run[3],
            'second_notional': largest_run[2],
            'third_notional': largest_run[1],
            'share_of_market': share_of_market,
            'expected': expected,
            'market_rate': market_rate,
            'own_rate': own_rate,
            'others_stretch_count': others_stretch_count,
            'is_first_day': not is_known
        } as evidence
        """
    )
