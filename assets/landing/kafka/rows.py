"""Convert a batch of one partition to the rows of its object: all messages, good and bad."""

import base64
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from assets.landing.files.times import from_microseconds
from assets.landing.kafka.decoding import TRADES, Decoded, decode
from assets.landing.kafka.objects import object_key
from assets.landing.kafka.registry import SchemaRegistry
from assets.landing.kafka.validation import AHEAD, microseconds
from assets.landing.schema import EVERY_ROW, FIELDS, column_type
from assets.landing.writer import write_object

FORMAT = "tapewatch"
ENCODED = "base64:"
SCHEMA = pa.schema(
    [
        (name, column_type(name))
        for name in dict.fromkeys([*EVERY_ROW, *FIELDS[FORMAT]])
        if not name.startswith("source_")
    ]
)


@dataclass
class Batch:
    """Consecutive messages of a partition that become one object.

    `first` is the offset after the last object. It may have no message: at the end of a
    transaction, or if the broker has deleted it.
    """

    topic: str
    partition: int
    first: int
    opened_at: float
    """Seconds since 1970."""
    values: list[bytes | None] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    broker_ms: list[int] = field(default_factory=list)
    size: int = 0
    batch_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def add(self, value: bytes | None, offset: int, broker_ms: int) -> None:
        self.values.append(value)
        self.offsets.append(offset)
        self.broker_ms.append(broker_ms)
        self.size += len(value or b"")

    @property
    def key(self) -> str:
        return object_key(self.topic, self.partition, self.first)

    @property
    def last(self) -> int:
        return self.offsets[-1]


@dataclass(frozen=True)
class Landing:
    """A converted batch: rows, the object's description, and the bad messages by place."""

    rows: pa.Table
    metadata: dict[str, str]
    bad: dict[int, str]


def landing(batch: Batch, registry: SchemaRegistry, now: datetime, format: str) -> Landing:
    """Decode and validate a batch; times after `now` (aware), with a tolerance, are faults."""
    decoded = decode(batch.values, registry, now, format)
    rows = _rows(batch, decoded)
    metadata = {
        "last_offset": str(batch.last),
        "batch_id": batch.batch_id,
        "rows": str(rows.num_rows),
        "greatest_broker_at": _iso(_broker_time(batch, now), "milliseconds"),
    }
    if decoded.trades.num_rows:
        times = decoded.trades["traded_at"].to_numpy()
        metadata["least_traded_at"] = _iso(int(times.min()), "microseconds")
        metadata["greatest_traded_at"] = _iso(int(times.max()), "microseconds")
    return Landing(rows, metadata, decoded.bad)


def _broker_time(batch: Batch, now: datetime) -> int:
    """Microseconds of the last message. Its producer may have set any time: one far ahead would
    make the stream's windows wait for it, or have no date at all."""
    latest = microseconds(now + AHEAD)
    return min(max(0, *batch.broker_ms) * 1000, latest)


def write_landing(path: Path, landed: Landing) -> None:
    """Write the object, with the metadata that the store gets too."""
    write_object(path, landed.rows, landed.metadata)


def raw_text(value: bytes | None) -> str:
    """A message's value as reversible text: itself, or `base64:` and its encoding."""
    try:
        text = (value or b"").decode()
    except UnicodeDecodeError:
        text = ""
    if text and "\x00" not in text and not text.startswith(ENCODED):
        return text
    return ENCODED + base64.b64encode(value or b"").decode()


def _rows(batch: Batch, decoded: Decoded) -> pa.Table:
    bad = sorted(decoded.bad)
    places = np.concatenate([decoded.places, np.array(bad, np.int64)])
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "error": pa.array([decoded.bad[place] for place in bad], pa.string()),
        "raw": pa.array([raw_text(batch.values[place]) for place in bad], pa.string()),
    }
    trades = decoded.trades
    empty = {name: pa.nulls(trades.num_rows, pa.string()) for name in columns}
    read = {name: trades[name] for name in TRADES.names}
    good = pa.table({**read, "time_us": trades["traded_at"], **empty})
    rows = pa.concat_tables([good, pa.table(columns)], promote_options="default").combine_chunks()
    rows = rows.append_column("offset", pa.array(np.array(batch.offsets, np.int64)[places]))
    rows = rows.append_column("broker_at", pa.array(np.array(batch.broker_ms, np.int64)[places]))
    if bad:
        rows = rows.take(np.argsort(places))
    for name, value in (("format", FORMAT), ("topic", batch.topic), ("partition", batch.partition)):
        same = pa.repeat(pa.scalar(value, column_type(name)), rows.num_rows)
        rows = rows.append_column(name, same)
    return rows.select(SCHEMA.names)


def _iso(microseconds: int, precision: str) -> str:
    return from_microseconds(microseconds).isoformat(timespec=precision)
