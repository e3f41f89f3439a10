"""Wash ring: accounts that trade with each other, far beyond chance, and end flat."""

from duckdb import DuckDBPyRelation
from pydantic import Field

from assets.detection.detector import DetectorParams, detector
from assets.detection.evidence import Trades, account_names, members

NAMED_ACCOUNTS = 10


class Params(DetectorParams):
    """What a closed cluster of a day must show."""

    min_accounts: int = Field(3, ge=3, description="Members; two accounts are a pair, no ring.")
    min_trades: int = Field(12, ge=6, description="Trades of members with each other in the day.")
    min_volume_share: float = Field(
        0.001, ge=0.0005, le=1, description="Share of the day's quantity that these trades are."
    )
    min_surprise_nats: float = Field(
        20, ge=10, description="How far their number is beyond chance: a chance of exp(-nats)."
    )
    min_both_sides_share: float = Field(
        0.5, ge=0.5, le=1, description="Share of the day's quantity that names both accounts."
    )


@detector(
    version=2,
    typology="wash_ring",
    data_tier="accounts",
    # the first member by name: of two rings of a market, each is an alert
    subject="account",
    grid="1 day",
    look_back="0 days",
    references=(
        "Sirolly, Ma, Kanoria, Sethi (2025), on closed clusters of wash traders",
        "Victor, Weintraud: Detecting and Quantifying Wash Trading (2021)",
        "Delegated Regulation (EU) 2016/522, Annex II",
    ),
    judgeable="both_sides_share >= {min_both_sides_share}",
    unjudged_because="less than half of the quantity names both accounts",
    null_rate_per_symbol_day=0.041,
    episode_gap_cells=1,
    trades=Trades(accounts_column="account_ids", least_quantity_column="least_quantity"),
    description=(
        "{account_count:,} accounts ({account_names}) traded {trade_count:,} times with each other "
        "{size_words}and end flat (net {net_over_gross:.1%} of gross): {volume_share:.1%} of the "
        "day's quantity; {expected_trade_count:3 digits} such trades would be expected by chance."
    ),
    recommended_action=(
        "Ask the venue who owns these accounts and why they trade with each other. One member in "
        "nearly all trades (a star) may be a desk that fills its clients; makers may hand stock to "
        "each other. The trades show a pattern, no intent."
    ),
)
def wash_ring(closed_clusters_1d: DuckDBPyRelation, params: Params) -> DuckDBPyRelation:
    """Accounts trade in circles: no pair need repeat, and nobody holds anything in the end.

    Of the day's trades those between unexpected partners are looked at: pairs that share more
    trades than takers and makers who meet at random in each part of the day would. Accounts that
    are not flat are peeled off until all that remain are flat among themselves. A member's honest
    trades raise what chance gives, so that pairs are also judged among large trades alone, and by
    activity that leaves surprising pairs out (`ml/closed_clusters.py`).

    Null rate: no cluster in 90 clean simulated days (1,500 to 80,000 trades); stated is the upper
    end of the exact 95 % interval, of a simulator: no labels of a real venue were at hand.

    Known false positives: a desk that fills its clients and ends flat with each; dealers who trade
    with each other alone; makers who hand each other stock in large trades and end flat inside.

    Blind spot: members so busy beside the ring that they do less than a quarter of their quantity
    inside it, or of a large ring in many small trades less than a third; positions closed on
    another day, symbol or venue; outsiders who stand in for members; fewer than four trades a
    member; rings of more than an eighth to a quarter of the day, which the market's note shows
    alone; trades that do not name both accounts.
    """
    return closed_clusters_1d.filter(
        f"""
        both_sides_share >= {params.min_both_sides_share}
        and len(account_ids) >= {params.min_accounts}
        and trade_count >= {params.min_trades}
        and volume_share >= {params.min_volume_share}
        and surprise_nats >= {params.min_surprise_nats}
        """
    ).project(
        f"""
        venue, symbol, account_ids[1] as account_id, cell_start_at, cell_end_at,
        surprise_nats as statistic,
        {params.min_surprise_nats}::double as threshold,
        exp(-surprise_nats) as p_value,
        notional,
        notional_usd,
        account_ids,
        least_quantity,
        {members("account_ids[2:]")} as further_subjects,
        {{
            'account_count': len(account_ids),
            'account_names': {account_names("account_ids", NAMED_ACCOUNTS)},
            'size_words': case
                when least_quantity > 0
                    then 'in trades of at least ' || printf('%.3g', least_quantity) || ' '
                else ''
            end,
            'trade_count': trade_count,
            'expected_trade_count': expected_trade_count,
            'surprise_nats': surprise_nats,
            'partners': partners,
            'least_quantity': least_quantity,
            'volume_share': volume_share,
            'closed_share': closed_share,
            'net_over_gross': net_over_gross,
            'day_flatness': day_flatness,
            'mean_score': mean_score,
            'shape': shape,
            'used_pair_share': used_pair_share,
            'reciprocity': reciprocity,
            'alternation': alternation,
            'median_holding_s': median_holding_s,
            'first_traded_at': first_traded_at,
            'last_traded_at': last_traded_at,
            'both_sides_share': both_sides_share,
            'self_trade_count': self_trade_count,
            'notional': notional
        }} as evidence
        """
    )
