"""What commands print: tables, blocks, CSV and JSON, alerts by their ids, and how a run ends."""

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection
from typer.testing import CliRunner

from assets.alerts.reading import AlertIdError, Explanation, alert_named
from assets.alerts.tables import ALERTS
from assets.lake import LakeError
from assets.lake.lake import Lake
from assets.lake.settings import Settings, load_settings
from assets.tables import create_tables
from orchestration.command_line import output
from orchestration.command_line.alerts import show_explanation, show_trades
from orchestration.command_line.app import app
from orchestration.command_line.program import WrongUsageError
from orchestration.command_line.run import show_outcome
from orchestration.day_run import Outcome

UNREADABLE = "x.csv, line 1: a header or row of no known format"


@pytest.fixture
def ids() -> Iterator[DuckDBPyConnection]:
    """A lake that holds alerts with some ids, and nothing else of them."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as lake; create schema lake.alerts")
        connection.execute(f"create table lake.{ALERTS.name} ({', '.join(ALERTS.columns)})")
        connection.execute(
            f"insert into lake.{ALERTS.name} by name select unnest(?) as alert_id",
            [["1fab" * 8, "ddc1" * 8, "ddc12ddc" * 4, *(f"e{n}" + "0" * 30 for n in range(9))]],
        )
        yield connection


@pytest.mark.parametrize("command", [["alerts"], ["query", "select 1"]])
def test_an_unknown_format_is_wrong_usage(command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--format", "xml"])
    assert isinstance(result.exception, WrongUsageError)


@pytest.mark.parametrize("missing", ["", " "])
def test_an_id_that_is_missing_is_said_to_be(ids: DuckDBPyConnection, missing: str) -> None:
    with pytest.raises(AlertIdError, match="the alert's id is missing"):
        alert_named(ids, missing)


def test_an_ambiguous_id_names_those_that_begin_so_and_what_tells_them_apart(
    ids: DuckDBPyConnection,
) -> None:
    with pytest.raises(AlertIdError) as raised:
        alert_named(ids, "d")
    said = str(raised.value)
    assert "2 ids begin with 'd': ddc12ddcddc1, ddc1ddc1ddc1;" in said
    assert "give at least 5 characters" in said
    assert alert_named(ids, "ddc12")["alert_id"] == "ddc12ddc" * 4
    assert alert_named(ids, "1")["alert_id"] == "1fab" * 8


def test_of_many_ids_a_few_are_named_and_the_others_counted(ids: DuckDBPyConnection) -> None:
    with pytest.raises(AlertIdError, match=r"9 ids .* and 4 more; give at least 2 "):
        alert_named(ids, "e")


def test_an_id_that_is_none_is_said_to_be_none(ids: DuckDBPyConnection) -> None:
    with pytest.raises(LakeError, match="no alert 'f0'"):
        alert_named(ids, "f0")


TRADES = [{"trade_id": "7", "price": 60_000.47, "quantity": 1e-05, "notional": 0.6000047}]


def explained(capsys: pytest.CaptureFixture[str]) -> str:
    alert: dict[str, Any] = dict.fromkeys(ALERTS.column_names)
    alert |= {"subject_kind": "market", "venue": "binance", "symbol": "BTC-USDT"}
    alert |= {"further_subjects": "[]"}
    stated = {"p_value": 0.0002, "threshold": 3.5, "score": 0.9}
    show_explanation(
        Explanation(alert | stated | {"alert_id": "1fab"}, stated, 1, TRADES),
        "TAPEWATCH_HOME=elsewhere tapewatch",
        as_json=False,
    )
    return capsys.readouterr().out


def test_an_explanation_states_each_number_once(capsys: pytest.CaptureFixture[str]) -> None:
    said = explained(capsys)
    assert said.count("p_value") == said.count("threshold") == 1


def test_an_explanation_shows_what_a_venue_said_with_every_digit(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert explained(capsys).split("notional")[1].split()[:4] == [
        *("7", "60,000.47", "0.00001", "0.6000047")
    ]


def test_evidence_shows_prices_as_they_are_and_says_that_measures_are_rounded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    alert: dict[str, Any] = dict.fromkeys(ALERTS.column_names) | {"alert_id": "1fab"}
    alert |= {"subject_kind": "market", "venue": "binance", "symbol": "X", "further_subjects": "[]"}
    evidence = {"price_before": 60_123.4567, "quantity": 1.23456789, "fall": 0.0123456789}
    show_explanation(Explanation(alert, evidence, 0, []), "tapewatch", as_json=False)
    said = capsys.readouterr().out
    assert "evidence, measures rounded" in said
    pairs = (line.split() for line in said.splitlines())
    rows = dict(pair for pair in pairs if len(pair) == 2)
    assert rows["price_before"] == "60,123.4567"
    assert rows["quantity"] == "1.23456789"
    assert rows["fall"] == "0.01235"


def test_an_explanation_prints_commands_that_find_its_lake(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = explained(capsys)
    assert "TAPEWATCH_HOME=elsewhere tapewatch explain 1fab --trades" in said
    assert "TAPEWATCH_HOME=elsewhere tapewatch verify 1fab" in said


@pytest.mark.slow
def test_all_trades_behind_an_alert_are_csv_with_every_digit(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    lake = Lake(settings)
    create_tables(lake)
    trade = "insert into lake.core.trades by name select '7' as trade_id, 'binance' as venue, "
    trade += "'BTC-USDT' as symbol, true as is_on_book, 60000.47::decimal(38, 18) as price, "
    trade += "timestamp '2024-08-09 16:37:25.983' as traded_at, date '2024-08-09' as trade_day"
    lake.write(lambda c: c.execute(trade), tables=(), message="test", commit_info={})
    stretch = ["2024-08-09 16:37:00", "2024-08-09 16:38:00"]
    market = {
        "subject_kind": "market",
        "subject_id": "binance BTC-USDT",
        "venue": "binance",
        "symbol": "BTC-USDT",
    }
    evidence = {"evidence": json.dumps({"trades": [{"stretches": [stretch]}]})}
    show_trades(lake, Explanation(market | evidence, {}, 1, []))
    (row,) = csv.DictReader(capsys.readouterr().out.splitlines())
    assert (row["trade_id"], row["price"]) == ("7", "60000.470000000000000000")
    assert row["traded_at"] == "2024-08-09T16:37:25.983000Z"
    with pytest.raises(LakeError, match="alert 1fab judges a whole window"):
        show_trades(lake, Explanation({"alert_id": "1fab", "evidence": "{}"}, {}, 0, []))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Decimal("60000.470000000000000000"), "60,000.47"),
        (Decimal("0.00001234"), "0.00001234"),
        (60_000.47, "60,000"),
        (0.123456, "0.1235"),
        (datetime(2024, 8, 9, 16, 37), "2024-08-09 16:37:00"),
        (datetime(2024, 8, 9, 16, 37, 25, 983_000), "2024-08-09 16:37:25.983"),
    ],
)
def test_what_a_venue_said_is_shown_with_every_digit(value: object, said: str) -> None:
    assert output.shown(value) == said


def test_commands_name_the_home_where_it_is_not_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.executable", str(tmp_path / ".venv" / "bin" / "python"))
    below, beside = tmp_path / "a home", tmp_path.parent / "beside"
    assert load_settings(home=".tapewatch").program == ".venv/bin/tapewatch"
    assert load_settings(home=below).program == "TAPEWATCH_HOME='a home' .venv/bin/tapewatch"
    assert load_settings(home=beside).program == f"TAPEWATCH_HOME={beside} .venv/bin/tapewatch"
    monkeypatch.setattr("sys.executable", "/opt/elsewhere/python3")
    assert load_settings(home=".tapewatch").program == "/opt/elsewhere/tapewatch"
    monkeypatch.setattr("shutil.which", lambda name: f"/opt/elsewhere/{name}")
    assert load_settings(home=".tapewatch").program == "tapewatch"


def test_where_no_lake_is_but_the_demos_its_home_is_named(tmp_path: Path) -> None:
    lake = Lake(load_settings(home=tmp_path))
    with pytest.raises(LakeError) as raised, lake.connect():
        pass
    assert "demo's lake" not in str(raised.value)
    Lake(load_settings(home=tmp_path / "demo")).create([ALERTS])
    with pytest.raises(LakeError, match=f"the demo's lake lies in {tmp_path}/demo"), lake.connect():
        pass


def test_what_failed_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    failure = f"landing/trades: {UNREADABLE}"
    show_outcome(
        Outcome(problems=[UNREADABLE, "y.csv, line 2: odd"], failures=[failure]), as_json=False
    )
    said = capsys.readouterr().out
    assert said.count(UNREADABLE) == 1
    assert said.count("y.csv") == 1


def test_a_run_says_what_could_not_be_judged_before_its_verdict(
    capsys: pytest.CaptureFixture[str],
) -> None:
    unjudged = ["no detector could judge A-B on file"]
    show_outcome(Outcome(insufficiency=unjudged, verdict="6 of 6 detectors ran."), as_json=False)
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "insufficient on every day: no detector could judge A-B on file",
        "6 of 6 detectors ran.",
    ]
