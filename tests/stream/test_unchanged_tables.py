"""Tables in memory that serve several windows never mix one window's rows with another's."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.landing.files.importer import land_files
from assets.landing.messages import TradeMessage, encode_json
from assets.landing.reader import objects_for_days
from assets.landing.schema import COLUMNS_KEY
from assets.landing.writer import put_columns
from assets.market.window import EPOCH, Window
from assets.stream.micro_batch import run_window
from assets.stream.stream import connected
from assets.tables import create_tables
from assets.transform.build import compute, scratch_lake
from assets.transform.compiled_models import models
from tests.sensors.stream_objects import land

T0 = datetime(2024, 3, 1, 10)
HEADER = "trade_id,timestamp,symbol,price,quantity,side,trader_id,order_id,event_type"
INFO = {"run_id": "test", "code_version": "test"}
TABLES = {
    "core.trades": "source, source_line, trade_id, price, quantity, sequence, traded_at",
    "quarantine.trades": "source, source_line, reason",
    "ops.dropped_trades": "source, source_line, reason",
    "ops.landed_objects": "object, row_count, trade_day",
    "features.bars_1s": "venue, symbol, cell_start_at, trade_count",
}
pytestmark = [pytest.mark.slow, pytest.mark.path]

Rows = dict[str, list[tuple]]


def second(count: float) -> datetime:
    return T0 + timedelta(seconds=count)


def again(trade_id: str, at: datetime, price: str) -> bytes:
    """A message of a trade that another message had."""
    microseconds = (at - EPOCH) // timedelta(microseconds=1)
    return encode_json(
        TradeMessage("binance", "COIN0-USDT", trade_id, microseconds, price, "2", "buyer")
    )


def nowhere(trade_id: str, at: datetime) -> bytes:
    """A message of a trade in a symbol that no venue has."""
    microseconds = (at - EPOCH) // timedelta(microseconds=1)
    return encode_json(TradeMessage("binance", "?", trade_id, microseconds, "1", "2", "buyer"))


def windows_of(lake: Lake, folder: Path) -> list[tuple[Window, list[str]]]:
    """Kafka's objects, then a file's, in turn; with nothing to set aside, then with much of it."""
    folder.mkdir(exist_ok=True)
    file = folder / "trades.csv"
    rows = [f"t{n},2024-03-01T10:00:{n},BTCUSDT,100.5,1.5,BUY,a,o{n},TRADE" for n in range(20, 30)]
    # one without an id, one that is rejected, one twice
    rows += [",2024-03-01T10:00:24,BTCUSDT,7,1.5,BUY,a,,TRADE", rows[3].replace("100.5", "-1")]
    file.write_text("\n".join([HEADER, *rows, rows[0]]) + "\n")
    clean = land(lake, 0, [second(n) for n in range(10)])
    mixed = land(
        lake,
        0,
        [second(n) for n in range(10, 20)],
        more=[
            again("12", second(12), "100.5"),
            again("13", second(13), "99"),
            again("x", second(14), "0"),
            b"{",
        ],
    )
    # the newest first, of a contract whose size its values prove, with ids that do not count
    table = folder / "swap.csv"
    newest = [
        f"k{n * 7 % 10},2024-03-01T10:00:{n}Z,BTC/USDT:USDT,buy,100,{n},{n}"
        for n in range(29, 19, -1)
    ]
    table.write_text("\n".join(["id,datetime,symbol,side,price,amount,cost", *newest]) + "\n")
    land_files([file, table], lake.objects, venue="simulated")
    of_file = objects_for_days(lake.objects, "trades", [T0.date()])
    last = land(lake, 0, [second(n) for n in range(30, 40)])
    # windows that read nothing of it lie between its own; of another symbol, and of one unknown
    wide = land(lake, 1, [second(31), second(46)], more=[nowhere("1", second(47))])
    return [
        (Window(second(0), second(10)), [clean]),
        (Window(second(10), second(20)), [mixed]),
        (Window(second(20), second(30)), list(of_file)),
        (Window(second(30), second(35)), [last, wide]),
        (Window(second(35), second(40)), [last]),
        (Window(second(40), second(45)), []),
        (Window(second(45), second(50)), [wide]),
    ]


def contents(lake: Lake) -> Rows:
    with lake.connect() as connection:
        return {
            table: connection.execute(f"select {columns} from lake.{table} order by all").fetchall()
            for table, columns in TABLES.items()
        }


def rows_of(home: Path, order: Sequence[int], *, alone: bool) -> Rows:
    """The tables after windows in an order, on one connection or on one for each."""
    lake = Lake(load_settings(home=home))
    windows = windows_of(lake, home)
    create_tables(lake)
    put_columns(lake.objects, lake.settings.scratch)
    if alone:
        for place in order:
            with connected(lake) as stream:
                run_window(stream, *windows[place], INFO)
    else:
        with connected(lake) as stream:
            for place in order:
                run_window(stream, *windows[place], INFO)
    return contents(lake)


def test_windows_on_one_connection_give_what_each_gives_alone(tmp_path: Path) -> None:
    order = [0, 1, 2, 3, 4, 5, 6]
    alone = rows_of(tmp_path / "alone", order, alone=True)
    assert len(alone["core.trades"]) == 53
    assert len(alone["quarantine.trades"]) == 5
    assert len(alone["ops.dropped_trades"]) == 2
    of_contract = [row for row in alone["core.trades"] if row[2].startswith("k")]
    # 0.01 a contract, the oldest row first
    assert {row[4] / (row[6].second) for row in of_contract} == {Decimal("0.01")}
    assert [row[1] for row in sorted(of_contract, key=lambda row: row[5])] == list(range(11, 1, -1))
    assert rows_of(tmp_path / "one", order, alone=False) == alone
    # again, with nothing of the first time left over or twice
    assert rows_of(tmp_path / "again", [1, 0, 2, 1, 3, 2, 4, 5, 1, 6], alone=False) == alone


def test_tables_without_parents_rows_are_empty(tmp_path: Path) -> None:
    in_memory = [model for model in models(tmp_path) if model.database == "memory"]
    with scratch_lake(tmp_path) as connection:
        compute(connection, Window(second(0), second(10)), in_memory, [_columns(tmp_path)])
        found = {
            model.name: connection.execute(f"select count(*) from {model.relation}").fetchall()
            for model in in_memory
            if model.materialized == "table" and "base_landed_objects" not in model.parents
        }
    rows = {name for name, counted in found.items() if counted != [(0,)]}
    assert rows <= {"base_landed_objects"}
    assert len(found) > 5


def test_of_a_stream_s_objects_the_window_s_rows_are_typed_and_of_a_file_s_all(
    tmp_path: Path,
) -> None:
    lake = Lake(load_settings(home=tmp_path))
    (_, of_stream), (_, mixed), (_, of_file), *_ = windows_of(lake, tmp_path)
    in_memory = [model for model in models(tmp_path) if model.database == "memory"]

    def typed(first: int, last: int, keys: Sequence[str]) -> list[tuple]:
        with scratch_lake(tmp_path) as connection:
            paths = [_columns(tmp_path), *map(lake.objects.path, keys)]
            compute(connection, Window(second(first), second(last)), in_memory, paths)
            return connection.execute(
                "select traded_at from memory.intermediate.int_trades_parsed order by all"
            ).fetchall()

    assert typed(2, 5, of_stream) == [(second(n),) for n in (2, 3, 4)]
    # messages that are no trade have no time, and lie in every window
    assert typed(17, 18, mixed) == [(second(17),), (None,), (None,)]
    assert len(typed(22, 23, of_file)) == 23


def test_only_rows_from_right_before_are_loaded(tmp_path: Path) -> None:
    lake = Lake(load_settings(home=tmp_path))
    key = land(lake, 0, [second(n) for n in range(60)])
    create_tables(lake)
    put_columns(lake.objects, lake.settings.scratch)
    in_memory: list[bool] = []
    with connected(lake) as stream:
        for first, last in ((0, 5), (5, 10), (10, 15), (15, 20), (31, 36), (36, 41)):
            run_window(stream, Window(second(first), second(last)), [key], INFO)
            in_memory.append(stream.recent is not None)
    # two in order before rows are loaded; behind a gap they are not
    assert in_memory == [False, False, True, True, False, True]


def _columns(home: Path) -> str:
    """The object without rows that every window reads."""
    lake = Lake(load_settings(home=home))
    put_columns(lake.objects, lake.settings.scratch)
    return lake.objects.path(COLUMNS_KEY)
