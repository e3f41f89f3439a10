"""`tapewatch trades` and `tapewatch accounts risk`: which rows, in which order."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection
from typer.testing import CliRunner, Result

from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.scoring.tables import ACCOUNT_RISK, TRADE_RISK
from orchestration.command_line.app import app
from orchestration.command_line.program import WrongUsageError

pytestmark = pytest.mark.slow
AT = datetime(2024, 8, 9, 12)
FLAGS = ["REPORTING_THRESHOLD", "NOT_CHECKED: sanctions"]


def trade(name: str, score: float | None, level: str | None, **values: object) -> dict[str, object]:
    return {
        "venue": "v", "symbol": "BTC-USDT", "trade_id": name, "buyer_account_id": "T1",
        "seller_account_id": None, "score": score, "level": level, "notional": 5.0,
        "triggered_patterns": ["flash_crash"], "compliance_flags": FLAGS, "traded_at": AT,
        "trade_day": AT.date(),
    } | values  # fmt: skip


def account(rank: int, **values: object) -> dict[str, object]:
    return {
        "venue": "v", "account_id": f"T{rank}", "rank": rank, "score": 0.5, "level": "HIGH",
        "notional_usd": 10.0 * rank, "trade_count": 1, "alert_count": 0, "former_alert_count": 0,
        "triggered_patterns": [], "compliance_flags": FLAGS, "trade_day": AT.date(),
    } | values  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("risk") / "home"
    rows = [
        trade("a", 0.2, "LOW"),
        trade("b", 0.8, "CRITICAL", symbol="ETH-USDT"),
        trade("c", 0.6, "HIGH", seller_account_id="T2", triggered_patterns=["wash_ring"]),
        trade("d", None, None),
        trade("e", 0.9, "CRITICAL", traded_at=datetime(2024, 8, 8), trade_day=datetime(2024, 8, 8)),
    ]
    accounts = [account(1), account(2, alert_count=3), account(3, former_alert_count=1)]

    def work(connection: DuckDBPyConnection) -> None:
        insert_rows(connection, TRADE_RISK.name, rows)
        insert_rows(connection, ACCOUNT_RISK.name, accounts)

    Lake(load_settings(home=home)).write(
        work, tables=(TRADE_RISK, ACCOUNT_RISK), message="test", commit_info={}
    )
    return home


@pytest.fixture(autouse=True)
def _in_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAPEWATCH_HOME", str(home))


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def found(column: str, *arguments: str) -> list[str]:
    result = invoke(*arguments, "--json")
    assert result.exit_code == 0, result.exception
    return [row[column] for row in json.loads(result.stdout)]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        # the last scored day, the highest first, what has no score last
        ((), "bcad"),
        (("--day", "2024-08-08"), "e"),
        (("--day", "2024-08-07"), ""),
        (("--symbol", "eth-usdt"), "b"),
        (("--account", "T2"), "c"),
        (("--account", "T1", "--level", "critical"), "b"),
        (("--pattern", "flash_crash"), "bad"),
        (("--limit", "2"), "bc"),
    ],
)
def test_trades_are_those_asked_for(arguments: tuple[str, ...], names: str) -> None:
    assert "".join(found("trade_id", "trades", *arguments)) == names


def test_a_table_names_no_flag_that_was_not_checked() -> None:
    shown = invoke("trades", "--limit", "1").stdout
    assert "REPORTING_THRESHOLD" in shown
    assert "NOT_CHECKED" not in shown
    assert "NOT_CHECKED: sanctions" in invoke("trades", "--format", "csv").stdout


def test_accounts_are_in_the_order_of_the_board() -> None:
    boards = {
        sort: found("account_id", "accounts", "risk", "--sort", sort)
        for sort in ("risk", "alerts", "volume")
    }
    assert boards == {
        "risk": ["T1", "T2", "T3"], "alerts": ["T2", "T3", "T1"], "volume": ["T3", "T2", "T1"],
    }  # fmt: skip


def test_a_level_that_does_not_exist_is_refused() -> None:
    result = invoke("trades", "--level", "severe")
    assert isinstance(result.exception, WrongUsageError)
    assert "LOW, MEDIUM, HIGH or CRITICAL" in str(result.exception)
