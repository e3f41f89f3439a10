"""Decode a batch of JSON or Avro messages to Arrow: every message is a row or has an error."""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assets.landing.formats import no_trades
from assets.landing.formats.table import snake_case
from assets.landing.kafka import crypto_trades
from assets.landing.kafka.registry import SchemaRegistry, UnknownSchemaError
from assets.landing.kafka.validation import faults
from assets.landing.messages import HEADER_BYTES, MAGIC, TradeMessage

_INTEGERS = {"traded_at", "received_at"}
TRADES = pa.schema(
    [
        (name, pa.int64() if name in _INTEGERS else pa.string())
        for name in TradeMessage.__struct_fields__
    ]
)
"""The columns of decoded trades: those of the message, times as microseconds since 1970."""
REQUIRED = ("venue", "symbol", "trade_id", "traded_at", "price", "quantity")

PART_ROWS = 1_000
"""Avro messages decoded in one call, and again in halves if one of them is bad."""

_END = "tapewatch_end"


@dataclass(frozen=True)
class Decoded:
    """A decoded batch: each place is either in `places` or a key of `bad`, once."""

    trades: pa.Table
    """The good messages, in order, with the columns of `TRADES`."""
    places: NDArray[np.int64]
    """The place of each good message in the batch."""
    bad: dict[int, str]
    """The error of each bad message, by its place."""


def decode(
    values: Sequence[bytes | None], registry: SchemaRegistry, now: datetime, format: str = "auto"
) -> Decoded:
    """Read a batch of message values.

    `auto` distinguishes the formats by the first byte: Avro's never begins a JSON text. A
    RegistryError means that a schema could not be fetched: decode the batch again later.
    """
    bad: dict[int, str] = {}
    groups: defaultdict[int | None, list[int]] = defaultdict(list)
    for place, value in enumerate(values):
        if not value:
            bad[place] = "the message is empty"
        elif format == "json" or (format == "auto" and value[:1] != MAGIC):
            groups[None].append(place)
        elif len(value) <= HEADER_BYTES or value[:1] != MAGIC:
            bad[place] = "not in Confluent's wire format"
        else:
            groups[int.from_bytes(value[1:HEADER_BYTES], "big")].append(place)
    tables: list[pa.Table] = [TRADES.empty_table()]
    places: list[int] = []
    for schema_id, of_group in groups.items():
        bodies: list[bytes] = [value for place in of_group if (value := values[place])]
        if schema_id is None:
            table, readable, wrong = _json_rows(bodies)
        else:
            try:
                schema = registry.schema(schema_id)
                table, readable, wrong = _avro_rows(
                    [body[HEADER_BYTES:] for body in bodies], schema
                )
            except UnknownSchemaError as error:
                bad |= dict.fromkeys(of_group, str(error))
                continue
        tables.append(table)
        places += [of_group[row] for row in readable]
        bad |= {of_group[row]: error for row, error in wrong.items()}
    return _validated(
        pa.concat_tables(tables).combine_chunks(), np.array(places, np.int64), bad, now
    )


def _validated(
    trades: pa.Table, places: NDArray[np.int64], bad: dict[int, str], now: datetime
) -> Decoded:
    found = faults(trades, now)
    bad |= {int(place): fault for place, fault in zip(places, found, strict=True) if fault}
    good = np.array([row for row, fault in enumerate(found) if fault is None], np.int64)
    if len(good) < len(places):
        trades, places = trades.take(good), places[good]
    if np.any(places[1:] < places[:-1]):
        order = np.argsort(places)
        trades, places = trades.take(order), places[order]
    return Decoded(trades, places, bad)


_decoder = msgspec.json.Decoder(TradeMessage)
_fields = attrgetter(*TRADES.names)


def _json_rows(bodies: list[bytes]) -> tuple[pa.Table, list[int], dict[int, str]]:
    trades: list[tuple[Any, ...]] = []
    readable: list[int] = []
    bad: dict[int, str] = {}
    for row, body in enumerate(bodies):
        try:
            # the JSON decoder checks the encoding of the needed fields only
            body.decode()
            trades.append(_fields(_json_trade(body)))
            readable.append(row)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            bad[row] = f"no trade in JSON: {error}{_hint(body)}"
    columns = zip(*trades, strict=True) if trades else [()] * len(TRADES)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, TRADES.types, strict=True)]
    return pa.table(arrays, schema=TRADES), readable, bad


def _json_trade(body: bytes) -> TradeMessage:
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError:
        if f'"{crypto_trades.MARK}"'.encode() not in body:
            raise
        return crypto_trades.decode_json(body)


def _hint(body: bytes) -> str:
    """What a JSON message is instead of a trade, or what a trade has; empty if it is no JSON."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if isinstance(found, list):
        return "; send each trade as a message of its own"
    names = [snake_case(name) for name in found] if isinstance(found, dict) else []
    what = no_trades.what_it_is(names)
    has = f"a trade message has {', '.join(REQUIRED)}, numbers as text"
    return f"; {what}" if what else f"; {has}"


def _avro_rows(bodies: list[bytes], schema: str) -> tuple[pa.Table, list[int], dict[int, str]]:
    """Decode with the schema that the messages were written in; drop its additional fields."""
    # Decoders ignore bytes after a record. So the schema gets one more field and each message a
    # secret number at its end: the field equals it only if the message ends with its record.
    mark = secrets.randbits(62)
    marked_schema = _with_end(schema)
    end_mark = _zigzag(mark)
    marked = [body + end_mark for body in bodies]
    tables: list[pa.Table] = [TRADES.empty_table()]
    readable: list[int] = []
    bad: dict[int, str] = {}
    # halve parts that cannot be decoded until each bad message is alone
    waiting = [
        (start, min(start + PART_ROWS, len(marked)))
        for start in reversed(range(0, len(marked), PART_ROWS))
    ]
    while waiting:
        start, end = waiting.pop()
        try:
            read = _read_avro(marked[start:end], marked_schema)
        except ValueError as error:
            if end - start == 1:
                bad[start] = f"no trade in Avro: {error}"
            else:
                middle = (start + end) // 2
                waiting += [(middle, end), (start, middle)]
            continue
        ends_right = np.asarray(read[_END]) == mark
        tables.append(_as_trades(read).filter(pa.array(ends_right)))
        readable += (np.flatnonzero(ends_right) + start).tolist()
        wrong = np.flatnonzero(~ends_right) + start
        bad |= dict.fromkeys(wrong.tolist(), "the message does not end where its schema says")
    return pa.concat_tables(tables), readable, bad


def _read_avro(bodies: list[bytes], schema: str) -> pa.RecordBatch:
    # the package is compiled and has no stubs
    from pyruhvro import deserialize_array  # pyright: ignore[reportAttributeAccessIssue]

    read = deserialize_array(bodies, schema)
    # the package accepts invalid UTF-8 as text
    read.validate(full=True)
    return read


def _with_end(schema: str) -> str:
    record = msgspec.json.decode(schema)
    if not isinstance(record, dict) or record.get("type") != "record":
        raise UnknownSchemaError("the message's schema is no record")
    return msgspec.json.encode(
        record | {"fields": [*record["fields"], {"name": _END, "type": "long"}]}
    ).decode()


def _zigzag(number: int) -> bytes:
    """A number of at least 0 in Avro's encoding of a long."""
    rest, written = number << 1, bytearray()
    while rest > 0x7F:
        written.append(rest & 0x7F | 0x80)
        rest >>= 7
    written.append(rest)
    return bytes(written)


def _as_trades(read: pa.RecordBatch) -> pa.Table:
    """The columns of a trade by name; columns that an older schema lacks are null."""
    if crypto_trades.MARK in read.schema.names:
        read = crypto_trades.renamed(read)
    columns: list[pa.Array] = []
    for field in TRADES:
        if field.name not in read.schema.names:
            if field.name in REQUIRED:
                raise UnknownSchemaError(f"the message's schema has no field {field.name}")
            columns.append(pa.nulls(read.num_rows, field.type))
            continue
        column = read[field.name]
        fits = {pa.string(): pa.types.is_string, pa.int64(): _is_microseconds}[field.type]
        if not (fits(column.type) or pa.types.is_null(column.type)):
            raise UnknownSchemaError(f"{field.name} is {column.type} in the message's schema")
        columns.append(column.cast(field.type))
    return pa.table(columns, schema=TRADES)


def _is_microseconds(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or kind == pa.timestamp("us")
