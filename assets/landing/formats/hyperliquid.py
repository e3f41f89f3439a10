"""Hyperliquid's trades: as a table or objects, and in messages of its websocket.

`users` are the buyer and the seller, `side` is the aggressor's (B bought, A sold), `tid` the id,
`time` milliseconds, `hash` the aggressor's transaction, zeros for slices of a TWAP order. A coin
alone is a perpetual in USDC; a spot market is `PURR/USDC`, or `@` and its number.

A line of a capture is `<receive time in ns> <message as JSON>`, or the message alone. A message
holds any number of trades, so a trade's line is its place: 1 for the first of the file.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from assets.landing.files.batch import BadLine, Batch
from assets.landing.files.json_rows import BLANK, text_of
from assets.landing.files.lines import Block, raw_text
from assets.landing.formats.table import TableFormat
from assets.landing.schema import FIELDS

NAME = "hyperliquid"
HYPERLIQUID = TableFormat(
    name=NAME,
    title="Hyperliquid's trades",
    required=("coin", "side", "px", "sz", "time", "tid", "users"),
    time_columns=("time",),
    venue=lambda names, venue_symbol: NAME,
)
NEEDED = ("coin", "px", "sz", "side", "time", "tid")

CHANNELS = {
    *("trades", "l2Book", "bbo", "allMids", "candle", "activeAssetCtx", "activeSpotAssetCtx"),
    *("subscriptionResponse", "notification", "pong", "post", "error"),
}
LINE = re.compile(rb"(?:(\d{16,19}) )?(\{.*)", re.DOTALL)


def is_message(line: bytes) -> bool:
    """Whether a line is a message of Hyperliquid's websocket, with its time of receipt or not."""
    try:
        _, message = _read(line)
    except ValueError:
        return False
    return _kind(message) in CHANNELS


def message_batches(blocks: Iterator[Block]) -> Iterator[Batch]:
    """The trades of each block's messages; other messages are counted by their channel."""
    place = 1
    for block in blocks:
        batch = _batch(block, place)
        place += batch.fields.num_rows + len(batch.bad)
        yield batch


def _batch(block: Block, first_place: int) -> Batch:
    rows: list[dict[str, str | None]] = []
    places: list[int] = []
    bad: list[BadLine] = []
    raws: list[str] = []
    skipped: Counter[str] = Counter()
    for raw, row, error in _items(block, skipped):
        place = first_place + len(raws)
        raws.append(raw)
        if row is None:
            bad.append(BadLine(place, error, raw))
        else:
            rows.append(row)
            places.append(place)
    columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in FIELDS[NAME]}
    return Batch(
        pa.table(columns),
        np.array(places, dtype=np.int64),
        lambda place: raws[place - first_place],
        len(block.data),
        tuple(bad),
        skipped,
    )


def _items(
    block: Block, skipped: Counter[str]
) -> Iterator[tuple[str, dict[str, str | None] | None, str]]:
    """Each trade and each line that is no message: its text, its row if it has one, its error.

    Other messages are counted in `skipped`.
    """
    for number, line in enumerate(block.lines(), block.first_line):
        try:
            if block.fault:
                raise ValueError(block.fault)
            received_ns, message = _read(line) if line.strip() else (None, {})
            trades = _trades(message)
        except ValueError as error:
            yield raw_text(line), None, f"{error} (line {number})"
            continue
        if trades is None:
            skipped[_kind(message)] += 1
        for trade in trades or ():
            raw = raw_text(json.dumps(trade).encode())
            if lacking := [name for name in NEEDED if not _has(trade, name)]:
                yield raw, None, f"the trade has no {', '.join(lacking)} (line {number})"
                continue
            row = {name: text_of(trade.get(name)) for name in FIELDS[NAME]}
            yield raw, row | {"received_ns": received_ns}, ""


def _read(line: bytes) -> tuple[str | None, dict[str, Any]]:
    """The time of receipt, if the line has one, and the message, each number its own text."""
    found = LINE.fullmatch(line.strip())
    if found is None:
        raise ValueError("the line is not a message as JSON, with or without its receive time")
    try:
        message = json.loads(found[2], parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the message is not JSON ({error})") from None
    return found[1].decode() if found[1] else None, message


def _trades(message: dict[str, Any]) -> list[Any] | None:
    """The trades of a message; None of any other message."""
    if message.get("channel") != "trades":
        return None
    if not isinstance(trades := message.get("data"), list):
        raise ValueError("the message of a trade stream holds no list of trades")
    return trades


def _kind(message: dict[str, Any]) -> str:
    """The channel of a message without trades: a word of ours where it names none."""
    if not message:
        return BLANK
    channel = text_of(message.get("channel"))
    return channel if channel in CHANNELS else "other message"


def _has(trade: Any, name: str) -> bool:
    return isinstance(trade, dict) and trade.get(name) not in (None, "")
