"""Raw captures of Binance's websocket: `<receive time in ns> <message as JSON>` per line.

Trades and aggregate trades are rows; books, tickers and snapshots are counted as skipped.
`is_buyer_maker` (m) true means that the seller took.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from assets.landing.files.batch import BadLine, Batch
from assets.landing.files.lines import Block, raw_text
from assets.landing.schema import FIELDS

NAME = "binance_websocket"
TIME_COLUMNS = ("trade_time",)

LINE = re.compile(rb"\d{16,19} [{\[].*", re.DOTALL)

# as Binance begins every message; any other beginning is parsed
_KIND = re.compile(
    rb'\d+ \{"(?:stream":"[^"@]*@([A-Za-z]+)|e":"([A-Za-z]+)"|(lastUpdateId)":)', re.DOTALL
)
_STREAM = re.compile(r"[^@]*@([A-Za-z]+)")
_EVENTS = {"trade", "aggTrade"}
_VENUES = {"spot": "binance", "usdm": "binance_usdm", "cm": "binance_coinm"}

_BOTH_EVENTS = {
    "e": "event",
    "E": "event_time",
    "T": "trade_time",
    "s": "symbol",
    "p": "price",
    "q": "quantity",
    "m": "is_buyer_maker",
    "M": "is_best_match",
}
_KEYS = {
    "trade": _BOTH_EVENTS
    | {"t": "trade_id", "X": "order_type", "b": "buyer_order_id", "a": "seller_order_id"},
    "aggTrade": _BOTH_EVENTS | {"a": "agg_trade_id", "f": "first_trade_id", "l": "last_trade_id"},
}

KEYS = {"p", "q", "T", "m"}
"""The keys that a trade of Binance has, however it came."""


def venue_of_file(name: str) -> str:
    """The market that the file's prefix names: spot_, usdm_ or cm_; else `file`."""
    return _VENUES.get(name.split("_", 1)[0], "file")


def websocket_batches(blocks: Iterator[Block]) -> Iterator[Batch]:
    """The trades of each block of lines."""
    for block in blocks:
        yield _batch(block)


def _batch(block: Block) -> Batch:
    raw_lines = block.lines()
    rows: list[dict[str, str]] = []
    lines: list[int] = []
    bad: list[BadLine] = []
    skipped: Counter[str] = Counter()
    for number, line in enumerate(raw_lines, block.first_line):
        if not line.strip():
            skipped["blank line"] += 1
            continue
        try:
            if block.fault:
                raise ValueError(block.fault)
            kind = _kind(line)
            row = _row(line) if kind in _EVENTS else None
            if row is None:
                skipped[kind] += 1
            else:
                rows.append(row)
                lines.append(number)
        except ValueError as error:
            bad.append(BadLine(number, str(error), raw_text(line)))
    fields = pa.table(
        {name: pa.array((row.get(name) for row in rows), pa.string()) for name in FIELDS[NAME]}
    )
    return Batch(
        fields,
        np.array(lines, dtype=np.int64),
        lambda line: raw_text(raw_lines[line - block.first_line]),
        len(block.data),
        tuple(bad),
        skipped,
    )


def _kind(line: bytes) -> str:
    """A message's kind, without parsing all of it: most are books and tickers."""
    if not LINE.fullmatch(line):
        raise ValueError("the line is not a receive time in nanoseconds and a JSON message")
    if found := _KIND.match(line):
        stream, event, snapshot = found.groups()
        return "snapshot" if snapshot else (stream or event).decode()
    message = _message(line)
    data = message.get("data", message)
    event = data.get("e") if isinstance(data, dict) else None
    stream = _STREAM.match(_text(message.get("stream")))
    for kind in (event, stream[1] if stream else None):
        # a word of the message that is no kind must not become one
        if isinstance(kind, str) and kind.isascii() and kind.isalpha():
            return kind
    return "snapshot" if "lastUpdateId" in message else "other message"


def _message(line: bytes) -> dict[str, object]:
    """The message with every number as its original text."""
    try:
        text = line.split(b" ", 1)[1]
        message = json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except ValueError as error:  # malformed JSON, or bytes that are not UTF-8
        raise ValueError(f"the message is not JSON ({error})") from None
    except RecursionError:
        raise ValueError("the message is nested too deeply") from None
    return message if isinstance(message, dict) else {}


def _refuse(constant: str) -> None:
    """NaN and Infinity, which Python reads and JSON has not."""
    raise ValueError(f"{constant} is no value")


def _row(line: bytes) -> dict[str, str]:
    message = _message(line)
    data = message.get("data", message)
    event = data.get("e") if isinstance(data, dict) else None
    # text, because a list has no hash
    if not isinstance(data, dict) or not isinstance(event, str) or event not in _KEYS:
        raise ValueError("the message of a trade stream holds no trade")
    row = {
        column: _text(data[key])
        for key, column in _KEYS[event].items()
        if data.get(key) is not None
    }
    row["received_ns"] = line.split(b" ", 1)[0].decode()
    if message.get("stream") is not None:
        row["stream"] = _text(message["stream"])
    for column, text in row.items():
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValueError(f"the {column} holds half of a letter (a lone surrogate)")
    return row


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
