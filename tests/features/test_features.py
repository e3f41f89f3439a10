"""What every model of features and marts must do, whoever wrote it."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection

from assets.market.window import Window
from assets.transform.build import compute, scratch_lake
from assets.transform.compiled_models import Model, models

FIRST_DAY = date(2026, 3, 1)
DAYS = 3
RISE_MS = 9 * 3_600_000
MIDNIGHT = np.datetime64(FIRST_DAY, "us")
# the second is so quiet that it misses hours
SYMBOLS = {"AAA-USDT": (100.0, 6000), "BBB-BTC": (0.02, 150)}

INSERT = """
    insert into lake.core.trades by name
    select
        'simulated' as venue,
        *,
        price_double::decimal(38, 18) as price,
        quantity_double::decimal(38, 18) as quantity,
        (price_double * quantity_double)::decimal(38, 12) as notional,
        case when ends_with(symbol, 'USDT') then notional end as notional_usd,
        'test' as source,
        row_number() over () as source_line,
        row_number() over () as sequence,
        true as is_on_book,
        traded_at::date as trade_day,
    from tape
"""


def tape(symbol: str, price: float, trades_a_day: int, seed: int) -> pa.Table:
    """Trades of one symbol, in order: bursts of one millisecond, equal sizes, unknown sides."""
    random = np.random.default_rng(seed)
    count = trades_a_day * DAYS
    milliseconds = np.sort(random.integers(0, DAYS * 86_400_000, count))
    # every fourth trade is another fill of the millisecond before it
    again = np.flatnonzero(random.random(count) < 0.25)[1:]
    milliseconds[again] = milliseconds[again - 1]
    milliseconds.sort()
    walk = np.cumsum(random.normal(0, 2e-4, count))
    # up by 6 % at once, on the last morning
    walk += np.where(milliseconds >= (DAYS - 1) * 86_400_000 + RISE_MS, np.log(1.06), 0)
    prices = np.round(price * np.exp(walk), 6)
    sizes = np.where(random.random(count) < 0.3, 10.0, np.exp(random.normal(3, 1, count)))
    accounts = {side: random.choice(["T1", "T2", "T3"], count) for side in ("buyer", "seller")}
    # two more buy from each other in turns, in one size: a third of the trades
    agreed = np.flatnonzero(random.random(count) < 0.33)
    sizes[agreed] = 10.0
    for side, first in (("buyer", 0), ("seller", 1)):
        accounts[side][agreed] = np.where(np.arange(len(agreed)) % 2 == first, "P1", "P2")
    return pa.table(
        {
            "symbol": pa.array([symbol] * count),
            "trade_id": pa.array([str(n + 95) for n in range(count)]),
            "aggressor_side": pa.array(
                random.choice(["buyer", "seller", None], count, p=[0.45, 0.45, 0.1])
            ),
            "price_double": prices,
            "quantity_double": np.round(sizes, 4),
            "fill_count": random.integers(1, 4, count),
            "buyer_account_id": accounts["buyer"],
            "seller_account_id": accounts["seller"],
            "traded_at": MIDNIGHT + milliseconds.astype("timedelta64[ms]"),
        }
    )


def fill(connection: DuckDBPyConnection) -> None:
    """Put all days of both symbols into core.trades, and some rows that were rejected."""
    for seed, (symbol, (price, trades_a_day)) in enumerate(SYMBOLS.items()):
        connection.register("tape", tape(symbol, price, trades_a_day, seed))
        connection.execute(INSERT)
        connection.unregister("tape")
    # ids go on behind a hole over midnight
    connection.execute(
        "delete from lake.core.trades where symbol = 'AAA-USDT' "
        "and traded_at between '2026-03-01 23:58' and '2026-03-02 00:01'"
    )
    connection.execute(
        """
        insert into lake.ops.dropped_trades by name
        select venue, symbol, trade_id, 'duplicate' as reason, traded_at, trade_day
        from lake.core.trades where trade_id like '%7'
        """
    )
    connection.execute(
        """
        insert into lake.quarantine.trades by name
        select
            venue, 'bad' as reason, traded_at, trade_day,
            case when trade_id like '%4' then symbol end as symbol
        from lake.core.trades where trade_id like '%33' or trade_id like '%34'
        """
    )
    # the two that trade in turns have one owner
    connection.execute(
        """
        insert into lake.core.accounts by name
        select venue, unnest(['P1', 'P2']) as account_id, 'twins' as owner_id
        from (select distinct venue from lake.core.trades);
        insert into lake.core.owners by name select 'twins' as owner_id, 2 as account_count
        """
    )


@pytest.fixture(scope="session")
def dbt_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the compiled models of this session are kept."""
    return tmp_path_factory.getbasetemp() / "compiled"


@pytest.fixture(scope="session")
def measures(dbt_root: Path) -> list[Model]:
    """Every model of features and marts that makes a table, parents before children."""
    return [
        model
        for model in models(dbt_root)
        if model.folder in {"features", "marts"} and model.materialized == "window"
    ]


@pytest.fixture(scope="session")
def whole_market() -> Window:
    """All days of the market."""
    return Window.of_days(FIRST_DAY, FIRST_DAY.replace(day=FIRST_DAY.day + DAYS - 1))


@pytest.fixture(scope="module")
def computed(
    dbt_root: Path, measures: list[Model], whole_market: Window
) -> Iterator[DuckDBPyConnection]:
    """The market computed at once, and a copy of each table in the schema `at_once`."""
    with scratch_lake(dbt_root) as connection:
        fill(connection)
        connection.execute("set threads = 4")
        compute(connection, whole_market, measures)
        connection.execute("create schema lake.at_once")
        for model in measures:
            connection.execute(f"create table lake.at_once.{model.alias} as from {model.relation}")
        yield connection


@pytest.fixture
def market(computed: DuckDBPyConnection) -> Iterator[DuckDBPyConnection]:
    """The computed market; what a test does with it is undone."""
    computed.execute("begin")
    try:
        yield computed
    finally:
        computed.execute("rollback")


def differences(
    connection: DuckDBPyConnection, measures: list[Model], where: str = "true"
) -> dict[str, int]:
    """Rows by table that are not, bit for bit, among both those of now and those at once."""
    found = {}
    for model in measures:
        relations = (model.relation, f"lake.at_once.{model.alias}")
        chosen = where.format(time=model.window_column)
        digests = [
            connection.execute(
                "select count(*), sum(hash(stored)::hugeint) "
                f"from {relation} as stored where {chosen}"
            ).fetchall()
            for relation in relations
        ]
        if digests[0] == digests[1]:
            continue
        # as text: a double's shortest text is the double
        columns = ", ".join(f"{column.split()[0]}::varchar" for column in model.columns)
        sides = [f"select {columns} from {relation} where {chosen}" for relation in relations]
        count = connection.execute(
            f"select count(*) from (({sides[0]} except all {sides[1]}) "
            f"union all ({sides[1]} except all {sides[0]}))"
        ).fetchall()[0][0]
        if count:
            found[model.name] = count
    return found


def random_cuts(window: Window, seed: int, count: int) -> list[Window]:
    """Windows that make up the whole, cut anywhere: off every grid."""
    draw = random.Random(seed)
    length = (window.end_at - window.start_at) // timedelta(microseconds=1)
    inside = {draw.randrange(1, length) for _ in range(count)}
    bounds = [window.start_at + timedelta(microseconds=n) for n in sorted({0, *inside, length})]
    return [Window(*pair) for pair in pairwise(bounds)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.proof)])
def test_days_computed_at_once_equal_days_computed_in_micro_batches(
    market: DuckDBPyConnection, measures: list[Model], whole_market: Window, seed: int
) -> None:
    for model in measures:
        assert market.table(f"lake.at_once.{model.alias}").fetchone(), f"{model.name} is empty"
        market.execute(f"delete from {model.relation}")

    for window in random_cuts(whole_market, seed, 9):
        compute(market, window, measures)

    assert differences(market, measures) == {}


@pytest.mark.slow
def test_computing_a_window_again_changes_nothing(
    market: DuckDBPyConnection, measures: list[Model], whole_market: Window
) -> None:
    again = Window(
        whole_market.start_at + timedelta(hours=29, seconds=7.5),
        whole_market.end_at - timedelta(hours=3, seconds=1.25),
    )

    compute(market, again, measures)

    assert differences(market, measures) == {}


@pytest.mark.slow
def test_later_trades_do_not_change_earlier_rows(
    market: DuckDBPyConnection, measures: list[Model], whole_market: Window
) -> None:
    cut = Window.of_day(whole_market.days[-1]).start_at
    for model in measures:
        market.execute(f"delete from {model.relation}")
    market.execute("delete from lake.core.trades where traded_at >= ?", [cut])
    for rejected in ("lake.ops.dropped_trades", "lake.quarantine.trades"):
        market.execute(f"delete from {rejected} where traded_at >= ?", [cut])

    compute(market, whole_market, measures)

    before = f"{{time}} < timestamp '{cut}'"
    assert differences(market, measures, before) == {}


@pytest.mark.slow
def test_the_number_of_threads_and_the_order_of_rows_change_nothing(
    market: DuckDBPyConnection, measures: list[Model], whole_market: Window
) -> None:
    market.execute("set threads = 1")
    market.execute(
        "create table lake.core.shuffled as from lake.core.trades order by hash(trade_id, symbol)"
    )
    market.execute("delete from lake.core.trades")
    market.execute("insert into lake.core.trades from lake.core.shuffled")

    try:
        compute(market, whole_market, measures)
    finally:
        market.execute("set threads = 4")

    assert differences(market, measures) == {}


@pytest.mark.slow
def test_a_window_without_trades_gives_no_rows(
    dbt_root: Path, measures: list[Model], whole_market: Window
) -> None:
    with scratch_lake(dbt_root) as connection:
        compute(connection, whole_market, measures)

        for model in measures:
            assert not connection.table(model.relation).fetchone(), model.name


def test_a_window_that_closes_no_cell_writes_nothing(
    market: DuckDBPyConnection, measures: list[Model], whole_market: Window
) -> None:
    start_at = whole_market.start_at + timedelta(hours=5)
    inside = Window(start_at + timedelta(microseconds=1), start_at + timedelta(milliseconds=999))

    for model in measures:
        market.execute(f"delete from {model.relation}")
    compute(market, inside, measures)

    for model in measures:
        assert not market.table(model.relation).fetchone(), model.name


def test_every_row_lies_in_the_partition_of_its_day(
    market: DuckDBPyConnection, measures: list[Model]
) -> None:
    for model in measures:
        strays = market.table(model.relation).filter(
            f"trade_day is distinct from {model.window_column}::date"
        )
        assert not strays.fetchone(), model.name


@pytest.mark.slow
def test_empty_hours_of_a_known_symbol_have_a_row(
    market: DuckDBPyConnection, measures: list[Model], whole_market: Window
) -> None:
    market.execute(
        "delete from lake.core.trades where hour(traded_at) in (7, 8) and symbol = 'AAA-USDT'"
    )
    compute(market, whole_market, measures)

    hours = market.execute(
        """
        select trade_count, longest_gap_seconds, is_covered, contains(reason, 'ids are missing')
        from lake.ops.completeness
        where symbol = 'AAA-USDT' and hour(cell_start_at) in (7, 8)
        """
    ).fetchall()
    assert hours == [(0, 3600, False, True)] * 6
    gaps = market.execute(
        """
        select longest_gap_seconds >= 7200, uncovered_hour_count between 2 and 4,
            landed_count - accepted_count > 0
        from lake.marts.data_quality_days
        where symbol = 'AAA-USDT'
        """
    ).fetchall()
    # a hole's edges, and one over midnight, may cost an hour more
    assert gaps == [(True, True, True)] * 3


@pytest.mark.slow
def test_missing_ids_are_counted(
    market: DuckDBPyConnection, measures: list[Model], whole_market: Window
) -> None:
    deleted = "symbol = 'AAA-USDT' and hour(traded_at) = 9 and minute(traded_at) between 20 and 29"
    gone = market.execute(
        "select trade_day, count(*) from lake.core.trades "
        f"where {deleted} group by all order by all"
    ).fetchall()
    for table in ("core.trades", "ops.dropped_trades"):
        market.execute(f"delete from lake.{table} where {deleted}")
    compute(market, whole_market, measures)

    hours = market.execute(
        """
        select trade_day, missing_id_count from lake.ops.completeness
        where symbol = 'AAA-USDT' and hour(cell_start_at) = 9 and not is_covered
        order by trade_day
        """
    ).fetchall()
    assert hours == gone


def test_what_landed_of_a_day_is_accounted_for(
    market: DuckDBPyConnection, whole_market: Window
) -> None:
    counted = market.execute(
        "select sum(landed_count), count(*) filter (where symbol is null) "
        "from lake.marts.data_quality_days"
    ).fetchall()[0]
    landed = market.execute(
        """
        select
            (select count(*) from lake.core.trades)
            + (select count(*) from lake.ops.dropped_trades)
            + (select count(*) from lake.quarantine.trades)
        """
    ).fetchall()[0][0]
    assert counted == (landed, len(whole_market.days))


def test_a_window_begins_a_row_of_a_model_where_a_cell_that_may_have_one_closes(
    dbt_root: Path,
) -> None:
    known = {model.name: model for model in models(dbt_root)}
    noon = datetime(2026, 3, 2, 12)

    def begins(name: str, first: float, last: float) -> bool:
        window = Window(noon + timedelta(seconds=first), noon + timedelta(seconds=last))
        assert known[name].closes_a_cell_in(window) or not known[name].begins_a_row_in(window)
        return known[name].begins_a_row_in(window)

    assert begins("pump_inputs_5s", 1, 5)
    assert not begins("pump_inputs_5s", 0, 4)
    # of a cell each five seconds those that begin a minute
    assert begins("rush_baselines_1m", 1, 5)
    assert begins("rush_baselines_1m", -60, 60)
    assert begins("rush_baselines_1m", 60, 65)
    assert not begins("rush_baselines_1m", 0, 4)
    assert not begins("rush_baselines_1m", 5, 60)
    assert not begins("rush_baselines_1m", -55, 4)
    assert begins("trades", 0, 0.1)
