"""An invented day as a lake in memory: a quiet major, a pumped meme coin, a thin symbol.

    python tests/reports/sample_lake.py report.html

writes the report of that day, to be looked at in a browser.
"""

import hashlib
import json
import sys
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyConnection

from assets.alerts.episodes import Alert
from assets.alerts.incidents import join_incidents
from assets.detection.hits import Stamps
from assets.publishing.alert_trades import trades_of_day
from assets.publishing.verdict import verdict_of
from assets.tables import TABLES
from reports.daily import render_daily_report
from reports.queries import rows

DAY = date(2024, 3, 15)
MIDNIGHT = datetime(2024, 3, 15)
DETECTED_AT = datetime(2024, 3, 16, 0, 20)
RUN_ID = "5f0c3a52-7a1e-4d7c-9c0e-2f6b1f0e9a11"
CODE_VERSION = "0.1.0+3f1c9d2"

MARKET_TABLES = """
create table lake.core.trades (
    venue varchar, symbol varchar, trade_id varchar, order_id varchar, order_type varchar,
    account_id varchar, counterparty_account_id varchar, buyer_account_id varchar,
    seller_account_id varchar, customer_id varchar,
    wallet_address varchar, condition varchar, is_on_book boolean, sequence bigint,
    aggressor_side varchar, price decimal(38, 18), quantity decimal(38, 18), price_double double,
    quantity_double double, notional decimal(38, 12), notional_usd decimal(38, 12),
    fill_count integer, source varchar, source_line bigint, received_at timestamp,
    traded_at timestamp, trade_day date
);
create table lake.ops.dropped_trades (
    source varchar, source_line bigint, venue varchar, symbol varchar, trade_id varchar,
    reason varchar, traded_at timestamp, trade_day date
);
create table lake.ops.completeness (venue varchar, symbol varchar, trade_day date);
create table lake.ops.id_holes (
    venue varchar, symbol varchar, missing_id_count bigint, starts_at timestamp,
    ends_at timestamp, trade_day date
);
create table lake.features.bars_1h (venue varchar, symbol varchar, cell_start_at timestamp);
create table lake.quarantine.trades (
    venue varchar, source varchar, source_file varchar, source_line bigint, symbol varchar,
    trade_id varchar, reason varchar, raw varchar, traded_at timestamp, trade_day date
);
create table lake.marts.symbol_days (
    venue varchar, symbol varchar, open double, close double, notional decimal(38, 12),
    notional_usd decimal(38, 12), trade_count bigint, trade_day date
);
create table lake.features.bars_1m (
    venue varchar, symbol varchar, open double, high double, low double, close double,
    quantity decimal(38, 18), notional decimal(38, 12), buyer_notional decimal(38, 12),
    seller_notional decimal(38, 12), notional_usd decimal(38, 12), trade_count bigint,
    buyer_trade_count bigint, seller_trade_count bigint, fill_count bigint, order_count bigint,
    largest_order_notional decimal(38, 12), largest_order_side varchar,
    largest_order_at timestamp, rush_order_count bigint, rush_notional decimal(38, 12),
    cell_start_at timestamp, cell_end_at timestamp, trade_day date
);
create table lake.marts.liquidity_days (
    venue varchar, symbol varchar, amihud_day double, amihud_hourly double, hour_count bigint,
    kyle_lambda double, kyle_t double, kyle_r2 double, regression_cell_count bigint,
    effective_spread double, spread_deviation double, spread_cell_count bigint,
    roll_spread double, roll_undefined_share double, roll_hour_count bigint,
    abdi_ranaldo_spread double, hour_pair_count bigint, order_flow_imbalance double,
    mean_absolute_imbalance double, imbalance_cell_count bigint, mean_trade_notional double,
    median_trade_notional double, largest_trade_share double, largest_hundredth_share double,
    basis_median_bp double, basis_p95_bp double, basis_wide_share double,
    basis_minute_count bigint, spread_cost double, impact_cost double, trade_day date
);
"""

BARS = """
insert into lake.features.bars_1m
select
    venue, symbol,
    arg_min(price_double, (traded_at, length(trade_id), trade_id)),
    max(price_double), min(price_double),
    arg_max(price_double, (traded_at, length(trade_id), trade_id)),
    sum(quantity), sum(notional),
    coalesce(sum(notional) filter (where aggressor_side = 'buyer'), 0),
    coalesce(sum(notional) filter (where aggressor_side = 'seller'), 0),
    sum(notional_usd), count(*),
    count(*) filter (where aggressor_side = 'buyer'),
    count(*) filter (where aggressor_side = 'seller'),
    count(*), count(*), max(notional), null, null, 0, 0,
    time_bucket(interval 1 minute, traded_at) as cell_start_at,
    cell_start_at + interval 1 minute,
    cell_start_at::date
from lake.core.trades
group by all
"""


BLIND_SPOT = "Blind spot: an abuse that is spread over many hours, and the first day of a symbol."
SAMPLE: dict[str, Any] = json.loads(Path(__file__).with_name("sample_day.json").read_text())


def described_detector(name: str, data_tier: str, rate: float, meaning: str) -> Any:
    """What a report may ask of a detector; its docstring is its meaning."""
    described = type("Described", (SimpleNamespace,), {"__doc__": f"{meaning}\n\n{BLIND_SPOT}"})
    return described(
        name=name,
        typology=name,
        data_tier=data_tier,
        code_version=f"1+{hashlib.sha256(name.encode()).hexdigest()[:12]}",
        inputs=("bars_1m",),
        references=("Regulation (EU) 2023/1114 (MiCA), Title VI, Articles 86 to 92",),
        null_rate_per_symbol_day=rate,
    )


DETECTORS = [
    described_detector(
        one["name"], one["data_tier"], one["null_rate_per_symbol_day"], one["meaning"]
    )
    for one in SAMPLE["detectors"]
]

TRACEBACK = """Traceback (most recent call last):
  File "assets/detection/judging.py", line 44, in judge
    hits = find_hits(connection, detector, window, stamps)
  File "assets/detection/hits.py", line 82, in find_hits
    rows = _rows(found, detector, window)
BinderException: Binder Error: Referenced column "matched_pair_count" not found in FROM clause!"""

# of the mart's columns those that an index or a summary reads
SYMBOL_DAYS = """
insert into lake.marts.symbol_days
select
    venue, symbol, arg_min(open, cell_start_at), arg_max(close, cell_start_at), sum(notional),
    sum(notional_usd), sum(trade_count), trade_day
from lake.features.bars_1m
group by venue, symbol, trade_day
"""


def empty_lake() -> DuckDBPyConnection:
    """Every table that the report reads, and no row."""
    connection = duckdb.connect(":memory:")
    connection.execute("attach ':memory:' as lake")
    for schema in (
        "core",
        "ops",
        "quarantine",
        "features",
        "marts",
        "alerts",
        "scores",
        "labels",
        "cases",
    ):
        connection.execute(f"create schema lake.{schema}")
    connection.execute(MARKET_TABLES)
    for table in TABLES:
        connection.execute(f"create table lake.{table.name} ({', '.join(table.columns)})")
    return connection


def insert(connection: DuckDBPyConnection, table: str, **row: Any) -> None:
    """One row; columns that are not named are null."""
    places = ", ".join("?" for _ in row)
    connection.execute(
        f"insert into lake.{table} ({', '.join(row)}) values ({places})", list(row.values())
    )


def add_trades(
    connection: DuckDBPyConnection,
    venue: str,
    symbol: str,
    times: np.ndarray[Any, Any],
    prices: np.ndarray[Any, Any],
    quantities: np.ndarray[Any, Any],
    bought: np.ndarray[Any, Any],
) -> None:
    """Trades of one symbol; `times` are seconds of the day, the arrays equally long."""
    order = np.argsort(times, kind="stable")
    trades = pa.table(
        {
            "at": (times[order] * 1e6).astype(np.int64),
            "price": prices[order],
            "quantity": quantities[order],
            "bought": bought[order],
            "line": np.arange(len(times)),
        }
    )
    connection.register("trades", trades)
    connection.execute(
        """
        insert into lake.core.trades by name
        select
            ? as venue, ? as symbol, line::varchar as trade_id,
            case when bought then 'buyer' else 'seller' end as aggressor_side,
            price as price, quantity as quantity, price as price_double,
            quantity as quantity_double, price * quantity as notional,
            price * quantity as notional_usd, 1 as fill_count, true as is_on_book,
            line as sequence, 'landing/x.parquet' as source,
            line as source_line, ?::timestamp + to_microseconds("at") as traded_at, ? as trade_day
        from trades
        """,
        [venue, symbol, MIDNIGHT, DAY],
    )
    connection.unregister("trades")


def _walk(
    random: np.random.Generator, count: int, start: float, day_volatility: float
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Times and prices of a random walk over a day that is busier in the afternoon."""
    times = np.sort(random.beta(2.2, 2.0, count) * 86_390)
    steps = random.standard_t(4, count) * day_volatility / np.sqrt(2 * count)
    return times, start * np.exp(np.cumsum(steps))


def _btc(connection: DuckDBPyConnection, random: np.random.Generator) -> None:
    count = 12_000
    times, prices = _walk(random, count, 67_240.5, 0.022)
    # a fall of three per cent at 09:41 that is mostly given back
    since = times - 34_860
    fall = np.where(since > 0, np.exp(-np.maximum(since, 0) / 1500), 0) * np.minimum(
        np.maximum(since, 0) / 120, 1
    )
    prices = np.round(prices * (1 - 0.034 * fall), 1)
    quantities = random.lognormal(-4.2, 1.3, count)
    bought = random.random(count) < 0.5 - 0.25 * fall
    quantities[np.searchsorted(times, 60_120)] = 41.7
    add_trades(connection, "binance", "BTC-USDT", times, prices, quantities, bought)


def _pepe(connection: DuckDBPyConnection, random: np.random.Generator) -> None:
    count, burst = 6_000, 3_000
    times, prices = _walk(random, count, 0.00000123, 0.05)
    pump = 50_405 + random.exponential(160, burst)
    times = np.concatenate([times, pump])
    prices = np.concatenate([prices, np.interp(pump, times[:count], prices)])
    since = np.maximum(times - 50_400, 0)
    rise = np.minimum(since / 55, 1) * np.exp(-np.maximum(since - 150, 0) / 700)
    prices = np.round(prices * (1 + 0.83 * rise), 11)
    quantities = random.lognormal(17.4, 1.1, count + burst)
    bought = random.random(count + burst) < 0.5 + 0.3 * (since > 0) * np.sign(200 - since) * (
        since < 1500
    )
    add_trades(connection, "binance", "PEPE-USDT", times, prices, quantities, bought)


def _rare(connection: DuckDBPyConnection, random: np.random.Generator) -> None:
    count = 140
    times = np.sort(
        np.concatenate([random.uniform(9_000, 41_000, 90), random.uniform(58_000, 86_000, 50)])
    )
    prices = np.round(0.00004321 * np.exp(np.cumsum(random.normal(0, 0.004, count))), 8)
    quantities = random.lognormal(5, 1, count)
    add_trades(
        connection, "kraken", "RARE-BTC", times, prices, quantities, random.random(count) < 0.4
    )


def add_alert(connection: DuckDBPyConnection, **named: Any) -> str:
    """One alert, with plain values for what is not named; returns its id."""
    row: dict[str, Any] = {
        "revision": 1,
        "status": "open",
        "is_confirmed": False,
        "detector": "large_order",
        "detector_version": 1,
        "params_digest": "9b1f0c2d7e44",
        "severity": "medium",
        "score": 0.61,
        "subject_kind": "market",
        "further_subjects": "[]",
        "venue": "binance",
        "symbol": "BTC-USDT",
        "window_start_at": datetime(2024, 3, 15, 12),
        "window_end_at": datetime(2024, 3, 15, 12, 5),
        "statistic": 1.4,
        "threshold": 1.0,
        "p_value": 1e-6,
        "null_rate_per_symbol_day": 0.015,
        "evidence": {},
        "description": "Something was seen.",
        "recommended_action": "Look at it.",
        "data_tier": "trades",
        "input_snapshot_id": 412,
        "code_version": CODE_VERSION,
        "run_id": RUN_ID,
        "detected_at": DETECTED_AT,
        "hit_count": 3,
        "trade_day": DAY,
    } | named
    row = {"subject_id": f"{row['venue']} {row['symbol']}"} | row
    identity = f"{row['detector']}|{row['venue']}|{row['symbol']}|{row['window_start_at']}"
    row = {
        "typology": row["detector"],
        "first_hit_start_at": row["window_start_at"],
        "first_hit_end_at": row["window_end_at"],
        "alert_id": hashlib.sha256(identity.encode()).hexdigest()[:32],
    } | row
    insert(connection, "alerts.alerts", **row | {"evidence": json.dumps(row["evidence"])})
    return row["alert_id"]


def add_incidents(connection: DuckDBPyConnection) -> None:
    """The incidents of the alerts so far, in place of earlier ones."""
    alerts = [Alert(**row) for row in rows(connection, "from lake.alerts.alerts")]
    connection.execute("delete from lake.alerts.incidents")
    stamps = Stamps(
        input_snapshot_id=412, code_version=CODE_VERSION, run_id=RUN_ID, detected_at=DETECTED_AT
    )
    for incident in join_incidents(alerts, stamps):
        insert(
            connection,
            "alerts.incidents",
            **{field.name: getattr(incident, field.name) for field in fields(incident)},
        )


def _alerts(connection: DuckDBPyConnection) -> None:
    for alert in SAMPLE["alerts"]:
        add_alert(connection, **alert)
    add_incidents(connection)
    scored = next(one for one in SAMPLE["alerts"] if one["detector"] == "market_anomaly")
    insert(
        connection,
        "scores.anomaly_5m",
        venue=scored["venue"],
        symbol=scored["symbol"],
        model_id=scored["evidence"]["model_id"],
        score=scored["score"],
        p_value=scored["p_value"],
        contributions=json.dumps(SAMPLE["contributions"]),
        cell_start_at=scored["window_start_at"],
        cell_end_at=scored["first_hit_end_at"],
        trade_day=DAY,
    )
    failed = next(one for one in SAMPLE["alerts"] if one["detector"] == "wash_trading")
    insert(
        connection,
        "alerts.hits",
        detector=failed["detector"],
        subject_kind="market",
        subject_id=f"{failed['venue']} {failed['symbol']}",
        venue=failed["venue"],
        symbol=failed["symbol"],
        kind="hit",
        is_stale=True,
        cell_start_at=failed["window_start_at"],
        cell_end_at=failed["first_hit_end_at"],
        trade_day=DAY,
    )


CELLS = {
    "flash_crash": 17_280,
    "large_order": 1_440,
    "market_anomaly": 288,
    "pump_and_dump": 17_280,
    "volume_spike": 288,
}
SYMBOLS = [("binance", "BTC-USDT"), ("binance", "PEPE-USDT"), ("kraken", "RARE-BTC")]


def add_run(connection: DuckDBPyConnection, detector: str, outcome: str, **named: Any) -> None:
    """One row of what a detector did on the day."""
    row = {
        "cells_judged": 0,
        "cells_insufficient": 0,
        "hit_count": 0,
        "expected_false_alerts": 0.0,
        "run_id": RUN_ID,
        "detected_at": DETECTED_AT,
        "trade_day": DAY,
    }
    insert(connection, "ops.detector_runs", detector=detector, outcome=outcome, **row | named)


def _runs(connection: DuckDBPyConnection) -> None:
    add_run(connection, "wash_trading", "failed", error=TRACEBACK)
    for name, cells in CELLS.items():
        rate = next(one.null_rate_per_symbol_day for one in DETECTORS if one.name == name)
        for venue, symbol in SYMBOLS:
            thin = symbol == "RARE-BTC"
            unjudged = thin and name in {"market_anomaly", "volume_spike"}
            traded = cells // 20 if thin else cells
            missing = traded if unjudged else traded // 12 if thin else 0
            hits = connection.execute(
                "select coalesce(sum(hit_count), 0)::bigint from lake.alerts.alerts "
                "where (detector, venue, symbol, trade_day) = (?, ?, ?, ?) and status = 'open'",
                [name, venue, symbol, DAY],
            ).fetchall()[0][0]
            add_run(
                connection,
                name,
                "insufficient" if unjudged else "ran",
                reason="too little history" if unjudged else None,
                venue=venue,
                symbol=symbol,
                cells_judged=traded - missing,
                cells_insufficient=missing,
                hit_count=hits,
                expected_false_alerts=rate * (traded - missing) / traded,
            )


DROPPED = (
    ("BTC-USDT", "duplicate", 118),
    ("PEPE-USDT", "duplicate", 23),
    ("PEPE-USDT", "page_edge", 40),
    ("BTC-USDT", "superseded", 2310),
)
REJECTED = (
    ("price is not positive", 6, DAY, 10_234),
    ("same id, other price", 3, DAY, 88_012),
    ("unknown quote of symbol 'PEPEXYZ'", 2, DAY, 17),
    ("the time cannot be read", 4, None, 120_544),
)


def _quality(connection: DuckDBPyConnection) -> None:
    for symbol, reason, count in DROPPED:
        connection.execute(
            "insert into lake.ops.dropped_trades by name "
            "select 'binance' as venue, ? as symbol, ? as reason, ? as trade_day from range(?)",
            [symbol, reason, DAY, count],
        )
    connection.execute(
        "insert into lake.ops.dropped_trades by name "
        "select 'kraken' as venue, 'RARE-BTC' as symbol, 'repeated_fills' as reason, "
        "? as trade_day from range(2)",
        [DAY],
    )
    insert(
        connection, "ops.id_holes", venue="kraken", symbol="RARE-BTC", missing_id_count=15,
        starts_at=MIDNIGHT.replace(hour=6, minute=44), ends_at=MIDNIGHT.replace(hour=7, minute=16),
        trade_day=DAY,
    )  # fmt: skip
    for reason, count, day, line in REJECTED:
        connection.execute(
            "insert into lake.quarantine.trades by name "
            "select 'binance' as venue, 'PEPEUSDT-trades-2024-03-15.csv' as source_file, "
            "? + range as source_line, ? as reason, ?::date as trade_day from range(?)",
            [line, reason, day, count],
        )


PARTS = ("market", "liquidity", "integrity", "abuse", "data_quality")
RISKS = (
    ("binance", "PEPE-USDT", (0.97, 0.58, 0.71, 0.93, 0.12), 0.84, 0.71, 4, 0.048),
    ("binance", "BTC-USDT", (0.64, 0.08, 0.22, 0.47, 0.19), 0.39, 0.83, 2, 0.056),
    ("kraken", "RARE-BTC", (None, 0.81, None, 0.0, 0.55), None, 0.0, 0, 0.037),
)
REASONS = {
    "market_reason": "only 96 of 288 five-minute bars hold a trade",
    "integrity_reason": "fewer than 500 trades",
    "total_reason": "two of five parts are unknown",
}


def _risks(connection: DuckDBPyConnection) -> None:
    for venue, symbol, parts, total, certainty, alert_count, expected in RISKS:
        insert(
            connection,
            "scores.symbol_risk",
            venue=venue,
            symbol=symbol,
            trade_day=DAY,
            total=total,
            total_certainty=certainty,
            seen_risk=(total or 0.0) * certainty,
            alert_count=alert_count,
            expected_false_alerts=expected,
            **dict(zip(PARTS, parts, strict=True)),
            **(REASONS if total is None else {}),
        )


LIQUIDITY: dict[str, Any] = {
    "amihud_day": 0.000012,
    "amihud_hourly": 0.00034,
    "hour_count": 23,
    "kyle_lambda": 2e-6,
    "kyle_t": 5.25,
    "kyle_r2": 0.31,
    "regression_cell_count": 280,
    "effective_spread": 0.00012,
    "spread_deviation": 0.00003,
    "spread_cell_count": 281,
    "roll_spread": 0.00021,
    "roll_undefined_share": 0.25,
    "roll_hour_count": 24,
    "abdi_ranaldo_spread": 0.0,
    "hour_pair_count": 1,
    "order_flow_imbalance": -0.042,
    "mean_absolute_imbalance": 0.24,
    "imbalance_cell_count": 288,
    "mean_trade_notional": 812.4,
    "median_trade_notional": 95.0,
    "largest_trade_share": 0.011,
    "largest_hundredth_share": 0.38,
    "basis_median_bp": -1.5,
    "basis_p95_bp": 12.0,
    "basis_wide_share": 0.08,
    "basis_minute_count": 1400,
    "spread_cost": 0.000105,
    "impact_cost": 0.000632,
}


def _liquidity(connection: DuckDBPyConnection) -> None:
    insert(
        connection, "marts.liquidity_days", venue="binance", symbol="BTC-USDT", trade_day=DAY,
        **LIQUIDITY,
    )  # fmt: skip


def sample_lake() -> DuckDBPyConnection:
    """The invented day: seven alerts, one failed detector, one symbol with unknown parts."""
    connection = empty_lake()
    random = np.random.default_rng(20240315)
    for add in (_btc, _pepe, _rare):
        add(connection, random)
    connection.execute(BARS)
    connection.execute(SYMBOL_DAYS)
    for add in (_alerts, _runs, _quality, _risks, _liquidity):
        add(connection)
    return connection


if __name__ == "__main__":
    lake = sample_lake()
    document = render_daily_report(
        lake, DAY, verdict_of(lake, [DAY], DETECTORS), run_id=RUN_ID, code_version=CODE_VERSION,
        trades=trades_of_day(lake, DAY),
    )  # fmt: skip
    Path(sys.argv[1]).write_text(document, encoding="utf-8")
