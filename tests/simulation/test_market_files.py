"""A market of several venues as files: exact, labelled, the same from the same seed."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from duckdb import DuckDBPyConnection, connect

from assets.lake.objects.object_store import LocalObjectStore
from assets.landing.files.importer import land_files
from assets.simulation.market_files import WrittenMarket, write_market, write_plan
from assets.simulation.market_plan import MarketPlan, common_path
from assets.simulation.schedule import schedule
from assets.simulation.typologies import ABUSES
from assets.simulation.venues import VENUES

DAYS = (date(2026, 2, 28), date(2026, 3, 1))


@pytest.fixture(scope="module")
def tables(files: Path) -> DuckDBPyConnection:
    connection = connect()
    for name in ("trades", "orders", "transfers"):
        pattern = "transfers.parquet" if name == "transfers" else "*.parquet"
        connection.execute(f"create view {name} as from '{files / name / pattern}'")
    connection.execute(f"create view labels as from '{files / 'labels.parquet'}'")
    return connection


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
def test_the_same_seed_writes_the_same_bytes(files: Path, tmp_path: Path) -> None:
    write_market(60_000, 3, tmp_path, with_orders=True)
    assert contents(tmp_path) == contents(files)


@pytest.mark.slow
def test_another_seed_makes_other_trades(files: Path, tmp_path: Path) -> None:
    write_market(60_000, 4, tmp_path)
    once, other = contents(files), contents(tmp_path)
    assert all(once[name] != other[name] for name in other)


def test_there_are_exactly_as_many_trades_as_asked_for(tables: DuckDBPyConnection) -> None:
    rows = tables.execute("select count(*), count(distinct (venue, symbol)) from trades").fetchone()
    assert rows == (60_000, 9)


@pytest.mark.parametrize("trades", [20_001, 199_999, 3_000_000, 10_000_007])
def test_shares_of_coins_and_venues_add_up(trades: int) -> None:
    plan = MarketPlan.of_days(trades, 1)
    assert sum(sum(plan.trades_of(coin).values()) for coin in range(plan.coins)) == trades


def test_too_small_a_market_is_refused_with_the_least(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"20,000 trades or more, was 7"):
        write_market(7, 1, tmp_path)


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days of a market that goes on for ever."""
    folder = tmp_path_factory.mktemp("endless")
    for day in DAYS:
        write_plan(MarketPlan.of_day(20_000, 3, day), folder / day.isoformat())
    return folder


@pytest.fixture
def days(endless: Path) -> DuckDBPyConnection:
    """Its `trades` and `labels`, each with the day."""
    connection = connect()
    connection.execute(
        "create view trades as select *, make_timestamp(traded_at)::date as day "
        f"from '{endless / '*' / 'trades' / '*.parquet'}'"
    )
    connection.execute(
        "create view labels as select *, window_start_at::date as day "
        f"from '{endless / '*' / 'labels.parquet'}'"
    )
    return connection


@pytest.mark.slow
def test_each_day_of_an_endless_market_has_its_trades_and_abuse(days: DuckDBPyConnection) -> None:
    by_day = days.sql(
        "select day, count(*), count(distinct (venue, symbol, trade_id)) from trades group by day "
        "order by day"
    )
    assert by_day.fetchall() == [(day, 20_000, 20_000) for day in DAYS]
    abused = days.sql("select distinct day from labels where is_abuse order by day")
    assert abused.fetchall() == [(day,) for day in DAYS]


@pytest.mark.slow
def test_trade_ids_of_an_endless_market_go_on_without_a_hole(days: DuckDBPyConnection) -> None:
    holes = days.sql(
        "select max(trade_id::bigint) - min(trade_id::bigint) + 1 - count(distinct trade_id) "
        "from trades group by venue, symbol"
    ).fetchall()
    assert holes == [(0,)] * 9
    orders = days.sql(
        "select count(*) from (select venue, order_id from trades group by all "
        "having count(distinct day) > 1)"
    )
    assert orders.fetchall() == [(0,)]


def test_the_walk_of_a_price_ends_an_endless_day_where_the_next_begins() -> None:
    plan = MarketPlan.of_day(20_000, 3, DAYS[0])
    for coin in range(plan.coins):
        path = common_path(plan, coin)
        assert path.log_mid[-1] == pytest.approx(path.log_mid[0], abs=1e-12)
        assert np.ptp(path.log_mid) > 0.005


@pytest.mark.slow
def test_accounts_of_an_endless_market_trade_each_day(days: DuckDBPyConnection) -> None:
    (shared, every), *_ = days.sql("""
        select count(*) filter (where days = 2), count(*) from (
            select account_id, count(distinct day) as days
            from trades group by all having count(*) >= 50
        )
    """).fetchall()
    assert every > 50
    assert shared / every > 0.8


@pytest.mark.slow
def test_a_day_of_an_endless_market_follows_from_seed_and_date(
    endless: Path, tmp_path: Path
) -> None:
    write_plan(MarketPlan.of_day(20_000, 3, DAYS[1]), tmp_path)
    assert contents(tmp_path) == contents(endless / DAYS[1].isoformat())


@pytest.mark.slow
def test_a_folder_lands_its_trades_under_their_venues(files: Path, tmp_path: Path) -> None:
    store = LocalObjectStore(tmp_path)
    reports = land_files([files], store)
    assert sum(report.rows for report in reports) == 60_000
    assert sum(report.rejected for report in reports) == 0
    assert {report.venue for report in reports if report.rows} == {venue.name for venue in VENUES}
    assert {report.format for report in reports if not report.rows} == {"not read"}


def test_trade_ids_are_unique_and_numbers_positive(tables: DuckDBPyConnection) -> None:
    assert tables.execute("""
        select
            count(*) - count(distinct (venue, symbol, trade_id)),
            count(*) filter (where price::double <= 0 or quantity::double <= 0),
            count(*) filter (where side not in ('buyer', 'seller')),
            count(*) filter (where account_id is null or counterparty_account_id is null)
        from trades
    """).fetchone() == (0, 0, 0, 0)


def test_labels_name_accounts_trades_and_orders_that_exist(tables: DuckDBPyConnection) -> None:
    missing = tables.execute("""
        with named as (
            select venue, symbol, unnest(trades) as trade_id, accounts from labels where is_abuse
        )
        select count(*), count(trades.trade_id),
            count(*) filter (where list_contains(accounts, trades.account_id))
        from named left join trades using (venue, symbol, trade_id)
    """).fetchone()
    assert missing is not None
    assert missing[0] > 500
    assert len(set(missing)) == 1
    orders = tables.execute("""
        with named as (
            select venue, symbol, unnest(orders) as order_id from labels where is_abuse
        )
        select count(*), count(known.order_id)
        from named left join (select distinct venue, symbol, order_id from orders) as known
        using (venue, symbol, order_id)
    """).fetchone()
    assert orders is not None
    assert orders[0] == orders[1] > 500


def test_every_abuse_is_labelled_with_somebody(tables: DuckDBPyConnection) -> None:
    assert tables.execute("""
        select count(*) from labels
        where is_abuse and (severity is null or len(accounts) = 0
            or len(trades) + len(orders) + len(transfers) = 0)
    """).fetchone() == (0,)


@pytest.mark.slow
def test_abusers_trade_honestly_too(tables: DuckDBPyConnection) -> None:
    """Of the accounts that a trade label names, nearly all have trades beside their abuse."""
    shares = tables.execute("""
        with abusers as (
            select distinct venue, symbol, trades, unnest(accounts) as account_id
            from labels where is_abuse and len(trades) > 0
        )
        select avg(exists (
            from trades where trades.venue = abusers.venue
                and (trades.account_id = abusers.account_id
                    or trades.counterparty_account_id = abusers.account_id)
                and not (trades.symbol = abusers.symbol
                    and list_contains(abusers.trades, trades.trade_id))
        )::int) from abusers
    """).fetchone()
    assert shares is not None
    assert shares[0] > 0.9


def test_hard_negatives_are_there_by_default(tables: DuckDBPyConnection) -> None:
    honest = {row[0] for row in tables.execute(
        "select distinct typology from labels where not is_abuse").fetchall()}  # fmt: skip
    assert honest >= {"twap_buyer", "maker_crossing", "grid_bots", "clock_bots", "echo"}


def test_a_large_market_has_each_abuse_at_each_severity() -> None:
    symbols = [f"{n}-USDT" for n in range(6)] + ["KITE-USDT", "LARK-USDT"]
    occasions = schedule(1, symbols, 7, 10_000_000)
    planted = [(one.kind, one.severity) for one in occasions if one.severity]
    assert len(planted) == len(set(planted)) == 3 * len(ABUSES)
    assert all(one.second >= 86_400 for one in occasions if one.severity)


def test_transfers_structure_below_the_limit_and_touch_the_list(
    files: Path, tables: DuckDBPyConnection
) -> None:
    listed = pq.read_table(files / "transfers" / "sanctioned_wallets.parquet")["wallet"].to_pylist()
    parts = tables.execute("""
        with named as (select unnest(transfers) as transfer_id, typology from labels)
        select min(amount_usd), max(amount_usd) from named join transfers using (transfer_id)
        where typology = 'structuring'
    """).fetchone()
    assert parts is not None
    assert 8_000 < parts[0] <= parts[1] < 10_000
    rows = tables.execute(
        "select accounts from labels where typology = 'sanctioned_counterparty'"
    ).fetchall()
    assert len(rows) == 3
    assert all(accounts[0] in listed and accounts[-1] not in listed for (accounts,) in rows)


def test_counts_are_what_the_files_hold(written: WrittenMarket, tables: DuckDBPyConnection) -> None:
    for name, count in (
        ("trades", written.trades),
        ("orders", written.order_events),
        ("transfers", written.transfers),
        ("labels", written.episodes),
    ):
        assert tables.execute(f"select count(*) from {name}").fetchone() == (count,)
