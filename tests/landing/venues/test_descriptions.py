"""What a venue says it trades: asked for, stored, used by a run; and refused with the cause."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from assets.lake.lake import Lake
from assets.lake.settings import Settings, SettingsError
from assets.transform.instruments import known_instruments
from orchestration.command_line.app import app

# sizes, ticks and lots that no rule for symbols would say
OKX_COMMON = {"state": "live", "listTime": "1548133413000", "lever": "10", "minSz": "1"}
OKX: dict[str, list[dict[str, str]]] = {
    "SPOT": [
        {"instId": "BTC-USDT", "baseCcy": "BTC", "quoteCcy": "USDT", "settleCcy": "",
         "ctVal": "", "expTime": "", "tickSz": "0.1", "lotSz": "0.00000001"},
    ],
    "SWAP": [
        {"instId": "BTC-USDT-SWAP", "uly": "BTC-USDT", "settleCcy": "USDT", "ctVal": "0.05",
         "expTime": "", "tickSz": "0.2", "lotSz": "0.5"},
        {"instId": "BTC-USD-SWAP", "uly": "BTC-USD", "settleCcy": "BTC", "ctVal": "250",
         "expTime": "", "tickSz": "0.3", "lotSz": "2"},
    ],
    "FUTURES": [
        {"instId": "BTC-USD-240927", "uly": "BTC-USD", "settleCcy": "BTC", "ctVal": "500",
         "expTime": "1727424000000", "tickSz": "0.4", "lotSz": "3"},
    ],
    "OPTION": [],
}  # fmt: skip


def okx(path: str, query: dict[str, str]) -> Any:
    """The venue's answer to a question for its instruments of one kind."""
    assert path == "/api/v5/public/instruments"
    kind = query["instType"]
    rows = [{"instType": kind, **OKX_COMMON, **row} for row in OKX[kind]]
    return {"code": "0", "msg": "", "data": rows}


@pytest.fixture
def refresh(settings: Settings, http, monkeypatch) -> Callable[..., Result]:
    """`instruments refresh <venue>`, of a venue that answers by a function or lies at a url."""

    def run(venue: str, answer: Any, *, mirrored: str | None = None) -> Result:
        url = answer if isinstance(answer, str) else http(answer)
        monkeypatch.setenv("TAPEWATCH_VENUE_URLS", f"{mirrored or venue}={url}")
        return CliRunner().invoke(app, ["instruments", "refresh", venue, "--json"])

    return run


def described(settings: Settings) -> dict[str, dict[str, Any]]:
    """The stored descriptions by the venue's symbol."""
    return {one["venue_symbol"]: one for one in json.loads(known_instruments(Lake(settings)))}


@pytest.mark.path
def test_a_run_reads_trades_by_what_the_venue_says(refresh, settings, tmp_path: Path) -> None:
    refreshed = refresh("okx", okx)
    assert refreshed.exit_code == 0, refreshed.output
    assert json.loads(refreshed.stdout)["instruments"] == 8  # two names each
    trades = tmp_path / "trades.csv"
    rows = [
        f"{number},{1723161600000 + number},{symbol},buy,50000,2"
        for number, symbol in enumerate(
            ("BTC-USDT", "BTC-USDT-SWAP", "BTC-USD-SWAP", "BTC-USD-240927")
        )
    ]
    trades.write_text("\n".join(["id,timestamp,symbol,side,price,amount", *rows]) + "\n")
    ran = CliRunner().invoke(app, ["run", "--input", str(trades), "--venue", "okx"])
    assert ran.exit_code == 0, ran.output
    with Lake(settings).connect() as connection:
        instruments = connection.sql(
            "select venue_symbol, symbol, kind, base, quote, settlement, contract_size, "
            "is_inverse, expiry::varchar, tick, lot, source from lake.core.instruments "
            "order by tick"
        ).fetchall()
        notionals = connection.sql(
            "select symbol, quantity_double, notional::double from lake.core.trades "
            "order by trade_id"
        ).fetchall()
    assert instruments == [
        ("BTC-USDT", "BTC-USDT", "spot", "BTC", "USDT", None,
         None, False, None, 0.1, 1e-8, "venue"),
        ("BTC-USDT-SWAP", "BTC-USDT:USDT", "perpetual", "BTC", "USDT", "USDT",
         0.05, False, None, 0.2, 0.5, "venue"),
        ("BTC-USD-SWAP", "BTC-USD:BTC", "perpetual", "BTC", "USD", "BTC",
         250, True, None, 0.3, 2, "venue"),
        ("BTC-USD-240927", "BTC-USD:BTC-240927", "future", "BTC", "USD", "BTC",
         500, True, "2024-09-27", 0.4, 3, "venue"),
    ]  # fmt: skip
    assert notionals == [
        ("BTC-USDT", 2, 100_000),
        ("BTC-USDT:USDT", 0.1, 5_000),
        ("BTC-USD:BTC", 0.01, 500),
        ("BTC-USD:BTC-240927", 0.02, 1_000),
    ]


def test_a_venue_is_stored_by_our_name_for_it(refresh, settings) -> None:
    def coin_margined(path: str, query: dict[str, str]) -> Any:
        assert path == "/dapi/v1/exchangeInfo"
        symbol = {
            "symbol": "ETHUSD_PERP", "pair": "ETHUSD", "contractType": "PERPETUAL",
            "deliveryDate": 4133404800000, "onboardDate": 1597042800000,
            "contractStatus": "TRADING", "contractSize": 10, "marginAsset": "ETH",
            "baseAsset": "ETH", "quoteAsset": "USD", "pricePrecision": 2, "quantityPrecision": 0,
            "filters": [
                {"filterType": "PRICE_FILTER", "tickSize": "0.01"},
                {"filterType": "LOT_SIZE", "stepSize": "1"},
            ],
        }  # fmt: skip
        return {"symbols": [symbol]}

    result = refresh("binancecoinm", coin_margined, mirrored="binance_coinm")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["venue"] == "binance_coinm"
    swap = described(settings)["ETHUSD_PERP"]
    assert (swap["venue"], swap["contract"], swap["contract_size"]) == (
        "binance_coinm",
        "inverse",
        10,
    )
    assert (swap["tick"], swap["lot"]) == (0.01, 1)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("http://127.0.0.1:1", "okx cannot be reached: okx GET http://127.0.0.1:1/api"),
        ("http://127.0.0.1:1", "Connection refused); check the network and TAPEWATCH_VENUE_URLS"),
        (lambda *_: (503, b"<html>\n" + b"x" * 9_000, {}), "okx cannot be reached: "),
        (lambda *_: (403, {"code": "50111", "msg": "no"}, {}), "okx did not say what it trades: "),
        (lambda *_: b"<html>Sign in first</html>", "begins with '<html>Sign in first</html>'"),
        (lambda *_: {"code": "0", "data": [7]}, "okx named no market; its last answer begins"),
        (
            lambda *_: {"code": "0", "data": []},
            "its earlier descriptions stay, run the same command later",
        ),
    ],
)
def test_a_venue_that_does_not_answer_fails_with_cause_and_cure(
    refresh, settings, answer: Any, message: str
) -> None:
    refresh("okx", okx)
    before = described(settings)
    result = refresh("okx", answer)
    told = " ".join(result.stderr.split())
    assert result.exit_code == 1
    assert told.startswith("failed: okx ")
    assert message.replace(" ", "") in told.replace(" ", "")
    assert "Traceback" not in result.output
    assert len(told) < 900
    assert described(settings) == before


def test_an_unknown_venue_is_wrong_usage_that_names_the_known_ones(refresh) -> None:
    result = refresh("mtgox", okx)
    assert isinstance(result.exception, SettingsError)
    assert "the venue is one of" in str(result.exception)
    assert "bybit_derivatives" in str(result.exception)
    assert "was 'mtgox'" in str(result.exception)
