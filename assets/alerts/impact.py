"""The prices about the order that an alert is about, read from the market's trades.

Read when somebody asks: what the price did later is not known when the alert is raised.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.trades import TRADES
from reports.impact import Impact

BEFORE, SOON, LATE = timedelta(hours=1), timedelta(minutes=1), timedelta(minutes=10)
ONE_ORDER = timedelta(milliseconds=1)
SIDES = {"buy": True, "sell": False}

# the last price of each part of the time about the order, and whether trades reach its end
QUERY = """
    with about as (
        select
            price_double as price,
            traded_at,
            sequence,
            trade_id,
            traded_at < $order_at as is_before,
        from {trades}
        where
            venue = $venue and symbol = $symbol and is_on_book
            and traded_at >= $first and traded_at < $last
    ),

    minutes as (
        select
            time_bucket(interval 1 minute, traded_at) as minute,
            last(price order by traded_at, sequence, trade_id) as close,
        from about
        where is_before
        group by minute
    ),

    moves as (select ln(close / lag(close) over (order by minute)) as move from minutes)

    select
        last(price order by traded_at, sequence, trade_id) filter (where is_before)
            as price_before,
        last(price order by traded_at, sequence, trade_id)
            filter (where not is_before and traded_at < $filled_at) as last_fill,
        last(price order by traded_at, sequence, trade_id) filter (where traded_at < $soon)
            as after_1m,
        last(price order by traded_at, sequence, trade_id) as after_10m,
        (select sqrt(avg(move ** 2)) from moves) as usual_minute,
    from about
"""


def impact_of(
    connection: DuckDBPyConnection, alert: Mapping[str, Any], trades: str = TRADES
) -> Impact | None:
    """What the order of an alert did to the price.

    None where the alert is about no single order of a known side, or no trade came before it.
    `alert` has the columns of `alerts.alerts`; `trades` is `core.trades` or a copy.
    """
    evidence = json.loads(alert["evidence"])
    if evidence.get("side") not in SIDES or "order_notional" not in evidence:
        return None
    order_at = datetime.fromisoformat(evidence["traded_at"])
    ((last_at,),) = connection.execute(
        f"select max(traded_at) from {trades} where venue = ? and symbol = ? and traded_at >= ?",
        [alert["venue"], alert["symbol"], order_at],
    ).fetchall()
    values = {
        "venue": alert["venue"],
        "symbol": alert["symbol"],
        "order_at": order_at,
        "filled_at": order_at + ONE_ORDER,
        "soon": order_at + SOON,
        "first": order_at - BEFORE,
        "last": order_at + LATE,
    }
    ((before, fill, soon, late, usual),) = connection.execute(
        QUERY.format(trades=trades), values
    ).fetchall()
    if before is None or fill is None or last_at is None:
        return None
    return Impact(
        is_buy=SIDES[evidence["side"]],
        price_before=before,
        last_fill=fill,
        after_1m=soon if last_at >= order_at + SOON else None,
        after_10m=late if last_at >= order_at + LATE else None,
        usual_minute=usual,
    )
