"""Inputs of kinds that people reported of other systems, each with its right values.

The files and their `expect.md` lie in tests/cases/<number>-<kind>/.
"""

import bz2
import gzip
import json
import lzma
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from assets.landing.files.importer import land_file, land_files
from assets.landing.files.report import LandingError
from assets.landing.formats.recognise import TABLE_FORMATS
from assets.market.window import Window
from assets.transform.accounting import trades_of_no_book
from assets.transform.build import compute, compute_features
from assets.transform.compiled_models import data_tests, models
from reports.off_book import off_book_trades
from tests.normalise.conftest import Stage

CASES = Path(__file__).parents[1] / "cases"
DAY = "2024-08-09"
pytestmark = pytest.mark.slow


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


def test_trades_of_no_book_are_counted_by_what_made_them(stage: Stage) -> None:
    for file in ("usdm_solusdt_20240809.gz", "usdm_ldousdt_20240809.gz"):
        land_file(CASES / "06-no-market-trades" / file, stage.store, now=datetime(2026, 1, 1))
    header = "venue,symbol,trade_id,traded_at,price,quantity,condition"
    rows = ["okx,A-BTC,1,1723161600000000,0.5,8,block", "okx,A-BTC,2,1723161601000000,0.5,8,rfq"]
    stage.land("ours.csv", [header, *rows, "okx,A-BTC,3,1723161602000000,0.5,8,auction"])
    stage.normalise(DAY)
    days = [datetime.fromisoformat(DAY).date()]
    found = off_book_trades(stage.connection, days)
    assert [
        (one.venue, one.symbol, one.condition, one.trade_count, one.notional, one.notional_usd)
        for one in found
    ] == [
        ("binance_usdm", "LDO-USDT:USDT", "adl", 20, 909_108.75, 909_108.75),
        ("binance_usdm", "SOL-USDT:USDT", "insurance", 3, 16_200, 16_200),
        ("okx", "A-BTC", "block", 1, 4, None),
        ("okx", "A-BTC", "rfq", 1, 4, None),
    ]
    assert trades_of_no_book(stage.connection, days) == [
        "no order book made 25 trades (20 auto-deleveraging of 909,109 US dollars, 3 insurance "
        "fund of 16,200 US dollars, 1 block trade, 1 request for quote): core.trades has them, "
        "with is_on_book false; they move no price and no detector"
    ]
    assert trades_of_no_book(stage.connection, []) == []


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


def test_a_trade_of_the_replaced_systems_is_read_with_user_and_wallet(stage: Stage) -> None:
    trade = {
        "tradeId": "t1",
        "userId": "u7",
        "customerId": "c3",
        "symbol": "BTC/USDT",
        "side": "SELL",
        "orderType": "LIMIT",
        "quantity": 0.25,
        "price": 60000.5,
        "notional": 15000.125,
        "timestamp": 1723161600007,
        "exchange": "KRAKEN",
        "walletAddress": "0x52908400098527886E0F7030069857D2E4169EE7",
    }
    stage.land("trades.jsonl", [json.dumps(trade)])
    stage.normalise(DAY)
    assert stage.rows(
        "select venue, symbol, trade_id, account_id, customer_id, wallet_address, order_type, "
        "aggressor_side, traded_at from lake.core.trades"
    ) == [
        ("kraken", "BTC-USDT", "t1", "u7", "c3", trade["walletAddress"], "LIMIT", "seller",
         datetime(2024, 8, 9, 0, 0, 0, 7_000)),
    ]  # fmt: skip


OWN = "venue,symbol,trade_id,traded_at,price,quantity,side"
ACCOUNTS = "account_id,counterparty_account_id,buyer_account_id,seller_account_id"


def test_a_table_names_buyer_and_seller_and_a_contradiction_is_quarantined(stage: Stage) -> None:
    own = "test,BTC-USDT,{},1723161600000000,60000,0.5,{}"
    stage.land(
        "own.csv",
        [
            f"{OWN},{ACCOUNTS}",
            own.format("derived", "seller") + ",a,b,,",
            own.format("given", "") + ",,,c,d",
            own.format("contradicted", "buyer") + ",a,,b,c",
        ],
    )
    stage.land(
        "unified.csv",
        [
            "exchange,id,symbol,timestamp,side,price,amount,buyerAccountId,sellerAccountId",
            "kraken,unified,BTC/USDT,1723161600000,buy,60000,0.5,e,f",
        ],
    )
    stage.land(
        "log.csv",
        [
            "trade_id,timestamp,symbol,price,quantity,side,trader_id",
            "reported,2024-08-09T00:00:00,BTC-USDT,60000,0.5,SELL,T1",
        ],
    )
    stage.normalise(DAY)
    assert stage.rows(
        "select trade_id, buyer_account_id, seller_account_id from lake.core.trades order by all"
    ) == [
        ("derived", "b", "a"),
        ("given", "c", "d"),
        ("reported", None, "T1"),
        ("unified", "e", "f"),
    ]
    ((reason,),) = stage.rows("select reason from lake.quarantine.trades")
    assert reason == (
        "the accounts contradict: account a and counterparty unknown, aggressor buyer, "
        "but buyer b and seller c"
    )


def test_an_event_without_a_trade_is_counted_and_leaves_no_hole_in_the_ids(stage: Stage) -> None:
    report = land_file(
        CASES / "06-no-market-trades/usdm_solusdt_20240809.gz",
        stage.store,
        now=datetime(2026, 1, 1),
    )
    assert (report.rows, report.rejected) == (305, 0)
    stage.normalise(DAY)
    assert stage.counts() == (303, 2, 0)
    assert stage.rows("select reason, trade_id, trade_day from lake.ops.dropped_trades") == [
        ("no_trade", "5123", date(2024, 8, 9)),
        ("no_trade", "5226", date(2024, 8, 9)),
    ]
    measured = [one for one in models(stage.root) if one.folder in ("features", "marts")]
    compute(stage.connection, Window.of_day(date(2024, 8, 9)), measured)
    assert stage.rows("select * from lake.ops.id_holes") == []
    assert stage.rows(
        "select landed_count, accepted_count, no_trade_count, quarantined_count, missing_id_count "
        "from lake.marts.data_quality_days"
    ) == [(305, 303, 2, 0, 0)]


def test_an_event_without_trade_and_id_is_quarantined_and_not_lost(stage: Stage) -> None:
    event = {"e": "trade", "T": 1723161600007, "s": "BTCUSDT", "p": "0", "q": "0", "X": "NA"}
    lines = [event, event | {"t": 7, "T": "soon"}, event | {"t": 8, "s": "?"}]
    stage.land("usdm_btcusdt.csv", [f"{1723161600007 * 10**6} {json.dumps(one)}" for one in lines])
    stage.normalise(DAY)
    assert stage.counts() == (0, 0, 3)
    reasons = {reason for (reason,) in stage.rows("select reason from lake.quarantine.trades")}
    assert "it is an event without a trade" in reasons


@pytest.mark.parametrize(
    ("word", "condition", "is_on_book"),
    [
        ("", "unknown", True),
        ("MARKET", "book", True),
        ("Regular", "book", True),
        ("block trade", "block", False),
        ("LIQUIDATION", "liquidation", True),
        ("insurance_fund", "insurance", False),
        ("ADL", "adl", False),
        ("Settlement", "settlement", False),
        ("rfq", "rfq", False),
        ("opening auction", "auction", True),
    ],
)
def test_a_message_says_what_made_the_trade(
    stage: Stage, word: str, condition: str, is_on_book: bool
) -> None:
    header = "venue,symbol,trade_id,traded_at,price,quantity,condition"
    stage.land("ours.csv", [header, f"okx,A-USDT,1,1723161600000000,1,1,{word}"])
    stage.normalise(DAY)
    assert stage.rows("select condition, is_on_book from lake.core.trades") == [
        (condition, is_on_book)
    ]


AT = 1_723_161_600_007
ARCHIVES = [
    (
        "BTCUSDT2024-08-09.csv",
        "timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue,homeNotional,"
        "foreignNotional",
        f"{AT / 1000},BTCUSDT,Buy,0.5,60000,PlusTick,m1,3e12,0.5,30000",
        ("bybit_derivatives", "BTC-USDT:USDT", "m1", "buyer", 0.5, 30_000),
    ),
    (
        "BTCUSDT_2024-08-09.csv",
        "id,timestamp,price,volume,side",
        f"7,{AT},60000,0.5,sell",
        ("bybit", "BTC-USDT", "7", "seller", 0.5, 30_000),
    ),
    (
        "trades.csv",
        "instrument_name,trade_id,side,price,size,created_time",
        f"BTC-USD-SWAP,8,buy,60000,3,{AT}",
        ("okx", "BTC-USD:BTC", "8", "buyer", 0.005, 300),
    ),
    (
        "BTC-USDT-trades-2024-08-09.csv",
        "trade_id,side,size,price,created_time",
        f"9,sell,0.5,60000,{AT}",
        ("okx", "BTC-USDT", "9", "seller", 0.5, 30_000),
    ),
    (
        "BTCUSDT-trades-2024-08-09.csv",
        "trade_id,trade_time,price,size,side",
        f"10,{AT},60000,0.5,buy",
        ("kucoin", "BTC-USDT", "10", "buyer", 0.5, 30_000),
    ),
    (
        "XBTUSDM-trades-2024-08-09.csv",
        "trade_id,trade_time,price,size,side",
        f"11,{AT},60000,300,buy",
        ("kucoinfutures", "BTC-USD:BTC", "11", "buyer", 0.005, 300),
    ),
    (
        "tardis.csv",
        "exchange,symbol,timestamp,local_timestamp,id,side,price,amount",
        f"bitmex,XBTUSD,{AT}000,{AT + 50}000,12,sell,60000,300",
        ("bitmex", "BTC-USD:BTC", "12", "seller", 0.005, 300),
    ),
]


@pytest.mark.parametrize(("name", "header", "line", "expected"), ARCHIVES)
def test_a_public_archive_is_read_in_its_units(
    stage: Stage, name: str, header: str, line: str, expected: tuple[object, ...]
) -> None:
    stage.land(name, [header, line])
    stage.normalise(DAY)
    (found,) = stage.rows(
        "select venue, symbol, trade_id, aggressor_side, quantity_double, notional::double, "
        "traded_at from lake.core.trades"
    )
    assert found == (*expected, datetime(2024, 8, 9, 0, 0, 0, 7_000))


def test_every_format_of_a_table_is_known_to_dbt(compiled: Path) -> None:
    (test,) = (one for one in data_tests(compiled) if "every_landed_format" in one.unique_id)
    assert [
        one.name
        for one in TABLE_FORMATS
        if one.dataset == "trades" and f"'{one.name}'" not in test.sql
    ] == []
