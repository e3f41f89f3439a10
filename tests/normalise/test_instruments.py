"""Instruments that a user or a venue describes: read, refused with the field, and used."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.lake.lake import Lake
from assets.lake.settings import SettingsError, load_settings
from assets.transform.instruments import known_instruments, of_markets, save
from tests.normalise.conftest import Stage

OKX_SWAP = {
    "id": "BTC-USDT-SWAP",
    "symbol": "BTC/USDT:USDT",
    "type": "swap",
    "base": "BTC",
    "quote": "USDT",
    "settle": "USDT",
    "linear": True,
    "inverse": False,
    "contractSize": 0.01,
    "expiry": None,
    "precision": {"price": 0.1, "amount": 0.01},
}
OPTION = OKX_SWAP | {
    "id": "BTC-USD-240927-50000-C",
    "symbol": "BTC/USD:BTC-240927-50000-C",
    "type": "option",
    "quote": "USD",
    "settle": "BTC",
    "inverse": True,
    "expiry": 1727395200000,
    "strike": 50000.0,
    "optionType": "call",
}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(load_settings(home=tmp_path))


def described(lake: Lake, text: str) -> list[dict[str, object]]:
    lake.settings.root.mkdir(parents=True, exist_ok=True)
    (lake.settings.root / "instruments.toml").write_text(text)
    return json.loads(known_instruments(lake))


def test_a_venues_markets_become_instruments_by_both_names() -> None:
    swap, by_ccxt, option, _ = of_markets("okx", [OKX_SWAP, OPTION, {"type": "index"}])
    assert (swap.venue_symbol, by_ccxt.venue_symbol) == ("BTC-USDT-SWAP", "BTC/USDT:USDT")
    assert (swap.kind, swap.contract, swap.contract_size) == ("perpetual", "linear", 0.01)
    assert (swap.tick, swap.lot, swap.source) == (0.1, 0.01, "venue")
    # priced in bitcoin, as its symbol's words say too
    assert (option.contract, option.quote, option.settlement) == ("linear", "BTC", "BTC")
    assert (option.expiry, option.strike) == ("240927", "50000-C")


def test_an_id_of_several_markets_is_the_spot_markets_or_the_derivatives() -> None:
    spot = {"id": "BTCUSDT", "symbol": "BTC/USDT", "type": "spot", "base": "BTC", "quote": "USDT"}
    swap = OKX_SWAP | {"id": "BTCUSDT"}
    two = [swap, spot]
    kinds = {one.venue_symbol: one.kind for one in of_markets("bybit", two)}
    assert kinds == {"BTCUSDT": "spot", "BTC/USDT": "spot", "BTC/USDT:USDT": "perpetual"}
    kinds = {one.venue_symbol: one.kind for one in of_markets("bybit_derivatives", two)}
    assert kinds == {"BTCUSDT": "perpetual", "BTC/USDT": "spot", "BTC/USDT:USDT": "perpetual"}
    future = swap | {"type": "future", "symbol": "BTC/USDT:USDT-240927", "expiry": 1727395200000}
    names = {one.venue_symbol for one in of_markets("gate_derivatives", [swap, future])}
    assert names == {"BTC/USDT:USDT", "BTC/USDT:USDT-240927"}


def test_a_high_strike_is_written_out() -> None:
    option, _ = of_markets("okx", [OPTION | {"strike": 1_250_000.0}])
    assert option.strike == "1250000-C"


def test_deribit_counts_dollars_and_no_contracts() -> None:
    swap = OKX_SWAP | {"quote": "USD", "settle": "BTC", "inverse": True, "contractSize": 10.0}
    deribit, _ = of_markets("deribit", [swap])
    assert (deribit.contract, deribit.contract_size) == ("inverse", 1)


def test_the_newest_answer_of_a_venue_counts_and_the_user_outranks_it(lake: Lake) -> None:
    for hour, size in ((1, 0.01), (2, 0.1)):
        markets = [OKX_SWAP | {"contractSize": size}]
        save(
            lake.objects, "okx", of_markets("okx", markets), datetime(2026, 1, 1, hour, tzinfo=UTC)
        )
    sizes = {
        one["venue_symbol"]: one["contract_size"] for one in json.loads(known_instruments(lake))
    }
    assert sizes == {"BTC-USDT-SWAP": 0.1, "BTC/USDT:USDT": 0.1}
    own = described(
        lake,
        '[[instrument]]\nvenue = "okx"\nsymbol = "BTC-USDT-SWAP"\nkind = "perpetual"\n'
        "contract_size = 5\ninverse = false\n",
    )
    assert {one["venue_symbol"]: one["contract_size"] for one in own} == {
        "BTC-USDT-SWAP": 5,
        "BTC/USDT:USDT": 0.1,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[instrument]\n", "this is not TOML"),
        ('[[instrument]]\nvenue = "x"\nkind = "spot"\n', "instrument 1: 'symbol' is missing"),
        (
            '[[instrument]]\nvenue = "x"\nsymbol = "A"\nkind = "swap"\n',
            "instrument 1: kind is one of spot, perpetual, future, option, was 'swap'",
        ),
        (
            '[[instrument]]\nvenue = "x"\nsymbol = "A"\nkind = "spot"\nsize = 3\n',
            "instrument 1: 'size' is no field",
        ),
        (
            '[[instrument]]\nvenue = "x"\nsymbol = "A"\nkind = "spot"\ncontract_size = 0\n',
            "instrument 1: contract_size is a number above 0, was 0",
        ),
    ],
)
def test_a_wrong_description_is_refused_with_entry_and_field(
    lake: Lake, text: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=r"instruments\.toml") as refused:
        described(lake, text)
    assert message in str(refused.value)


SWAP_ROWS = [
    f"2024-08-09T00:{minute:02}:00Z,BTC-USDT-SWAP,{minute},buy,60000,{minute + 1}"
    for minute in range(20)
]
HEADER = "timestamp,symbol,id,side,price,amount"


def sums(stage: Stage) -> list[tuple[object, ...]]:
    return stage.rows(
        "select venue, symbol, count(*), sum(quantity)::double, sum(notional)::double "
        "from lake.core.trades group by all"
    )


@pytest.mark.slow
def test_a_contract_of_unknown_size_is_set_aside_where_a_venue_counts_contracts(
    stage: Stage,
) -> None:
    stage.land("swap.csv", [HEADER, *SWAP_ROWS], venue="okx")
    stage.normalise("2024-08-09")
    assert sums(stage) == []
    assert stage.rows("select any_value(reason), count(*) from lake.quarantine.trades") == [
        (
            "the contract size of BTC-USDT-SWAP is not known: give it in instruments.toml, or run "
            "tapewatch instruments refresh okx",
            20,
        )
    ]


@pytest.mark.slow
def test_a_described_size_gives_base_units_and_value(stage: Stage) -> None:
    stage.land("swap.csv", [HEADER, *SWAP_ROWS], venue="okx")
    stage.instruments = json.dumps([vars(one) for one in of_markets("okx", [OKX_SWAP])])
    stage.normalise("2024-08-09")
    assert sums(stage) == [("okx", "BTC-USDT:USDT", 20, 2.1, 126_000.0)]


@pytest.mark.slow
def test_the_values_of_a_file_give_the_size_of_its_contract(stage: Stage) -> None:
    rows = [f"{row},{60000 * 0.01 * (minute + 1)}" for minute, row in enumerate(SWAP_ROWS)]
    rows[7] = rows[7].rpartition(",")[0] + ",9999"
    stage.land("swap.csv", [f"{HEADER},cost", *rows], venue="okx")
    stage.normalise("2024-08-09")
    assert sums(stage) == [("okx", "BTC-USDT:USDT", 19, 2.02, 121_200.0)]
    (reason,) = stage.rows("select reason from lake.quarantine.trades")
    assert reason == ("the file says a value of 9999, price x quantity x contract size is 4800.0",)


@pytest.mark.slow
def test_a_value_that_contradicts_a_spot_trade_is_set_aside(stage: Stage) -> None:
    lines = ["2024-08-09T00:00:00Z,A/USDT,1,buy,2,3,6", "2024-08-09T00:00:01Z,A/USDT,2,buy,2,3,60"]
    stage.land("spot.csv", [f"{HEADER},cost", *lines])
    stage.normalise("2024-08-09")
    assert stage.counts() == (1, 0, 1)
