"""Find the closed clusters of each market's day in `core.trades`.

A day's clusters are a pure function of its trades: they are found when the day is over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection

from assets.clusters.tables import CLUSTERS, ClusterRow
from assets.lake.insert import insert_rows
from assets.market.window import Window
from ml.closed_clusters import Cluster, find_clusters
from ml.cluster_evidence import closed_share, closing_scores, evidence_of
from ml.estimator import Floats
from ml.trade_graph import TradeGraph

LEAST_BOTH_SIDES_SHARE = 0.5
NOTED_SHARE = 0.1
# half of what `wash_ring` asks by default, so that its thresholds can be tried out
LEAST_TRADES, LEAST_VOLUME_SHARE, LEAST_NATS = 6, 0.0005, 10.0
DIGITS = 9

# in the order of core.trades; accounts numbered by name
TRADES = """
    with trades as (
        select *
        from lake.core.trades
        where
            venue = $venue and symbol = $symbol and traded_at >= $start_at and traded_at < $end_at
            and is_on_book and buyer_account_id is not null and seller_account_id is not null
    ),

    names as (
        select buyer_account_id as account_id from trades
        union
        select seller_account_id from trades
    ),

    accounts as (
        select account_id, row_number() over (order by account_id) - 1 as number from names
    )
"""


@dataclass(frozen=True)
class Market:
    """What a market's day says of accounts."""

    venue: str
    symbol: str
    trade_count: int
    both_sides_share: float
    self_trade_count: int


def save_clusters(
    connection: DuckDBPyConnection, window: Window, rows: Sequence[ClusterRow]
) -> None:
    """Replace the rows of the days that end inside the window."""
    connection.execute(
        f"delete from lake.{CLUSTERS.name} where cell_end_at > ? and cell_end_at <= ?",
        [window.start_at, window.end_at],
    )
    insert_rows(connection, CLUSTERS.name, rows)


def cluster_window(connection: DuckDBPyConnection, window: Window) -> int:
    """Replace the clusters of the days that end inside the window; give the number of rows."""
    rows = clusters_of(connection, window)
    save_clusters(connection, window, rows)
    return len(rows)


def clusters_of(connection: DuckDBPyConnection, window: Window) -> list[ClusterRow]:
    """The clusters of every market on the days that end inside the window."""
    return [
        row
        for day in map(Window.of_day, window.days)
        if window.start_at < day.end_at <= window.end_at
        for market in _markets(connection, day)
        for row in _rows_of(connection, market, day)
    ]


def _markets(connection: DuckDBPyConnection, day: Window) -> list[Market]:
    found = connection.execute(
        """
        select
            venue,
            symbol,
            count(*) filter (where has_both)::bigint,
            coalesce(sum(quantity_double) filter (where has_both) / sum(quantity_double), 0),
            count(*) filter (where buyer_account_id = seller_account_id)
        from (
            select
                *,
                buyer_account_id is not null and seller_account_id is not null as has_both,
            from lake.core.trades
            where traded_at >= ? and traded_at < ? and is_on_book
        )
        group by venue, symbol
        order by venue, symbol
        """,
        [day.start_at, day.end_at],
    ).fetchall()
    return [Market(*row) for row in found]


def _rows_of(connection: DuckDBPyConnection, market: Market, day: Window) -> Iterator[ClusterRow]:
    facts: dict[str, Any] = {
        "venue": market.venue,
        "symbol": market.symbol,
        "day_trade_count": market.trade_count,
        "both_sides_share": _rounded(market.both_sides_share),
        "self_trade_count": market.self_trade_count,
        "cell_start_at": day.start_at,
        "cell_end_at": day.end_at,
        "trade_day": day.start_at.date(),
    }
    if market.both_sides_share < LEAST_BOTH_SIDES_SHARE:
        unknown = dict.fromkeys(("closed_score_share", "closed_score_account_count", "note"))
        yield ClusterRow(**facts, **unknown, day_account_count=0)
        return
    names, read = _read(connection, market, day)
    apart = read["buyer"] != read["seller"]
    graph = TradeGraph.between_accounts(
        read["buyer"],
        read["seller"],
        read["is_taken_by_buyer"].astype(bool),
        read["quantity"],
        read["seconds"],
    )
    scores = closing_scores(graph)
    share, accounts = closed_share(graph, scores)
    facts |= {
        "day_account_count": len(names),
        "closed_score_share": _rounded(share),
        "closed_score_account_count": accounts,
        "note": _note(share, accounts),
    }
    clusters = find_clusters(
        graph,
        least_trades=LEAST_TRADES,
        least_volume_share=LEAST_VOLUME_SHARE,
        least_nats=LEAST_NATS,
    )
    if not clusters:
        yield ClusterRow(**facts)
    money = {name: read[name][apart] for name in ("notional", "notional_usd")}
    for cluster in clusters:
        yield ClusterRow(**facts, **_described(graph, cluster, scores, names, money, day.start_at))


def _described(
    graph: TradeGraph,
    cluster: Cluster,
    scores: Floats,
    names: Sequence[str],
    money: dict[str, Floats],
    midnight: datetime,
) -> dict[str, Any]:
    evidence = evidence_of(graph, cluster)
    usd = float(np.asarray(money["notional_usd"])[cluster.trades].sum())
    return {
        "account_ids": [names[member] for member in cluster.members.tolist()],
        "trade_count": len(cluster.trades),
        "expected_trade_count": _rounded(cluster.expected_trades),
        "surprise_nats": _rounded(cluster.nats),
        "partners": cluster.rule.name,
        "least_quantity": cluster.least_quantity,
        "notional": _rounded(float(money["notional"][cluster.trades].sum())),
        "notional_usd": None if np.isnan(usd) else _rounded(usd),
        "volume_share": _rounded(cluster.volume_share),
        "closed_share": _rounded(cluster.closed_share),
        "net_over_gross": _rounded(cluster.net_over_gross),
        "day_flatness": _rounded(float(graph.flatness[cluster.members].mean())),
        "mean_score": _rounded(float(scores[cluster.members].mean())),
        "shape": evidence.shape,
        "used_pair_share": _rounded(evidence.used_pair_share),
        "reciprocity": _rounded(evidence.reciprocity),
        "alternation": _rounded(evidence.alternation),
        "median_holding_s": evidence.median_holding_s,
        "first_traded_at": midnight + timedelta(seconds=evidence.first_trade_s),
        "last_traded_at": midnight + timedelta(seconds=evidence.last_trade_s),
    }


def _read(
    connection: DuckDBPyConnection, market: Market, day: Window
) -> tuple[list[str], dict[str, Any]]:
    """The names of the accounts, and the trades as arrays by column."""
    values = {
        "venue": market.venue,
        "symbol": market.symbol,
        "start_at": day.start_at,
        "end_at": day.end_at,
    }
    names = connection.execute(
        f"{TRADES} select account_id from accounts order by number", values
    ).fetchall()
    read = connection.execute(
        f"""
        {TRADES}
        select
            buyers.number as buyer,
            sellers.number as seller,
            -- where nobody knows who took, shares of buyers and sellers decide
            coalesce(aggressor_side, 'buyer') = 'buyer' as is_taken_by_buyer,
            quantity_double as quantity,
            notional::double as notional,
            coalesce(notional_usd::double, 'nan'::double) as notional_usd,
            epoch_us(traded_at - $start_at::timestamp) / 1e6 as seconds
        from trades
        inner join accounts as buyers on trades.buyer_account_id = buyers.account_id
        inner join accounts as sellers on trades.seller_account_id = sellers.account_id
        order by traded_at, sequence, trade_id
        """,
        values,
    ).fetchnumpy()
    return [name for (name,) in names], read


def _note(share: float, accounts: int) -> str | None:
    if share < NOTED_SHARE:
        return None
    return (
        f"{accounts:,} accounts did {share:.0%} of the quantity with each other and end flat: "
        "makers, or a ring"
    )


def _rounded(value: float) -> float:
    """Without the last bits, which hang on the order of a sum."""
    return float(f"{value:.{DIGITS}g}")
