"""Messages that landed from Kafka become trades, and what is wrong with them is said."""

import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime
from itertools import count

import pytest

from assets.lake.locked_lake import locked
from assets.landing.kafka.objects import is_kafka_key
from assets.landing.kafka.registry import SchemaRegistry
from assets.landing.kafka.rows import Batch, landing, write_landing
from assets.landing.messages import TradeMessage, encode_json
from assets.landing.reader import landed_objects
from assets.landing.schema import COLUMNS_KEY
from assets.landing.streams import stream_days, stream_objects_for_days
from assets.market.window import Window
from assets.transform.asset import landed_paths
from assets.transform.build import build
from assets.transform.compiled_models import models
from assets.transform.dbt_project import NodeResult
from assets.transform.small_build import build_small
from assets.transform.tables import LANDED_OBJECTS
from tests.normalise.replaced_shapes import READ, REFUSED

FOLDERS = ("seeds", "staging", "intermediate", "core", "quarantine", "labels", "ops")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NOON = datetime(2024, 8, 9, 12, tzinfo=UTC)
DAY = Window.of_day(date(2024, 8, 9))
NEXT_DAY = Window.of_day(date(2024, 8, 10))
SECOND = 1_000_000
pytestmark = pytest.mark.slow
HOUR = 3_600 * SECOND


def trade(trade_id: str, after: int = 0, **more: str) -> bytes:
    """A message of noon and so many microseconds."""
    at = int(NOON.timestamp()) * SECOND + after
    fields = {"price": "67000.10", "quantity": "0.5", "side": "seller", **more}
    return encode_json(
        TradeMessage("kraken", "BTC-USDT", trade_id, at, **fields, received_at=at + 5)  # pyright: ignore
    )


@pytest.fixture
def put(lake, tmp_path):
    """Land messages as the next object of a partition; its key."""
    firsts = {partition: count(step=10) for partition in range(3)}

    def land(partition: int, messages: Sequence[bytes | None]) -> str:
        batch = Batch("trades", partition, next(firsts[partition]), 0.0)
        for place, message in enumerate(messages):
            batch.add(message, batch.first + place, 1_700_000_000_000)
        landed = landing(batch, SchemaRegistry(None), NOW, "auto")
        write_landing(tmp_path / "object", landed)
        assert lake.objects.put_new(batch.key, tmp_path / "object", landed.metadata)
        return batch.key

    return land


@pytest.fixture
def built(lake, compiled):
    """Build a window of what landed."""
    chosen = [model for model in models(lake.settings.root) if model.folder in FOLDERS]
    lake.create([LANDED_OBJECTS, *(m.table for m in chosen if m.materialized == "window")])

    # by dbt once, else at a fraction of its cost
    def run(window: Window, by: Callable[..., list[NodeResult]] = build_small) -> None:
        landed = landed_paths(lake, window, stream_days(lake))
        with nullcontext(lake) if by is build else locked(lake) as own:
            results = by(own, FOLDERS, window, landed=landed, commit_info={"run_id": "test"})
        assert [one for one in results if one.status not in {"success", "pass"}] == []

    return run


def rows_of(lake, query):
    with lake.connect() as connection:
        return connection.sql(query).fetchall()


def test_messages_become_trades_and_bad_ones_are_kept_with_their_offset(lake, put, built):
    key = put(
        2,
        [
            trade("1", account_id="a", counterparty_account_id="b", customer_id="c"),
            b"{",
            trade("2", SECOND),
            # sent twice, and once with another price
            trade("1", account_id="a", counterparty_account_id="b", customer_id="c"),
            trade("2", SECOND, price="1"),
            None,
        ],
    )
    bad_alone = put(0, [b"\xff"])
    assert not lake.objects.exists(COLUMNS_KEY)
    built(DAY, by=build)
    # the list of columns is made where only another version landed
    assert lake.objects.exists(COLUMNS_KEY)
    assert all(is_kafka_key(key) for key in landed_objects(lake.objects, "trades"))
    assert rows_of(
        lake,
        "select trade_id, source, source_line, traded_at::time::varchar, "
        "received_at::time::varchar, aggressor_side, account_id, "
        "counterparty_account_id, customer_id, price::double "
        "from lake.core.trades order by trade_id",
    ) == [
        ("1", key, 0, "12:00:00", "12:00:00.000005", "seller", "a", "b", "c", 67000.1),
        ("2", key, 2, "12:00:01", "12:00:01.000005", "seller", None, None, None, 67000.1),
    ]
    assert rows_of(lake, "select source, source_line, reason from lake.ops.dropped_trades") == [
        (key, 3, "duplicate")
    ]
    quarantined = rows_of(
        lake,
        "select source, source_file, source_line, venue, reason, raw from lake.quarantine.trades "
        "order by source, source_line",
    )
    assert [row[:4] for row in quarantined] == [
        (bad_alone, "trades/0", 0, "unknown"),
        (key, "trades/2", 1, "unknown"),
        (key, "trades/2", 4, "kraken"),
        (key, "trades/2", 5, "unknown"),
    ]
    assert "no trade in JSON" in quarantined[1][4]
    assert quarantined[2][4] == "another trade with other fields has the same id"
    assert [row[5] for row in quarantined if row[3] == "unknown"] == ["base64:/w==", "{", "base64:"]
    assert rows_of(
        lake, "select object, source_file, row_count from lake.ops.landed_objects order by all"
    ) == [(bad_alone, "trades/0", 1), (key, "trades/2", 2), (key, "trades/2", 4)]


def test_a_day_reads_the_objects_that_overlap_it(lake, put, built):
    before, across, after = (
        put(1, [trade("1", -13 * HOUR)]),
        put(1, [trade("2", 11 * HOUR), trade("3", 13 * HOUR)]),
        put(1, [trade("4", 14 * HOUR)]),
    )
    bad = put(0, [b"{"])
    said = stream_days(lake)
    built(DAY)
    known = stream_days(lake)
    assert known == said
    assert known[across] == {DAY.days[0], NEXT_DAY.days[0]}
    assert set(stream_objects_for_days(known, DAY.days)) == {across, bad}
    assert set(stream_objects_for_days(known, NEXT_DAY.days)) == {across, after, bad}
    built(NEXT_DAY)
    assert rows_of(lake, "select trade_id from lake.core.trades order by all") == [
        *(("2",), ("3",), ("4",))
    ]
    assert before not in stream_objects_for_days(known, DAY.days + NEXT_DAY.days)


def test_the_same_rows_whichever_way_the_days_are_cut(lake, put, built):
    for n in range(6):
        put(n % 3, [trade(str(n), n * 4 * HOUR), b"{"])
    query = "select trade_id, source, source_line from lake.core.trades order by all"
    whole = Window(DAY.start_at, NEXT_DAY.end_at)
    built(NEXT_DAY)
    built(DAY)
    apart = rows_of(lake, query)
    built(whole)
    assert rows_of(lake, query) == apart
    assert len(apart) == 6
    assert rows_of(lake, "select count(*) from lake.quarantine.trades") == [(6,)]


def test_a_crypto_trade_and_a_price_tick_of_one_topic(lake, put, built):
    crypto_trade, expected = READ["CryptoTrade"]
    tick, reason = REFUSED["price tick"]
    put(0, [json.dumps(crypto_trade).encode(), json.dumps(tick).encode()])
    built(DAY)
    assert rows_of(
        lake,
        "select venue, symbol, trade_id, aggressor_side, price_double, quantity_double, "
        "traded_at::varchar, account_id, customer_id, wallet_address, order_type "
        "from lake.core.trades",
    ) == [expected]
    ((said,),) = rows_of(lake, "select reason from lake.quarantine.trades")
    assert reason.partition(":")[0] in said
