"""Objects of a topic, as the lander leaves them, in a local store."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assets.lake.lake import Lake
from assets.landing.kafka.objects import next_offset
from assets.landing.kafka.registry import SchemaRegistry
from assets.landing.kafka.rows import Batch, landing, write_landing
from assets.landing.messages import TradeMessage, encode_json
from assets.market.window import EPOCH

TOPIC = "trades"


def land(
    lake: Lake,
    partition: int,
    times: Sequence[datetime],
    *,
    broker_at: datetime | None = None,
    more: Sequence[bytes] = (),
) -> str:
    """One object of a partition with a trade of each time; the broker took them at the last.

    Behind them `more` messages, as they are.
    """
    first = next_offset(lake.objects, TOPIC, partition)
    taken = (broker_at or max(times)) - EPOCH
    batch = Batch(TOPIC, partition, first, 0.0)
    for offset, at in enumerate(times, first):
        trade = TradeMessage(
            "binance",
            f"COIN{partition}-USDT",
            str(offset),
            (at - EPOCH) // timedelta(microseconds=1),
            "100.5",
            "2",
            "buyer",
        )
        batch.add(encode_json(trade), offset, taken // timedelta(milliseconds=1))
    for offset, message in enumerate(more, first + len(times)):
        batch.add(message, offset, taken // timedelta(milliseconds=1))
    path = Path(lake.settings.root) / f"unlanded-{partition}-{first}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    now = (broker_at or max(times)).replace(tzinfo=UTC)
    landed = landing(batch, SchemaRegistry(None), now, "json")
    write_landing(path, landed)
    assert lake.objects.put_new(batch.key, path, landed.metadata)
    path.unlink()
    return batch.key
