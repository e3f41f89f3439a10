"""`tapewatch run` from end to end: bad files beside good ones, and a detector that breaks."""

import gzip
import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assets.detection.detector import detectors
from assets.detection.tables import HITS
from assets.detectors.trades.flash_crash import flash_crash
from assets.lake.lake import Lake
from assets.lake.partitions import look_again
from assets.lake.settings import Settings, load_settings
from assets.publishing.report_files import alerts_path, report_path
from orchestration.command_line.app import app
from reports.plotly import plotly_file_name

HEADER = "trade_id,timestamp,symbol,price,quantity,side,trader_id,order_id,event_type"
# one day, in whole seconds
UNJUDGED = (
    "market_anomaly, momentum_ignition, owner_self_trade, pre_arranged_pair, pump_and_dump, "
    "ramping, slow_pump, volume_spike, wash_ring"
)
COUNT = len(list(detectors()))
IN_PART = COUNT - len(UNJUDGED.split(", "))
JUDGED_IN_PART = f"{IN_PART} of {COUNT} detectors ran: {UNJUDGED} are insufficient."
pytestmark = [pytest.mark.slow, pytest.mark.path]


@pytest.fixture
def home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DAGSTER_HOME", str(settings.dagster_home))
    return settings


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def trade(number: int, price: str = "100.5", minute: int = 0) -> str:
    at = f"2024-03-01T00:{minute:02d}:{number % 60:02d}"
    return f"t{number},{at},BTCUSDT,{price},1.5,BUY,a1,o{number},TRADE"


def run(*arguments: str) -> tuple[int, dict]:
    result = CliRunner().invoke(app, ["run", *arguments, "--json"])
    return result.exit_code, json.loads(result.stdout[result.stdout.index("{") :])


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, dict]:
    """A home in which a run judged a day of 200 trades, its exit code and outcome: copy it."""
    folder = tmp_path_factory.mktemp("judged")
    source = write(folder / "trades.csv", *(trade(n, minute=n % 50) for n in range(200)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAPEWATCH_HOME", str(folder / "home"))
        patch.setenv("DAGSTER_HOME", str(load_settings().dagster_home))
        look_again()
        return folder / "home", *run("--input", str(source))


@pytest.fixture
def judged(first_run: tuple[Path, int, dict], home: Settings) -> tuple[int, dict]:
    """That run's exit code and outcome; this home is as it left its own."""
    root, code, outcome = first_run
    shutil.copytree(root, home.root)
    return code, outcome


def test_good_rows_land_beside_bad_ones_and_each_bad_one_is_named(
    home: Settings, tmp_path: Path
) -> None:
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    write(inputs / "mixed.csv", trade(1), trade(2, price="-5"), "t3,broken", trade(4))
    (inputs / "empty.csv").touch()
    (inputs / "other.csv").write_text("foo,bar\n1,2\n")
    code, outcome = run("--input", str(inputs))
    assert code == 1
    said = "\n".join(outcome["problems"])
    assert "mixed.csv, line 3: the price is not positive; mend it" in said
    assert "mixed.csv, line 4: the line has 2 fields where 9 were expected" in said
    assert "empty.csv, line 1: the file is empty" in said
    assert "other.csv, line 1: a header or row of no known format" in said
    (rows,) = outcome["accounting"]
    assert (rows["landed"], rows["core"], rows["quarantined"]) == (4, 2, 2)
    assert rows["unaccounted"] == 0


def test_a_broken_detector_is_named_by_console_report_and_exit_code(
    home: Settings, tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken on purpose")

    source = write(tmp_path / "trades.csv", *(trade(n, minute=n % 50) for n in range(200)))
    whole = flash_crash.detect
    object.__setattr__(flash_crash, "detect", broken)
    try:
        code, outcome = run("--input", str(source))
    finally:
        object.__setattr__(flash_crash, "detect", whole)
    assert code == 1
    assert outcome["verdict"] == (
        f"{IN_PART - 1} of {COUNT} detectors ran: flash_crash failed; {UNJUDGED} are insufficient."
    )
    assert outcome["reasons"] == ["flash_crash: RuntimeError: broken on purpose"]
    (failure,) = outcome["failures"]
    assert failure == f"ops/verdict: {outcome['verdict']} {outcome['reasons'][0]}"
    lake = Lake(load_settings())
    with lake.connect() as connection:
        runs = dict(connection.execute(
            "select detector, any_value(outcome) from lake.ops.detector_runs group by detector"
        ).fetchall())  # fmt: skip
    assert runs.pop("flash_crash") == "failed"
    assert "failed" not in runs.values()
    (day,) = {Path(path).stem for path in outcome["reports"]}
    report = report_path(lake, date.fromisoformat(day)).read_text()
    assert outcome["verdict"] in report
    assert "broken on purpose" in report
    index = (lake.settings.reports / "index.html").read_text()
    assert f'href="daily/{day}.html"' in index
    assert (lake.settings.reports / plotly_file_name()).exists()
    copy = lake.settings.root / "copy.html"
    asked = ["report", "--date", day, "--single-file", "--output", str(copy)]
    assert CliRunner().invoke(app, asked).exit_code == 0
    assert copy.stat().st_size < 1_500_000
    beside = alerts_path(lake, date.fromisoformat(day)).read_bytes()
    listed = CliRunner().invoke(app, ["alerts", "--format", "csv", "--since", day])
    assert beside == listed.stdout_bytes
    assert beside.startswith(b"alert_id,revision,status,")
    assert lake.objects.read(f"reports/daily/{day}.html").decode() == report
    assert lake.objects.read(f"reports/daily/{day}.alerts.csv") == beside

    code, outcome = run("--date", day, "--from", "detect")
    assert code == 0
    assert outcome["verdict"] == JUDGED_IN_PART


def test_a_file_of_rejected_rows_alone_is_kept_counted_and_fails(
    home: Settings, tmp_path: Path
) -> None:
    source = write(tmp_path / "old.csv", "t1,1999-01-01T00:00:00,BTCUSDT,1,1,BUY,a,o,TRADE")
    code, outcome = run("--input", str(source))
    assert code == 1
    assert outcome["verdict"].startswith("nothing was judged")
    assert outcome["failures"] == []
    (rows,) = outcome["accounting"]
    assert (rows["landed"], rows["core"], rows["quarantined"], rows["unaccounted"]) == (1, 0, 1, 0)
    with Lake(load_settings()).connect() as connection:
        kept = connection.sql("select source_file from lake.quarantine.trades").fetchall()
    assert kept == [("old.csv",)]


def test_a_day_of_unusable_rows_is_run_and_its_rows_are_counted(
    home: Settings, tmp_path: Path
) -> None:
    source = write(tmp_path / "bad.csv", trade(1, price="-5"), trade(2, price="x"))
    ahead = (datetime.now(UTC) + timedelta(days=1)).replace(tzinfo=None)
    write(tmp_path / "ahead.csv", trade(1).replace("2024-03-01T00:00:01", ahead.isoformat()))
    code, outcome = run("--input", str(source), "--input", str(tmp_path / "ahead.csv"))
    assert outcome["failures"] == []
    assert code == 0
    assert any("has not begun" in problem for problem in outcome["problems"])
    (rows,) = outcome["accounting"]
    assert (rows["core"], rows["quarantined"], rows["unaccounted"]) == (0, 2, 0)


def test_a_truncated_file_lands_what_it_has_and_fails(home: Settings, tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.csv", *(trade(n, minute=n % 50) for n in range(3000)))
    packed = gzip.compress(whole.read_bytes())
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(packed[: len(packed) * 2 // 3])
    code, outcome = run("--input", str(cut))
    assert code == 1
    (failure,) = outcome["failures"]
    assert failure.startswith(f"landing/trades: {cut}")
    assert "cut off" in failure
    (rows,) = outcome["accounting"]
    assert 0 < rows["core"] < 3000
    assert rows["unaccounted"] == 0
    assert outcome["verdict"] == JUDGED_IN_PART


def test_days_that_no_detector_judged_do_not_pass(home: Settings, tmp_path: Path) -> None:
    source = write(tmp_path / "trades.csv", *(trade(n, minute=n % 50) for n in range(200)))
    code, _ = run("--input", str(source), "--only", "flash_crash")
    assert code == 0
    code, outcome = run("--date", "2024-03-01", "--from", "publish")
    assert code == 1
    (failure,) = outcome["failures"]
    assert f"1 of {COUNT} detectors ran" in failure
    others = ", ".join(one.name for one in detectors() if one is not flash_crash)
    assert f"{others} did not" in failure
    assert "no cell of 2024-03-01 was judged; run the day again from the stage detect" in failure
    assert "wash_trading did not run" in outcome["verdict"]


def test_stale_hits_are_named_by_console_report_and_exit_code(judged: tuple[int, dict]) -> None:
    code, outcome = judged
    assert (code, outcome["verdict"]) == (0, JUDGED_IN_PART)
    assert outcome["insufficiency"] == [
        "market_anomaly, momentum_ignition, ramping, slow_pump, volume_spike could judge no "
        "symbol: too little history",
        "owner_self_trade could judge no symbol: no trade names both accounts and no file says "
        "which accounts have one owner",
        "pre_arranged_pair could judge no symbol: no trade names both accounts",
        "pump_and_dump could judge no symbol: times are whole seconds and no order has several "
        "fills",
        "wash_ring could judge no symbol: less than half of the quantity names both accounts",
    ]
    lake, day = Lake(load_settings()), date(2024, 3, 1)
    lake.write(
        lambda connection: connection.execute(
            f"insert into lake.{HITS.name} (detector, kind, is_stale, trade_day) "
            f"values ('large_order', 'hit', true, '{day}')"
        ),
        tables=(HITS,), message="stale", commit_info={},
    )  # fmt: skip
    result = CliRunner().invoke(app, ["run", "--date", str(day), "--from", "publish"])
    sentence = (
        f"{IN_PART} of {COUNT} detectors ran: large_order has stale hits; "
        f"{UNJUDGED} are insufficient."
    )
    assert result.exit_code == 1
    assert " ".join(result.stdout.split()).endswith(sentence)
    report = report_path(lake, day).read_text().partition('id="data-quality"')[0]
    assert sentence in report
    assert "large_order: 1 hit is of an earlier run, marked stale" in report


def test_a_landed_object_that_is_gone_fails_its_day_and_keeps_its_trades(
    judged: tuple[int, dict], home: Settings, tmp_path: Path
) -> None:
    assert judged[0] == 0
    (path,) = home.objects.rglob("landing/trades/venue=*/**/*.parquet")
    path.rename(tmp_path / "aside")
    code, outcome = run("--date", "2024-03-01")
    assert code == 1
    (failure,) = outcome["failures"]
    assert failure.startswith("normalise: the landed object landing/trades/venue=file/")
    assert f"date=2024-03-01/{path.name} is gone" in failure
    assert "land trades.csv again" in failure
    with Lake(load_settings()).connect() as connection:
        assert connection.sql("select count(*) from lake.core.trades").fetchall() == [(200,)]
    (tmp_path / "aside").rename(path)
    assert run("--date", "2024-03-01")[0] == 0
