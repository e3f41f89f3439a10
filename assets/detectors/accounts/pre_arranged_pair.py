"""Pre-arranged pair: two accounts meet far more often than their own activity leads to."""

from duckdb import DuckDBPyRelation
from pydantic import Field

from assets.detection.detector import DetectorParams, detector
from assets.detection.evidence import Trades, poisson_surprise


class Params(DetectorParams):
    """How often two accounts must meet, and how much of their trading that must be."""

    max_p_value: float = Field(
        1e-6, gt=0, lt=0.1, description="Chance of as many trades, were takers to meet at random."
    )
    min_trades: int = Field(20, ge=2, description="Trades of the two with each other in a day.")
    min_lift: float = Field(
        6.0, gt=1, description="Their trades beside those that their own activity leads to."
    )
    min_share: float = Field(
        0.3, gt=0, le=1, description="Their share of the day's trades of the less active one."
    )


@detector(
    version=1,
    typology="pre_arranged_pair",
    data_tier="accounts",
    subject="account",
    grid="1 hour",
    look_back="1 hour",
    references=(
        "Delegated Regulation (EU) 2016/522, Annex II, on wash trades and improper matched orders",
        "Regulation (EU) 2023/1114 (MiCA), Title VI, Articles 86 to 92",
    ),
    needs=("both_accounts",),
    null_rate_per_symbol_day=0.02,
    simulated_rate_per_symbol_day=0.0029,
    trades=Trades(last="1 day", counterparty_column="counterparty"),
    description=(
        "Within a day accounts {subject} and {counterparty} traded with each other "
        "{trade_count:,} times, {share:.0%} of the trades of the one that trades less, for "
        "{notional:6 digits} {quote}: {expected_count:2 digits} times would be chance, given how "
        "much each takes and makes."
    ),
    recommended_action=(
        "Ask who owns accounts {subject} and {counterparty}, and how their orders came to meet."
    ),
)
def pre_arranged_pair(
    bars_1h: DuckDBPyRelation, account_pairs_24h: DuckDBPyRelation, params: Params
) -> DuckDBPyRelation:
    """Two accounts that find each other in a market of many.

    Of an hour's M trades, i took t_i and made m_i; were takers to meet makers at random, i and j
    would trade E = (t_i m_j + t_j m_i) / M times. Hours with four trades of the two, and four times
    E, are summed over a day. Hits at 20 trades, a Poisson probability of at most 1e-6 (Chernoff's
    bound), six times E, and 30 % of all trades that the less active of the two had in that day.
    Two dominant makers are each other's expected partners, and have most trades with others.

    Null rate: one alert in 288 symbol-days of simulated markets (four seeds, on which thresholds
    were set; three days, 24 markets of 9,000 to 140,000 trades, with makers that face each other
    all day and look-alikes of makers that cross each other for an hour). Stated is the upper end of
    the exact 95 % interval.

    Known false positives: a client whose orders one dealer fills by agreement, outside the book;
    two members of a wash ring, who are found as such too.

    Blind spot: three accounts and more that share their meetings (a ring); two accounts that are a
    third of their market's hour, a sixth where one always takes; meetings of fewer than four an
    hour; sources that hide one side.
    """
    judged = bars_1h.query(
        "unread",
        f"""
        select
            pairs.*,
            pairs.trade_count / least(account_trade_count, counterparty_trade_count) as share,
            exp(-({poisson_surprise("pairs.trade_count", "expected_count")})) as p_value,
        from account_pairs_24h as pairs
        inner join (select venue, symbol, cell_start_at from bars_1h) as bars
            using (venue, symbol, cell_start_at)
        """,
    )
    hits = judged.filter(
        f"""
        trade_count >= {params.min_trades}
        and p_value <= {params.max_p_value}
        and trade_count >= {params.min_lift} * expected_count
        and share >= {params.min_share}
        """
    )
    return hits.project(
        f"""
        venue, symbol, account_id, cell_start_at, cell_end_at,
        counterparty_id as counterparty,
        trade_count as statistic,
        {params.min_trades} as threshold,
        p_value,
        notional,
        notional_usd,
        [{{'role': 'counterparty', 'kind': 'account', 'id': counterparty_id}}] as further_subjects,
        {{
            'counterparty': counterparty_id,
            'trade_count': trade_count,
            'expected_count': expected_count,
            'share': share,
            'hour_count': hour_count,
            'notional': notional,
            'account_trade_count': account_trade_count,
            'counterparty_trade_count': counterparty_trade_count,
            'p_value': p_value
        }} as evidence
        """
    )
