"""Inputs of kinds that people reported of other systems, each with its right values.

The files and their `expect.md` lie in tests/cases/<number>-<kind>/.
"""

import bz2
import gzip
import lzma
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from assets.landing.files.importer import land_file, land_files
from assets.landing.files.report import LandingError
from assets.market.window import Window
from assets.transform.build import compute_features
from tests.normalise.conftest import Stage

CASES = Path(__file__).parents[1] / "cases"
DAY = "2024-08-09"


def landed(stage: Stage, path: str, **options: Any) -> Stage:
    """The stage with the file of a case landed and normalised."""
    land_file(CASES / path, stage.store, now=datetime(2026, 1, 1), **options)
    stage.normalise(DAY)
    return stage


def markets(stage: Stage) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Trades, lowest and highest price of each market."""
    rows = stage.rows(
        "select venue, symbol, count(*), min(price_double), max(price_double) "
        "from lake.core.trades group by venue, symbol"
    )
    return {(venue, symbol): tuple(figures) for venue, symbol, *figures in rows}


@pytest.mark.parametrize(
    ("file", "base", "spot", "swap"),
    [
        ("a-same-ids.csv", "AAVE", (100.0, 100.02), (103.0, 103.02)),
        ("b-other-ids.csv", "LINK", (10.0, 10.02), (10.5, 10.52)),
        ("c-okx-names.csv", "AVAX", (20.0, 20.02), (21.0, 21.02)),
    ],
)
def test_a_spot_market_and_its_perpetual_are_two(
    stage: Stage, file: str, base: str, spot: tuple[float, float], swap: tuple[float, float]
) -> None:
    assert markets(landed(stage, f"01-spot-and-swap/{file}")) == {
        ("file", f"{base}-USDT"): (120, *spot),
        ("file", f"{base}-USDT:USDT"): (120, *swap),
    }


@pytest.mark.parametrize(
    ("file", "venue", "symbol", "notional", "quantity"),
    [
        ("a-perpetual.csv", None, "BTC-USD:BTC", 50_000, 50_000 / 60_000),
        ("b-xbtusd.csv", "bitmex", "BTC-USD:BTC", 20_000, 20_000 / 60_000),
        ("c-dated.csv", None, "ETH-USD:ETH-240927", 25_000, 10),
    ],
)
def test_an_inverse_contract_counts_dollars(
    stage: Stage, file: str, venue: str | None, symbol: str, notional: float, quantity: float
) -> None:
    landed(stage, f"03-inverse-in-dollars/{file}", venue=venue)
    (row,) = stage.rows(
        "select symbol, sum(notional)::double, sum(notional_usd)::double, sum(quantity_double) "
        "from lake.core.trades group by symbol"
    )
    assert row == (symbol, notional, notional, pytest.approx(quantity))


def test_a_symbol_that_two_venues_mean_differently_is_set_aside(stage: Stage) -> None:
    landed(stage, "03-inverse-in-dollars/b-xbtusd.csv")
    assert stage.rows("select count(*), any_value(reason) from lake.quarantine.trades") == [
        (
            50,
            "XBTUSD may be a contract of dollars or of BTC: name its venue, or describe it in "
            "instruments.toml",
        )
    ]


@pytest.mark.parametrize(
    ("file", "symbol", "venues"),
    [
        (
            "a-exchange-ids-overlap.csv",
            "LTC-USDT",
            {"binance": (60.0, 60.01), "bybit": (60.5, 60.51)},
        ),
        ("b-venue-column.csv", "XMR-USD", {"kraken": (150, 150.01), "coinbase": (152, 152.01)}),
        ("c-feed.parquet", "ZEC-USD", {"coinbase": (30, 30.01), "kraken": (30.4, 30.41)}),
    ],
)
def test_a_file_of_several_venues_gives_each_its_market(
    stage: Stage, file: str, symbol: str, venues: dict[str, tuple[float, float]]
) -> None:
    assert markets(landed(stage, f"04-exchange-column/{file}")) == {
        (venue, symbol): (100, *prices) for venue, prices in venues.items()
    }


@pytest.mark.parametrize(
    ("file", "sides"),
    [
        ("a-unknown.csv", {"buyer": 40, "seller": 40, None: 20}),
        ("b-letters.csv", {"buyer": 50, "seller": 50}),
        ("c-bid-ask.csv", {"buyer": 50, "seller": 50}),
    ],
)
def test_the_words_of_venues_for_a_side_are_read(
    stage: Stage, file: str, sides: dict[str | None, int]
) -> None:
    landed(stage, f"05-side-words/{file}")
    counted = stage.rows("select aggressor_side, count(*) from lake.core.trades group by all")
    assert dict(counted) == sides


@pytest.mark.parametrize(
    ("file", "symbol", "beside", "lowest"),
    [
        ("usdm_solusdt_20240809.gz", "SOL-USDT:USDT", "insurance", 149.9),
        ("usdm_ldousdt_20240809.gz", "LDO-USDT:USDT", "adl", 97.2),
    ],
)
def test_a_print_that_no_book_made_moves_no_price(
    stage: Stage, file: str, symbol: str, beside: str, lowest: float
) -> None:
    landed(stage, f"06-no-market-trades/{file}")
    conditions = dict(stage.rows("select condition, count(*) from lake.core.trades group by all"))
    assert set(conditions) == {"book", beside}
    bars = bars_of(stage, "1m")
    assert {row[0] for row in bars} == {symbol}
    assert min(low for _, _, _, low, _ in bars) > lowest
    (traded,) = stage.rows("select sum(trade_count) from lake.features.bars_1m")
    assert traded == (conditions["book"],)


def bars_of(stage: Stage, grain: str) -> list[tuple[Any, ...]]:
    """Symbol, start, open, low and close of each bar."""
    window = Window.of_day(datetime.fromisoformat(DAY).date())
    compute_features(stage.connection, window, stage.root)
    return stage.rows(
        f"select symbol, cell_start_at, open, low, close from lake.features.bars_{grain} "
        "order by cell_start_at"
    )


@pytest.mark.parametrize(
    ("file", "opened", "closed"),
    [("a-uuid-ids.csv", 10.0, 10.4), ("b-whole-seconds-no-ids.csv", 1.0, 0.96)],
)
def test_trades_of_an_instant_follow_each_other_as_in_the_file(
    stage: Stage, file: str, opened: float, closed: float
) -> None:
    bars = bars_of(landed(stage, f"08-order-within-an-instant/{file}"), "1m")
    assert [(first, last) for _, _, first, _, last in bars] == [(opened, closed)] * 100


@pytest.mark.parametrize("grain", ["1s", "5s"])
def test_a_sweep_without_ids_opens_and_closes_as_in_the_file(stage: Stage, grain: str) -> None:
    bars = bars_of(landed(stage, "08b-sweeps-without-ids/a.csv"), grain)
    swept = [(first, last) for _, _, first, _, last in bars if first != last]
    assert swept == [(2.0e-6, 2.5e-6)] * 200


@pytest.mark.parametrize("is_newest_first", [False, True])
@pytest.mark.parametrize("ids", ["counting", "arbitrary", "none"])
def test_the_order_of_a_file_and_of_its_ids_is_found(
    stage: Stage, ids: str, is_newest_first: bool
) -> None:
    named = {
        "counting": lambda number: f"{number}",
        "arbitrary": lambda number: f"{number * 7_919 % 1_009}",
        "none": lambda number: "",
    }[ids]
    lines = [
        f"2024-08-09T00:{minute:02}:00Z,A/USDT,{named(3 * minute + place)},buy,{price},1"
        for minute in range(40)
        for place, price in enumerate((5.0, 1.0, 4.0), 100)
    ]
    if is_newest_first:
        lines.reverse()
    stage.land("trades.csv", ["timestamp,symbol,id,side,price,amount", *lines])
    stage.normalise(DAY)
    bars = bars_of(stage, "1m")
    assert [(first, last) for _, _, first, _, last in bars] == [(5.0, 4.0)] * 40


NOON = datetime(2024, 8, 9, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "first_at"),
    [
        ("17-written-times/a-utc-word.csv", NOON + timedelta(seconds=1.5)),
        ("17-written-times/b-letter-D.csv", NOON + timedelta(seconds=1, microseconds=123_456)),
        ("17-written-times/c-offset-without-colon.csv", NOON + timedelta(seconds=1.25)),
        ("17-written-times/d-zone-name.csv", NOON + timedelta(seconds=1)),
        ("17b-zone-names/a-est.csv", NOON + timedelta(hours=1, seconds=1)),
        ("17b-zone-names/b-gmt.csv", NOON + timedelta(seconds=1)),
        ("17b-zone-names/c-city.csv", NOON + timedelta(seconds=1)),
    ],
)
def test_a_time_is_read_as_it_is_written(stage: Stage, path: str, first_at: datetime) -> None:
    landed(stage, path)
    expected = [(first_at + timedelta(minutes=n)).replace(tzinfo=None) for n in range(60)]
    found = stage.rows("select traded_at from lake.core.trades order by traded_at")
    assert [at for (at,) in found] == expected


def test_a_fraction_is_cut_and_not_rounded_into_the_next_day(stage: Stage) -> None:
    landed(stage, "17-written-times/f-nanoseconds-before-midnight.csv")
    ((count, last),) = stage.rows("select count(*), max(traded_at) from lake.core.trades")
    assert (count, last) == (60, datetime(2024, 8, 9, 23, 59, 59, 999_999))


def test_a_day_that_may_be_a_month_is_set_aside_with_a_word(stage: Stage) -> None:
    landed(stage, "17-written-times/e-day-first.csv")
    assert stage.counts() == (0, 0, 60)
    reasons = stage.rows("select min(reason) from lake.quarantine.trades")
    assert reasons == [("timestamp '09/08/2024 12:00:01' cannot be read as a time",)]


def test_a_symbol_that_only_the_folder_names_is_read(stage: Stage) -> None:
    path = "19-partition-folders/trades/symbol=KAVA-USDT/date=2024-08-09/part-0.parquet"
    assert markets(landed(stage, path))["file", "KAVA-USDT"][0] == 60


def test_every_file_of_a_folder_is_read_or_named(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    shutil.copytree(CASES / "20-mixed-folder", folder, ignore=shutil.ignore_patterns("expect.md"))
    (folder / "notes.md").write_text("mine\n")
    reports = land_files([folder], stage.store, now=datetime(2026, 1, 1))
    stage.normalise(DAY, "2024-08-13")
    assert markets(stage)["file", "OP-USDT"][0] == 240
    (passed,) = [report for report in reports if not report.rows]
    assert "notes.md: it was not read: its name ends in none of .csv," in str(passed.problems[0])


@pytest.mark.parametrize(
    ("file", "symbol", "price", "quantity"),
    [
        ("a-semicolons.csv", "MANA-USDT", 0.35, 1.5),
        ("b-utf16.csv", "SAND-USDT", 0.35, 1.5),
        ("c-thousands.csv", "AXS-USDT", 1234.5, 1000),
    ],
)
def test_what_a_spreadsheet_writes_is_read(
    stage: Stage, file: str, symbol: str, price: float, quantity: float
) -> None:
    landed(stage, f"22-files-of-spreadsheets/{file}")
    found = stage.rows(
        "select symbol, price_double, quantity_double, count(*) from lake.core.trades group by all"
    )
    assert found == [(symbol, price, quantity, 60)]


PACKED = {
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
    "gz": gzip.compress,
}


@pytest.mark.parametrize("suffix", PACKED)
def test_a_packed_file_is_read_and_of_a_cut_one_what_is_there(
    stage: Stage, tmp_path: Path, suffix: str
) -> None:
    lines = [f"1723161600{n:03},A/USDT,{n},buy,{n * n % 97 + 1},1" for n in range(999)]
    packed = PACKED[suffix]("\n".join(["timestamp,symbol,id,side,price,amount", *lines]).encode())
    whole, cut = tmp_path / f"whole.csv.{suffix}", tmp_path / f"cut.csv.{suffix}"
    whole.write_bytes(packed)
    cut.write_bytes(packed[: len(packed) // 2])
    report = land_file(whole, stage.store, now=datetime(2026, 1, 1))
    assert (report.rows, report.damage) == (999, None)
    assert "cut off" in damage_of(cut, stage)


def damage_of(path: Path, stage: Stage) -> str:
    """What is said of a damaged file, of which a part or nothing has landed."""
    try:
        report = land_file(path, stage.store, now=datetime(2026, 1, 1))
    except LandingError as error:
        # a packing of large pieces has no first line before its cut
        return str(error)
    return str(report.damage)
