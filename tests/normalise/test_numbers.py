"""Decimals and times are read exactly."""

import random
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection

from assets.landing.files.times import read_times
from assets.landing.schema import landed_schema
from assets.transform.build import scratch_lake
from assets.transform.compiled_models import models

WIDE = Decimal("1e-18")
NO_TIME = -(2**63)


@pytest.fixture
def staged(compiled) -> Iterator[DuckDBPyConnection]:
    """The models that read times and numbers, over one empty object with a row a text."""
    with scratch_lake(compiled) as connection:
        nothing = landed_schema().empty_table()
        connection.register("nothing", nothing)
        connection.execute(
            """
            create table memory.staging.base_trades as
            select *, 'object' as filename from nothing;
            create table memory.staging.base_landed_objects as
            select 'object' as filename, 1 as object_number, 'object' as object,
                false as is_streamed,
                timestamp '0001-01-01' as rows_start_at, timestamp '9999-12-31' as rows_end_at;
            create table memory.intermediate.int_trade_symbols as
            select 'file' as venue, 'A/B' as venue_symbol, 'A-B' as symbol,
                null::varchar as symbol_problem, false as is_usd,
                false as is_inverse, false as size_needed, null::double as contract_size;
            create table memory.intermediate.int_contract_sizes
            (venue varchar, venue_symbol varchar, contract_size double)
            """
        )
        for model in models(compiled):
            if model.name.startswith("stg_") or model.name in {
                "int_trades_landed",
                "int_trades_parsed",
            }:
                connection.execute(f"create view {model.relation} as {model.sql}")
        yield connection


def put(connection: DuckDBPyConnection, select: str) -> None:
    """Land the texts of a query's column `text`, as price and as time."""
    connection.execute(
        "insert into memory.staging.base_trades by name "
        "select 'trade_log' as format, 'file' as venue, 'A/B' as symbol, 'object' as filename, "
        f"row_number() over () as source_line, text as price, text as timestamp from ({select})"
    )


def read(connection: DuckDBPyConnection, column: str) -> list[object]:
    rows = connection.execute(
        f"select {column} from memory.intermediate.int_trades_parsed order by source_line"
    ).fetchall()
    return [value for (value,) in rows]


def numbers(seed: int) -> list[str]:
    drawn = random.Random(seed)

    def digits(most: int) -> str:
        return str(drawn.randrange(10 ** drawn.randrange(1, most)))

    texts = [repr(drawn.random() * 10.0 ** drawn.randrange(-12, 9)) for _ in range(500)]
    texts += [f"{digits(20)}.{digits(22)}" for _ in range(500)]
    texts += [digits(20) for _ in range(200)]
    texts += [
        f"{drawn.randrange(1, 100)}.{digits(9)}{drawn.choice('eE')}{drawn.randrange(-11, 5):+03d}"
        for _ in range(800)
    ]
    return texts


@pytest.mark.slow
def test_text_becomes_the_nearest_decimal_exactly(staged):
    texts = numbers(1)
    staged.register("texts", pa.table({"text": texts}))
    put(staged, "from texts")
    with localcontext(prec=80):
        exact = [Decimal(text).quantize(WIDE, rounding=ROUND_HALF_UP) for text in texts]
    assert read(staged, "price") == exact


def test_what_is_no_number_is_null(staged):
    texts = ["", "nan", "1.2.3", "abc", "1e", "e", "1,5", "0x1", "--1", "1 2"]
    staged.register("texts", pa.table({"text": texts}))
    put(staged, "from texts")
    assert read(staged, "price") == [None] * len(texts)


def test_staging_reads_a_time_of_an_earlier_object_as_landing_did(staged):
    texts = [
        "1535297434173",
        "1735689600000123",
        "1722000000",
        "1722000000.5",
        "1722000000123456789",
        "2018-08-26T15:30:34.173Z",
        "2018-08-26T15:30:34.173+02:00",
        "2018-08-26 15:30:34 +02:00",
        "2018-08-26T15:30:34+0530",
        "2018-08-26T15:30:34.173456",
        "2018-08-26",
        "2018-08-26 15:30:34Z",
        "never",
        "2018-08-26T25:00:00",
        "99999999999999999999",
    ]
    staged.register("texts", pa.table({"text": texts}))
    put(staged, "from texts")
    landed = [
        None if value == NO_TIME else value
        for text in texts
        for value in read_times(pa.chunked_array([[text]])).tolist()
    ]
    assert read(staged, "epoch_us(traded_at)") == landed
    assert landed.count(None) == 3
