"""Owner self-trade: two accounts of one owner trade with each other."""

from duckdb import DuckDBPyRelation
from pydantic import Field

from assets.detection.detector import DetectorParams, detector
from assets.detection.evidence import Trades, account_names, members

NAMED_ACCOUNTS = 6


class Params(DetectorParams):
    """What of its own trading an owner may do between its accounts."""

    min_trades: int = Field(3, ge=1, description="Trades between its accounts in 5 minutes.")
    min_share: float = Field(
        0.01, gt=0, le=1, description="Or their share of all that its accounts bought and sold."
    )


@detector(
    version=1,
    typology="self_trade",
    data_tier="accounts",
    subject="owner",
    grid="5 minutes",
    look_back="5 minutes",
    references=(
        "Delegated Regulation (EU) 2016/522, Annex II, on wash trades",
        "FINRA Rule 5210, Supplementary Material .02; CME Rule 534",
        "Regulation (EU) 2023/1114 (MiCA), Title VI, Articles 86 to 92",
    ),
    needs=("both_accounts", "owners"),
    null_rate_per_symbol_day=0.001,
    trades=Trades(accounts_column="account_ids"),
    description=(
        "Accounts {account_names}, all of owner {subject}, traded with each other {trade_count:,} "
        "times within five minutes, for {notional:6 digits} {quote}: {share:.1%} of what the owner "
        "bought and sold there."
    ),
    recommended_action=(
        "Check why these accounts have one owner (`tapewatch accounts`), and ask the venue for "
        "their orders in these minutes."
    ),
)
def owner_self_trade(
    bars_5m: DuckDBPyRelation, owner_self_trades_5m: DuckDBPyRelation, params: Params
) -> DuckDBPyRelation:
    """One owner on both sides, under the names of two accounts: no change of ownership.

    Who owns what is said by files of accounts and links (`core.accounts`): a declared owner, a
    device or a funding wallet in common join accounts, through others too. Hits where accounts of
    one owner trade three times with each other in five minutes, or where such trades are a
    hundredth of what they bought and sold. An account with itself is `self_trade`.

    Null rate: none by chance where the files are right, for two accounts have one owner or they do
    not. Stated is a bound, for strangers who share a device or a wallet.

    Known false positives: strangers behind one machine or one wallet; desks of one firm that must
    not know of each other; a broker whose clients' accounts are filed under its own name.

    Blind spot: accounts that no file links; a source that names one side of a trade; links that
    land after the day was judged, until it is run again.
    """
    found = bars_5m.query(
        "unread",
        """
        select
            self_trades.*,
            2 * self_trades.quantity / self_trades.own_quantity as share,
        from owner_self_trades_5m as self_trades
        inner join bars_5m using (venue, symbol, cell_start_at)
        """,
    )
    hits = found.filter(f"trade_count >= {params.min_trades} or share >= {params.min_share}")
    return hits.project(f"*, share >= {params.min_share} as is_large_share").project(
        f"""
        venue, symbol, owner_id, cell_start_at, cell_end_at,
        if(is_large_share, share, trade_count) as statistic,
        if(is_large_share, {params.min_share}, {params.min_trades}) as threshold,
        0.0::double as p_value,
        notional,
        notional_usd,
        account_ids,
        {members("account_ids")} as further_subjects,
        {{
            'account_names': {account_names("account_ids", NAMED_ACCOUNTS)},
            'trade_count': trade_count,
            'quantity': quantity,
            'notional': notional,
            'own_quantity': own_quantity,
            'share': share
        }} as evidence
        """
    )
