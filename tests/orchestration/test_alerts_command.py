"""`tapewatch alerts`: which alerts, in which order, with which columns and line ends."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from assets.alerts.reading import Wanted, list_alerts
from assets.alerts.tables import ALERTS
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from orchestration.command_line.app import app
from orchestration.command_line.moments import moment
from orchestration.command_line.program import WrongUsageError

NOW = datetime(2024, 8, 10, 15, 30)


def alert(name: str, hour: int, **values: object) -> dict[str, object]:
    start, end = datetime(2024, 8, 9, hour), datetime(2024, 8, 9, hour, 5)
    return {
        "alert_id": name, "status": "open", "severity": "low", "detector": "flash_crash",
        "venue": "binance", "symbol": "BTC-USDT", "score": 0.5, "window_start_at": start,
        "window_end_at": end, "trade_day": start.date(),
    } | values  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("alerts") / "home"
    rows = [
        alert("a", 1, severity="high", score=0.7),
        alert("b", 2, symbol="ETH-USDT", detector="large_order", score=0.9),
        alert("c", 3, severity="medium", venue="kraken"),
        alert("d", 4, status="superseded"),
        alert("e", 5, status="closed"),
    ]
    Lake(load_settings(home=home)).write(
        lambda c: insert_rows(c, ALERTS.name, rows),
        tables=(ALERTS,),
        message="test",
        commit_info={},
    )
    return home


@pytest.fixture(autouse=True)
def _in_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TAPEWATCH_HOME", str(home))
    return


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["alerts", *arguments])


def ids(*arguments: str) -> str:
    result = invoke(*arguments, "--json")
    assert result.exit_code == 0, result.exception
    return "".join(row["alert_id"] for row in json.loads(result.stdout))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ((), "ecba"),
        (("--severity", "high"), "a"),
        (("--severity", "HIGH", "--severity", "medium"), "ca"),
        (("--symbol", "eth-usdt"), "b"),
        (("--venue", "kraken", "--detector", "flash_crash"), "c"),
        (("--venue", "kraken", "--detector", "large_order"), ""),
        (("--status", "superseded"), "d"),
        (("--status", "open", "--status", "closed"), "ecba"),
        (("--since", "2024-08-09T02:05"), "ecb"),
        (("--until", "2024-08-09T03:00"), "ba"),
        (("--since", "2024-08-09T05:00+03:00", "--until", "2024-08-09T03:00Z"), "b"),
        (("--since", "2d"), ""),
        (("--limit", "2"), "ec"),
        (("--limit", "0"), ""),
        (("--sort", "severity"), "aceb"),
        (("--sort", "score", "--limit", "2"), "ba"),
        (("--sort", "symbol"), "ecab"),
    ],
)
def test_the_wanted_alerts_are_listed_in_order(arguments: tuple[str, ...], found: str) -> None:
    assert ids(*arguments) == found


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--severity", "grave"), "--severity is low, medium, high or critical, was 'grave'"),
        (("--status", "shut"), "--status is open, closed or superseded"),
        (("--sort", "size"), "--sort is time, severity, score, detector, venue or symbol"),
        (("--since", "soon"), "--since is UTC: a date, a time as 2024-08-09T10:30"),
        (("--since", "2024-08-09", "--until", "2024-08-09"), "is not before --until 2024-08-09"),
        (("--format", "xml"), "--format is table, csv or json"),
    ],
)
def test_a_wrong_word_is_told_with_the_right_ones(arguments: tuple[str, ...], why: str) -> None:
    result = invoke(*arguments)
    assert isinstance(result.exception, WrongUsageError)
    assert why in str(result.exception)


def test_a_word_that_no_alert_has_is_named() -> None:
    result = invoke("--symbol", "BTCUSDT", "--detector", "flash_crash")
    assert result.exit_code == 0
    assert "alerts: none" in result.stdout
    assert "no alert has the symbol 'BTCUSDT'; alerts have BTC-USDT, ETH-USDT" in result.stderr
    assert "detector" not in result.stderr


@pytest.mark.slow
def test_what_the_limit_leaves_out_is_counted() -> None:
    assert "2 of 4 alerts" in invoke("--limit", "2").stderr


@pytest.mark.slow
def test_csv_has_the_same_columns_with_and_without_a_row_and_lines_end_in_lf() -> None:
    full, empty = (invoke("--format", "csv", *more).stdout for more in ((), ("--limit", "0")))
    assert full.splitlines()[0] == empty.strip() == ",".join(ALERTS.column_names)
    assert "\r" not in full + empty
    assert len(full.splitlines()) == 5


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2024-08-09", datetime(2024, 8, 9)),
        ("2024-08-09 10:30", datetime(2024, 8, 9, 10, 30)),
        ("2024-08-09T10:30:00.5Z", datetime(2024, 8, 9, 10, 30, 0, 500_000)),
        ("2024-08-09T10:30+02:00", datetime(2024, 8, 9, 8, 30)),
        ("today", datetime(2024, 8, 10)),
        ("Yesterday", datetime(2024, 8, 9)),
        ("now", NOW),
        ("30m", datetime(2024, 8, 10, 15, 0)),
        ("12h", datetime(2024, 8, 10, 3, 30)),
        ("2d", datetime(2024, 8, 8, 15, 30)),
        ("1w", datetime(2024, 8, 3, 15, 30)),
    ],
)
def test_a_moment_is_read_as_people_write_it(text: str, meant: datetime) -> None:
    assert moment("--since", text, NOW) == meant


@pytest.mark.parametrize("text", ["", "2x", "-2d", "999999w", "2024-13-01"])
def test_a_moment_that_is_none_is_wrong_usage(text: str) -> None:
    with pytest.raises(WrongUsageError, match="--until is UTC"):
        moment("--until", text, NOW)


@pytest.mark.slow
def test_without_a_status_no_superseded_alert_is_current(home: Path) -> None:
    lake = Lake(load_settings(home=home))
    assert [row["alert_id"] for row in list_alerts(lake)] == ["e", "c", "b", "a"]
    assert [row["alert_id"] for row in list_alerts(lake, Wanted(since=NOW))] == []
