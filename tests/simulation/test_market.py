"""The simulated market: the same from the same seed, and like a market."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from assets.simulation.background import DAY
from assets.simulation.market import ABUSE_DAY, ABUSES, Market, SimulatedMarket, generate, simulate
from assets.simulation.tables import EPISODES

HEADER = "trade_id,timestamp,symbol,price,quantity,side,trader_id,order_id,event_type"


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def quiet(market: Market, symbol: str) -> np.ndarray:
    """Rows of the tape before the day of abuse."""
    return market.tapes[symbol].at_ms < (market.day_count - 1) * DAY * 1_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SimulatedMarket:
    """One quiet day and the day of abuse, as files."""
    return simulate(3, tmp_path_factory.mktemp("made"), quiet_days=1)


@pytest.mark.slow
def test_the_same_seed_writes_the_same_bytes(made: SimulatedMarket, tmp_path: Path) -> None:
    simulate(3, tmp_path, quiet_days=1)
    assert written(made.labels_file.parent) == written(tmp_path)


@pytest.mark.slow
def test_another_seed_makes_another_market(made: SimulatedMarket, tmp_path: Path) -> None:
    simulate(4, tmp_path, quiet_days=1)
    once, other = written(made.labels_file.parent), written(tmp_path)
    assert once.keys() == other.keys()
    assert all(once[name] != other[name] for name in once)


def test_files_are_trade_logs_of_one_day_each_by_time(made: SimulatedMarket) -> None:
    assert [path.name for path in made.files] == [
        "trades_2024-08-08.csv",
        "trades_2024-08-09.csv",
    ]
    rows = 0
    for path, day in zip(made.files, made.days, strict=True):
        assert path.read_text().splitlines()[0] == HEADER
        table = pacsv.read_csv(path)
        times = table["timestamp"].to_numpy()
        assert (np.diff(times) >= np.timedelta64(0)).all()
        assert set(times.astype("datetime64[D]").astype(str)) == {str(day)}
        assert min(table["price"].to_pylist()) > 0
        assert min(table["quantity"].to_pylist()) > 0
        assert set(table["side"].to_pylist()) == {"BUY", "SELL"}
        rows += table.num_rows
    assert rows == made.trade_count


def test_trade_ids_are_unique_and_grow_with_time_inside_a_symbol(made: SimulatedMarket) -> None:
    for path in made.files:
        frame = pacsv.read_csv(path).to_pandas()
        for _, trades in frame.groupby("symbol"):
            assert trades["trade_id"].is_monotonic_increasing
            assert trades["trade_id"].is_unique


def test_labels_have_the_columns_of_the_lake(made: SimulatedMarket) -> None:
    names = [column.split()[0] for column in EPISODES.columns]
    table = pq.read_table(made.labels_file)
    assert table.column_names == names
    assert table.to_pylist() == made.labels
    assert len({row["episode_id"] for row in made.labels}) == len(made.labels)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_each_abuse_is_planted_once_inside_the_last_day_an_hour_apart(seed: int) -> None:
    labels = generate(seed, quiet_days=1).labels
    abuses = [row for row in labels if row["is_abuse"]]
    assert sorted(row["typology"] for row in abuses) == sorted(ABUSES)
    for row in abuses:
        assert row["window_start_at"].date() == ABUSE_DAY
        assert row["window_end_at"].date() == ABUSE_DAY
        assert row["window_start_at"] < row["window_end_at"]

    for one in abuses:
        for other in abuses:
            if (
                one["symbol"] == other["symbol"]
                and one["window_start_at"] < other["window_start_at"]
            ):
                gap = other["window_start_at"] - one["window_end_at"]
                assert gap >= timedelta(hours=1)


@pytest.mark.slow
def test_every_look_alike_stands_beside_the_abuse(market: Market) -> None:
    honest = {
        row["typology"]
        for row in market.labels
        if not row["is_abuse"] and row["window_start_at"].date() == ABUSE_DAY
    }
    assert honest == {
        "news_move", "gap_move", "block_trade", "twap_buyer", "maker_crossing",
        "grid_bots", "clock_bots", "popular_lot",
    }  # fmt: skip


def test_a_day_without_a_quiet_one_is_refused() -> None:
    with pytest.raises(ValueError, match="quiet day"):
        generate(1, quiet_days=0)


def test_an_order_is_one_millisecond_one_side_one_account(market: Market) -> None:
    for tape in market.tapes.values():
        same = np.diff(tape.order) == 0
        assert same.any()
        assert (np.diff(tape.at_ms)[same] == 0).all()
        assert (np.diff(tape.side.astype(int))[same] == 0).all()
        assert (np.diff(tape.account)[same] == 0).all()
        assert (np.diff(tape.order) >= 0).all()


def test_a_sweep_moves_the_price_against_the_taker(market: Market) -> None:
    for tape in market.tapes.values():
        same = np.diff(tape.order) == 0
        worse = np.diff(tape.ticks) * tape.side[1:]
        assert (worse[same] >= 0).all()


def test_rush_orders_occur_on_quiet_days_too(market: Market) -> None:
    for symbol, tape in market.tapes.items():
        rows = quiet(market, symbol)
        fills = np.bincount(tape.order[rows])
        share = (fills >= 2).sum() / (fills >= 1).sum()
        assert 0.05 < share < 0.4


def test_about_ten_thousand_trades_a_symbol_and_day(market: Market) -> None:
    for tape in market.tapes.values():
        a_day = np.bincount(tape.at_ms // (DAY * 1_000))
        assert len(a_day) == market.day_count
        assert ((a_day > 5_000) & (a_day < 22_000)).all()


def test_trades_come_in_clusters_and_sides_persist(market: Market) -> None:
    for symbol, tape in market.tapes.items():
        rows = quiet(market, symbol)
        a_minute = np.bincount(tape.at_ms[rows] // 60_000)
        assert a_minute.var() > 3 * a_minute.mean()
        orders = np.flatnonzero(np.diff(tape.order[rows], prepend=-1))
        side = tape.side[rows][orders].astype(float)
        assert np.corrcoef(side[:-1], side[1:])[0, 1] > 0.1


@pytest.mark.slow
def test_returns_have_fat_tails_and_clustered_volatility() -> None:
    tapes = generate(seed=8, quiet_days=6).tapes
    for tape in tapes.values():
        rows = tape.at_ms < 6 * DAY * 1_000
        bar = tape.at_ms[rows] // 300_000
        last = np.flatnonzero(np.diff(bar, append=-1))
        returns = np.diff(np.log(tape.ticks[rows][last]))
        excess = np.mean((returns - returns.mean()) ** 4) / returns.var() ** 2 - 3
        assert excess > 1
        absolute = np.abs(returns)
        assert np.corrcoef(absolute[:-1], absolute[1:])[0, 1] > 0.05


def test_sizes_are_heavy_tailed_and_often_round(market: Market) -> None:
    for symbol, tape in market.tapes.items():
        rows = quiet(market, symbol)
        size = np.sort(np.bincount(tape.order[rows], tape.notional[rows]))
        size = size[size > 0]
        top = size[-len(size) // 100 :]
        exponent = 1 / np.mean(np.log(top / top[0]))
        assert 1.3 < exponent < 3.5
        popular = round(tape.instrument.popular_lot / tape.instrument.lot)
        assert (tape.lots[rows] == popular).mean() > 0.02
