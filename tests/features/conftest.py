"""A small market of two symbols: enough days for every look-back, few enough trades to be quick."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection

from assets.market.window import Window
from assets.transform.build import compute, scratch_lake
from assets.transform.compiled_models import Model, models

FIRST_DAY = datetime(2024, 3, 1)
END = datetime(2024, 3, 18)
QUIET = (datetime(2024, 3, 9, 4), datetime(2024, 3, 10, 9))
"""A stretch of more than a day in which nobody trades."""
RISE_AT = datetime(2024, 3, 17, 9, 5)

# as `insert_trades` gets them, by their names in core.trades
PLAIN = {
    "price": "price_double",
    "quantity": "quantity_double",
}
INSERT = """
    insert into lake.core.trades by name
    select
        'test' as venue,
        *,
        price_double::decimal(38, 18) as price,
        quantity_double::decimal(38, 18) as quantity,
        (price_double * quantity_double)::decimal(38, 12) as notional,
        case when ends_with(symbol, '-USDT') then notional end as notional_usd,
        'test' as source,
        true as is_on_book,
        try_cast(ltrim(trade_id, 'a') as bigint) as sequence,
        row_number() over (order by symbol, traded_at, trade_id) as source_line,
        traded_at::date as trade_day,
    from tape
"""

# the two that trade in turns
OWNERS = """
    insert into lake.core.accounts by name
    select 'test' as venue, unnest(['P1', 'P2']) as account_id, 'twins' as owner_id;
    insert into lake.core.owners by name select 'twins' as owner_id, 2 as account_count
"""

Rows = list[dict[str, Any]]
Measured = dict[str, Rows]
"""By model, its rows in order."""
Measure = Callable[..., Measured]


def load(connection: DuckDBPyConnection, tape: pa.Table) -> None:
    """Put rows into core.trades."""
    connection.register("tape", tape)
    connection.execute(INSERT)
    connection.unregister("tape")


def tape_of(symbol: str, seconds: np.ndarray, seed: int, *, price: float, step: float) -> pa.Table:
    """Random trades at these seconds since the first day; sizes from a coarse grid, so that many
    are equal; a price that wanders by `step` a trade; sides of which some are unknown."""
    random = np.random.default_rng(seed)
    micros = np.sort((seconds * 1e6).astype("int64"))
    # a fifth of the trades share the time of the one before, as the fills of one order do
    shared = np.flatnonzero(random.random(len(micros)) < 0.2)
    micros[shared] = micros[np.maximum(shared - 1, 0)]
    traded_at = np.sort(micros).astype("timedelta64[us]") + np.datetime64(FIRST_DAY, "us")
    kept = (traded_at < np.datetime64(QUIET[0])) | (traded_at >= np.datetime64(QUIET[1]))
    count = len(traded_at)
    # of a price that moves, a rise at once
    rise = np.where((traded_at >= np.datetime64(RISE_AT)) & (step > 0), 1.06, 1)
    columns: dict[str, Any] = {
        "symbol": np.full(count, symbol),
        # ids sort as numbers, so 9 comes before 10
        "trade_id": np.arange(1, count + 1).astype(str),
        "aggressor_side": random.choice(["buyer", "seller", ""], count, p=[0.5, 0.4, 0.1]),
        "price_double": np.round(
            rise * price * np.exp(np.cumsum(random.normal(0, step, count))), 4
        ),
        "quantity_double": random.integers(1, 12, count) / 4,
        "fill_count": random.choice([1, 1, 1, 2], count),
        "traded_at": traded_at,
        # few accounts, so that some meet themselves
        "buyer_account_id": random.choice(["T1", "T2", "T3", "T4", "T5"], count),
        "seller_account_id": random.choice(["T1", "T2", "T3", "T4", "T5"], count),
    }
    # two of them buy from each other in turns, in one size: a third of the trades
    agreed = np.flatnonzero(random.random(count) < 0.33)
    for side, first in (("buyer", 0), ("seller", 1)):
        names = columns[f"{side}_account_id"].astype("<U3")
        names[agreed] = np.where(np.arange(len(agreed)) % 2 == first, "P1", "P2")
        columns[f"{side}_account_id"] = names
    columns["quantity_double"][agreed] = 1.0
    table = pa.table({name: pa.array(values[kept]) for name, values in columns.items()})
    sides = pa.array([side or None for side in table["aggressor_side"].to_pylist()], pa.string())
    place = table.column_names.index("aggressor_side")
    return table.set_column(place, "aggressor_side", sides)


@pytest.fixture(scope="session")
def market() -> pa.Table:
    """Seventeen days: one symbol lively on the last, one slow with a constant price, one rare."""
    random = np.random.default_rng(3)
    past = random.uniform(3.1 * 3600, 16 * 86_400, 5_000)
    last_day = 16 * 86_400 + 86_400 * random.beta(2, 2, 3_000)
    burst = 16 * 86_400 + random.uniform(43_200, 43_230, 400)
    lively = np.concatenate([past, last_day, burst])
    slow = random.uniform(0, 17 * 86_400, 700)
    return pa.concat_tables(
        [
            tape_of("AAA-USDT", lively, 1, price=100, step=1e-3),
            tape_of("BBB-BTC", slow, 2, price=5, step=0),
            ahead_of_a_client(),
        ]
    )


def ahead_of_a_client() -> pa.Table:
    """Three trades of the last morning: one buys a second ahead of a large order, and sells."""
    seconds = np.array([0, 1, 9]) + (16 * 86_400 + 8 * 3_600 + 1)
    tape = tape_of("CCC-USDT", seconds, 3, price=7, step=0)
    columns = {
        "traded_at": np.datetime64(FIRST_DAY, "us") + seconds.astype("timedelta64[s]"),
        "aggressor_side": ["buyer", "buyer", "seller"],
        "quantity_double": [1.0, 5.0, 1.0],
        "buyer_account_id": ["T1", "T2", "T3"],
        "seller_account_id": ["T3", "T3", "T1"],
    }
    for name, values in columns.items():
        place = tape.column_names.index(name)
        tape = tape.set_column(place, name, pa.array(values, tape.schema.field(name).type))
    return tape


@pytest.fixture(scope="session")
def dbt_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the compiled models of this session are kept."""
    return tmp_path_factory.getbasetemp() / "compiled"


@pytest.fixture
def scratch(dbt_root: Path) -> Iterator[DuckDBPyConnection]:
    """An empty lake in memory."""
    with scratch_lake(dbt_root) as connection:
        yield connection


@pytest.fixture
def insert_trades(scratch: DuckDBPyConnection) -> Callable[[pa.Table], None]:
    """Put trades of one fill into core.trades: symbol, id, side, price, quantity and time."""

    def insert(trades: pa.Table) -> None:
        fills = pa.array([1] * len(trades))
        load(scratch, trades.rename_columns(PLAIN).append_column("fill_count", fills))

    return insert


@pytest.fixture
def compute_models(scratch: DuckDBPyConnection, dbt_root: Path) -> Callable[..., None]:
    """Compute the named models from one time to another."""

    def compute_named(start_at: datetime, end_at: datetime, *names: str) -> None:
        chosen = [model for model in models(dbt_root) if model.name in names]
        compute(scratch, Window(start_at, end_at), chosen)

    return compute_named


@pytest.fixture(scope="session")
def measure(dbt_root: Path) -> Measure:
    """Compute features and marts of a tape, window after window, in a lake of its own."""

    def measured(tape: pa.Table, windows: Sequence[Window], *, threads: int = 2) -> Measured:
        chosen = [model for model in models(dbt_root) if model.folder in ("features", "marts")]
        with scratch_lake(dbt_root) as connection:
            connection.execute(f"set threads = {threads}")
            load(connection, tape)
            connection.execute(OWNERS)
            for window in windows:
                compute(connection, window, chosen)
            return {
                model.name: rows(connection, model)
                for model in chosen
                if model.materialized == "window"
            }

    return measured


def rows(connection: DuckDBPyConnection, model: Model) -> Rows:
    result = connection.execute(f"select * from {model.relation} order by all")
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.fixture(scope="session")
def whole() -> Window:
    """All days of the market."""
    return Window(FIRST_DAY, END)


@pytest.fixture(scope="session")
def at_once(measure: Measure, market: pa.Table, whole: Window) -> Measured:
    """Everything, computed in one window."""
    return measure(market, [whole])
