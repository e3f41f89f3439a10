"""Self-trade: one account on both sides of its trades."""

from duckdb import DuckDBPyRelation
from pydantic import Field

from assets.detection.detector import DetectorParams, detector
from assets.detection.evidence import Trades


class Params(DetectorParams):
    """What of its own trading an account may have with itself."""

    min_trades: int = Field(3, ge=1, description="Trades of the account with itself in 5 minutes.")
    min_share: float = Field(
        0.01, gt=0, le=1, description="Or their share of all that it bought and sold in them."
    )


@detector(
    version=1,
    typology="self_trade",
    data_tier="accounts",
    subject="account",
    grid="5 minutes",
    look_back="5 minutes",
    references=(
        "Delegated Regulation (EU) 2016/522, Annex II, on wash trades",
        "FINRA Rule 5210, Supplementary Material .02; CME Rule 534",
        "Regulation (EU) 2023/1114 (MiCA), Title VI, Articles 86 to 92",
    ),
    needs=("accounts",),
    null_rate_per_symbol_day=0.001,
    trades=Trades(quantities_column="quantities", counterparty_column="counterparty"),
    description=(
        "Account {subject} traded with itself {trade_count:,} times within five minutes, for "
        "{notional:6 digits} {quote}: {share:.1%} of what it bought and sold there."
    ),
    recommended_action=(
        "Ask the venue for the orders of account {subject} in these minutes, and whether two desks "
        "share the account."
    ),
)
def self_trade(
    bars_5m: DuckDBPyRelation, account_self_trades_5m: DuckDBPyRelation, params: Params
) -> DuckDBPyRelation:
    """An account that buys from itself: money and coins stay where they were.

    Where a source names both sides, a self-trade is a trade whose buyer is its seller. In a trade
    log of one side a row, it is two rows of one account, symbol, price and instant with opposite
    sides, of equal quantity; or several, of which both sides have the same sum. An instant is as
    fine as the source's times. Each is a fact. Hits where an account has three in five minutes, or
    where they are a hundredth of what it bought and sold there.

    Null rate: none by chance where both sides are named, for an account is on both or it is not.
    In a log of one side a row, two rows must agree by chance in instant, price and quantity: none
    did in a trade log of 340,631 rows without its wash pairs (500 traders, by the microsecond).
    Stated is a bound, for accounts that a venue shares between clients.

    Known false positives: independent desks or clients behind one account; a venue that does not
    prevent self-matches, of a maker's two strategies; a log with times of whole seconds of a bot
    that trades one lot to and fro.

    Blind spot: one owner with two accounts; a source that names no account; in a log of one side a
    row, sides that are reported at different instants or prices, or of unequal sums.
    """
    found = bars_5m.query(
        "unread",
        """
        select
            self_trades.*,
            2 * self_trades.quantity / self_trades.own_quantity as share,
        from account_self_trades_5m as self_trades
        inner join bars_5m using (venue, symbol, cell_start_at)
        """,
    )
    hits = found.filter(f"trade_count >= {params.min_trades} or share >= {params.min_share}")
    return hits.project(f"*, share >= {params.min_share} as is_large_share").project(
        f"""
        venue, symbol, account_id, cell_start_at, cell_end_at,
        if(is_large_share, share, trade_count) as statistic,
        if(is_large_share, {params.min_share}, {params.min_trades}) as threshold,
        if(is_two_sided, 0.0::double, null) as p_value,
        notional,
        notional_usd,
        quantities,
        if(is_two_sided, account_id, null) as counterparty,
        {{
            'trade_count': trade_count,
            'quantity': quantity,
            'notional': notional,
            'own_quantity': own_quantity,
            'share': share
        }} as evidence
        """
    )
