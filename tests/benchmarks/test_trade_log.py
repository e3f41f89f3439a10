"""The benchmark's input: the shares and fields that the description names, of any length."""

import importlib.util
from datetime import datetime
from pathlib import Path
from types import ModuleType
from uuid import UUID

import pyarrow.csv as pacsv
import pytest

HEADER = "trade_id,timestamp,symbol,price,quantity,side,trader_id,order_id,event_type"


@pytest.fixture(scope="module")
def trade_log() -> ModuleType:
    path = Path(__file__).with_name("trade_log.py")
    spec = importlib.util.spec_from_file_location("trade_log", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_a_log_has_so_many_rows_and_the_same_seed_the_same_bytes(
    trade_log: ModuleType, tmp_path: Path
) -> None:
    trade_log.write(1_000, tmp_path / "once.csv", seed=1)
    trade_log.write(1_000, tmp_path / "again.csv", seed=1)
    trade_log.write(1_000, tmp_path / "other.csv", seed=2)
    lines = (tmp_path / "once.csv").read_text().splitlines()
    assert lines[0] == HEADER
    assert len(lines) == 1_001
    assert (tmp_path / "once.csv").read_bytes() == (tmp_path / "again.csv").read_bytes()
    assert (tmp_path / "once.csv").read_bytes() != (tmp_path / "other.csv").read_bytes()
    fields = lines[1].split(",")
    assert UUID(fields[0]).version == 4
    assert UUID(fields[7]).version == 4
    assert datetime.fromisoformat(fields[1]).tzinfo is None


@pytest.mark.slow
def test_shares_of_events_are_those_described(trade_log: ModuleType, tmp_path: Path) -> None:
    trade_log.write(340_000, tmp_path / "log.csv", seed=1)
    frame = pacsv.read_csv(tmp_path / "log.csv").to_pandas()
    shares = frame["event_type"].value_counts(normalize=True)
    # rows a step: 0.96 trades, 0.04 of wash pairs, 0.4 of buys and 0.3 of sells in bursts
    assert shares["TRADE"] == pytest.approx(0.96 / 1.7, rel=0.05)
    assert shares["WASH"] == pytest.approx(0.04 / 1.7, rel=0.05)
    assert shares["PUMP"] == pytest.approx(0.4 / 1.7, rel=0.05)
    assert shares["DUMP"] == pytest.approx(0.3 / 1.7, rel=0.05)
    assert frame["timestamp"].is_monotonic_increasing
    pairs = frame[frame["event_type"] == "WASH"].groupby(["trader_id", "timestamp", "price"])
    assert (pairs["side"].nunique() == 2).all()
    assert set(frame["symbol"]) == {"BTCUSDT", "ETHUSDT", "SOLUSDT"}
    assert frame["trader_id"].nunique() == 500
    assert (frame["price"] > 0).all()
