# ruff: noqa: RUF001 (digits that are none of ours)
"""Spoilt files of every format: none fails but by LandingError, and each row that landed is
accounted for by the day's SQL."""

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.landing.files.importer import land_files
from assets.landing.files.report import LandingError, LandingReport
from assets.market.window import Window
from assets.transform.build import compute
from assets.transform.compiled_models import models

ROWS = 12
DAY = "2024-08-09"
AT = 1_723_161_600_000
CCXT = "id,timestamp,symbol,side,price,amount"
LOG = "trade_id,timestamp,symbol,price,quantity,side,trader_id,order_id,event_type"
MESSAGE = "venue,symbol,trade_id,traded_at,price,quantity,received_at,side"
NASTY = (
    *("", " ", "-1", "0", "NaN", "nan", "inf", "-inf", "1e400", "5e-324", "-0", "0x10", "1_000"),
    *(str(2**63 - 1), str(-(2**63)), str(2**64), str(10**40), "-" + "9" * 30, "1e18", "1e-18"),
    *("\0", "a\0b", "\u202eabc", "\u2066x", "\ufeff", "\x1b[31m", "[/red]", "=1+1", "<script>"),
    *("币安人生USDT", "１２．５", "A/B/C", "-", "/", "USDT", "BTC-USDT-240927", "BTCUSD_PERP"),
    *("1970-01-01", "9999-12-31T23:59:59Z", "294247-01-10", "2024-08-09T00:00:00+99:99"),
    *("x" * 300, "9" * 1_000_000, '"', '""', "'", "\r", "a\tb", "true", "null", "None", "{}"),
)


def rows_of(kind: str, draw: random.Random) -> list[list[str]]:
    """Good rows of a table."""
    made = []
    for n in range(ROWS):
        at, price, size = AT + n * 1_000, f"{100 + draw.random():.4f}", f"{draw.random() + 0.1:.3f}"
        number = str(draw.randrange(10**6))
        made.append(
            {
                "ccxt": [number, str(at), "BTC/USDT", "buy", price, size],
                "log": [number, str(at), "BTC/USDT", price, size, "sell", "a", "o", "trade"],
                "message": ["kraken", "BTC-USDT", number, f"{at}000", price, size, "", "buyer"],
                "trades": [number, price, size, "1.0", str(at), "true", "true"],
                "aggregates": [number, price, size, "7", "8", str(at), "true", "true"],
            }[kind]
        )
    return made


def table(header: str | None, kind: str, draw: random.Random) -> bytes:
    rows = rows_of(kind, draw)
    if draw.random() < 0.7:
        for _ in range(draw.randrange(1, 4)):
            row = draw.choice(rows)
            row[draw.randrange(len(row))] = draw.choice(NASTY)
    lines = [*([header] if header else []), *(",".join(row) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def capture(draw: random.Random) -> bytes:
    lines = []
    for n, (number, price, size, *_) in enumerate(rows_of("trades", draw)):
        data: dict[str, object] = {"e": "trade", "T": AT + n, "s": "BTCUSDT", "t": int(number)}
        data |= {"p": price, "q": size, "m": True}
        if draw.random() < 0.1:
            data |= {"p": "0", "q": "0", "X": "NA"}
        if draw.random() < 0.3:
            spoilt = [[], {}, ["trade"], "\ud800", None, True, 1e400, -(2**63), *NASTY]
            data[draw.choice(list(data))] = draw.choice(spoilt)
        message: dict[str, object] = {"stream": "btcusdt@trade", "data": data}
        if draw.random() < 0.1:
            message = {"x": {"lastUpdateId": 1}, **message}
        text = json.dumps(message, separators=draw.choice([(",", ":"), (", ", ": ")]))
        if draw.random() < 0.05:
            text = '{"data":' + "[" * 100_000
        lines.append(f"{(AT + n) * 1_000_000} {text}")
    return ("\n".join(lines) + "\n").encode(errors="surrogatepass")


def zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", data)
    return file.getvalue()


def parquet(header: str, kind: str, draw: random.Random) -> bytes:
    columns = {
        name: pa.array(column)
        for name, column in zip(
            header.split(","), zip(*rows_of(kind, draw), strict=True), strict=True
        )
    }
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


FORMATS: dict[str, Callable[[random.Random], bytes]] = {
    "ccxt.csv": lambda draw: table(CCXT, "ccxt", draw),
    "log.csv": lambda draw: table(LOG, "log", draw),
    "message.csv": lambda draw: table(MESSAGE, "message", draw),
    "BTCUSDT-trades-2024-08-09.zip": lambda draw: zipped(table(None, "trades", draw)),
    "BTCUSDT-aggTrades-2024-08-09.csv.gz": lambda draw: gzip.compress(
        table(None, "aggregates", draw), mtime=0
    ),
    "usdm_btcusdt.gz": lambda draw: gzip.compress(capture(draw), mtime=0),
    "usdm_btcusdt.csv": capture,
    "ccxt.parquet": lambda draw: parquet(CCXT, "ccxt", draw),
    "message.parquet": lambda draw: parquet(MESSAGE, "message", draw),
}


def spoilt(data: bytes, draw: random.Random) -> bytes:
    """The bytes as they are, with some flipped, cut, or with a piece of them twice."""
    kind, place = draw.randrange(5), draw.randrange(len(data))
    if kind == 0:
        return data[:place]
    if kind == 1:
        changed = bytearray(data)
        for _ in range(draw.randrange(1, 6)):
            changed[draw.randrange(len(data))] = draw.randrange(256)
        return bytes(changed)
    if kind == 2:
        return data[:place] + data[draw.randrange(len(data)) :]
    return data


def land(path: Path, good: Path, stage, problems: list[str]) -> list[LandingReport]:
    try:
        reports = land_files([path, good], stage.store)
    except LandingError as error:
        reports = list(error.reports)
        problems.append(str(error))
    assert all(str(path) in problem for problem in problems[-1:] if len(reports) == 1)
    assert reports[-1].file == str(good)
    assert (reports[-1].rows, reports[-1].rejected) == (1, 0)
    for report in reports:
        counts = [pq.read_metadata(stage.store.path(key)).num_rows for key in report.objects]
        assert sum(counts) == report.rows
    return reports


@pytest.mark.slow
@pytest.mark.parametrize(
    "files",
    [
        pytest.param(300, id="three hundred"),
        pytest.param(10_000, id="ten thousand", marks=pytest.mark.proof),
    ],
)
def test_spoilt_files_harm_no_other_and_their_rows_are_accounted_for(stage, compiled, files):
    seed = random.randrange(2**64)
    print(f"seed {seed}")  # noqa: T201 (shown where the test fails)
    draw = random.Random(seed)
    good = stage.folder / "good.csv"
    good.write_text(f"{CCXT}\ngood,{AT},ETH/USDT,buy,1,1\n")
    keys: set[str] = set()
    problems: list[str] = []
    for number in range(files):
        name = draw.choice(list(FORMATS))
        folder = stage.folder / str(number)
        folder.mkdir()
        path = folder / name
        path.write_bytes(spoilt(FORMATS[name](draw), draw))
        for report in land(path, good, stage, problems):
            keys |= {*report.objects}
        path.unlink()
    assert 0 < len(problems) < files
    stage.normalise(DAY)
    of_day = [key for key in keys if f"date={DAY}" in key or "date=unknown" in key]
    landed = sum(pq.read_metadata(stage.store.path(key)).num_rows for key in of_day)
    core, dropped, quarantined = stage.counts()
    assert core + dropped + quarantined == landed
    assert core > files
    measured = [model for model in models(compiled) if model.folder in ("features", "marts")]
    compute(stage.connection, Window.of_day(date.fromisoformat(DAY)), measured)
    assert stage.rows("select count(*) from lake.features.bars_1m")[0][0] > 0
