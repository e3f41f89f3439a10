"""No traceback reaches a user: every command over a lake of hostile files, and what they print."""

import csv
import json
import sys
import zipfile
from io import StringIO
from pathlib import Path

import pytest

from assets.lake.markdown import plain_markdown
from assets.lake.settings import Settings
from orchestration.command_line import output, program
from orchestration.command_line.app import main
from orchestration.command_line.plain_text import escape, said
from orchestration.command_line.run import show_outcome
from orchestration.day_run import Outcome
from reports.visible import visible

CCXT = "id,timestamp,symbol,side,price,amount\n"
AT = 1_723_161_600_000
TRADE = f'{AT}000000 {{"stream":"btcusdt@trade","data":{{"e":"trade","T":{AT},"s":"BTCUSDT",'
TRADE += '"t":1,"p":"100","q":"1","m":true}}\n'
HOSTILE = "[/bold][red]\x1b[31m\u202e<b>=1+1"


def write_corpus(folder: Path) -> None:
    """A file of each kind of fault, beside good ones."""
    folder.mkdir()
    rows = "".join(f"{n},{AT + n * 1000},A/USDT,buy,{100 + n % 7},1\n" for n in range(300))
    (folder / "a_good.csv").write_text(CCXT + rows)
    (folder / "b_damaged.parquet").write_bytes(b"PAR1" + b"\0" * 64 + b"PAR1")
    (folder / "c_names.csv").write_text(
        CCXT + f"1,{AT},{HOSTILE}/USDT,buy,1,1\n2,{HOSTILE},B/USDT,buy,1,1\n"
        f"3,{AT},C/USDT,{HOSTILE},1,1\n=1+1,{AT},=D/USDT,buy,1,1\n\0,{AT},E\0/USDT,buy,1,1\n"
    )
    (folder / "d_least.csv").write_text(CCXT + f"1,{-(2**63)},A/USDT,buy,1,1\n")
    (folder / "usdm_e.csv").write_text(
        TRADE
        + TRADE.replace("BTCUSDT", "\\ud800")
        + TRADE.replace('"trade","T"', '["trade"],"T"')
        + f'{AT}000000 {{"data":{"[" * 100_000}\n'
        + TRADE.replace(":", ": ").replace('"t": 1', '"t": 2')
    )
    with zipfile.ZipFile(folder / "FUSDT-trades-2024-08-09.zip", "w") as archive:
        archive.writestr("FUSDT-trades-2024-08-09.csv", "")
    line = f"1,0.3,10,1,1,{AT},False,True\n"
    (folder / "币安人生USDT-aggTrades-2024-08-09.csv").write_text(line)
    (folder / "qtumusdt-aggTrades-2024-08-09.csv").write_text(line)
    with (folder / "g_\udcff.csv").open("w") as file:
        file.write(CCXT + f"1,{AT},G/USDT,buy,1,1\n")


def call(monkeypatch, capsys, *arguments: str) -> tuple[int, str, str]:
    """What the program prints and returns; any exception but its own end fails the test."""
    monkeypatch.setattr(sys, "argv", ["tapewatch", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    both = printed.out + printed.err
    assert "Traceback" not in both
    assert "a fault of tapewatch" not in both
    if not {"csv", "--json", "--trades"} & {*arguments}:  # these are exact
        assert not {"\x1b", "\u202e"} & {*both}
    code = ended.value.code
    return (code if isinstance(code, int) else 0), printed.out, printed.err


@pytest.mark.slow
@pytest.mark.path
def test_every_command_over_hostile_files(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(settings.dagster_home))
    folder = tmp_path / "in"
    write_corpus(folder)

    def tapewatch(*arguments: str) -> tuple[int, str, str]:
        return call(monkeypatch, capsys, *arguments)

    code, out, _ = tapewatch("run", "--input", str(folder))
    assert code == 1
    for named in (
        "b_damaged.parquet: the Parquet file is cut off or damaged",
        "FUSDT-trades-2024-08-09.zip, line 1: there is nothing in the file",
        "line 2: the symbol holds half of a letter",
        "line 3: the message of a trade stream holds no trade",
        "line 4: the message is nested too deeply",
        "detectors ran: ",
    ):
        assert named in " ".join(out.split())
    sql = "select venue, symbol, count(*) as n from core.trades group by all order by all"
    code, out, _ = tapewatch("query", sql, "--json")
    found = {(row["venue"], row["symbol"]): row["n"] for row in json.loads(out)}
    assert found[("file", "A-USDT")] == 300
    assert found[("binance_usdm", "BTC-USDT:USDT")] == 2
    assert found[("binance", "币安人生-USDT")] == found[("binance", "QTUM-USDT")] == 1
    assert found[("file", "G-USDT")] == 1
    alerts = json.loads(tapewatch("alerts", "--json")[1])
    an_alert = alerts[0]["alert_id"] if alerts else "00"
    for arguments, codes in {
        ("alerts",): {0},
        ("alerts", "--format", "csv"): {0},
        ("alerts", "--since", "soon"): {2},
        ("explain", an_alert): {0, 1},
        ("explain", an_alert, "--trades"): {0, 1},
        ("explain", "[/bold]"): {1},
        ("verify", an_alert): {0, 1},
        ("query", "from quarantine.trades"): {0},
        ("query", "from quarantine.trades", "--format", "csv"): {0},
        ("query", "select '[/x]' as \"[/y]\", chr(27) as e"): {0},
        ("query", "selec [/bold]"): {1},
        ("doctor",): {0},
        ("maintain",): {0},
        ("rebuild",): {2},
        ("run", "--date", "1999-01-01"): {2},
        ("run", "--input", str(tmp_path / "[/none]")): {2},
        ("run", "--input", str(folder / "a_good.csv"), "--venue", "[/x]"): {1, 2},
        ("fetch", "[/nowhere]", "A-B", "--minutes", "1"): {2},
        ("evaluate", "pumps", "--data", str(folder)): {0, 1, 2},
        ("evaluate", "simulator", "--data", str(folder)): {0, 1, 2},
        ("publish-alerts",): {2},
        ("land",): {2},
        ("stream", "binance", "A-B"): {2},
        ("run", "--date", "2024-08-09"): {0},
    }.items():
        code, _, _ = tapewatch(*arguments)
        assert code in codes, arguments


def test_a_fault_of_our_own_is_said_without_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("[/bold] by nought")

    monkeypatch.setattr(program.app, "__call__", broken)
    monkeypatch.setattr("orchestration.command_line.app.app", broken)
    monkeypatch.setattr(sys, "argv", ["tapewatch"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    shown = "".join(capsys.readouterr().err.split("\n"))
    assert "failed: ZeroDivisionError: [/bold] by nought; this is a fault of tapewatch" in shown
    path = Path(shown[shown.index("tapewatch; ") + len("tapewatch; ") :].split(" ")[0])
    assert "Traceback" in path.read_text()
    path.unlink()


def test_what_a_row_says_is_no_markup_of_the_console(capsys: pytest.CaptureFixture[str]) -> None:
    lists = {"problems": [HOSTILE + "1"], "failures": [HOSTILE + "2"], "reasons": [HOSTILE + "3"]}
    show_outcome(Outcome(**lists, insufficiency=[HOSTILE], verdict=HOSTILE), as_json=False)
    output.print_rows([{HOSTILE: HOSTILE}], title="rows", as_json=False)
    shown = capsys.readouterr().out
    assert shown.count("[/bold][red]\\x1b[31m\\u202e<b>=1+1") == 7


def test_what_a_row_says_is_no_formula_of_a_spreadsheet(
    capsys: pytest.CaptureFixture[str],
) -> None:
    texts = ["=1+1", "@x", "+cmd|' /C calc'!A0", "-2+3", "-2.5", "1e-07", "plain", "\t=1"]
    output.print_csv([{"text": text} for text in texts], ["text"])
    read = [row["text"] for row in csv.DictReader(StringIO(capsys.readouterr().out))]
    shown = ["'=1+1", "'@x", "'+cmd|' /C calc'!A0", "'-2+3", "-2.5", "1e-07", "plain", "'\t=1"]
    assert read == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "a\\|b"),
        ("[x](javascript:1)", "\\[x\\](javascript:1)"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("http://x", "http\\://x"),
        ("a\nb", "a\\\\x0ab"),
        ("10:00 BTC-USDT", "10:00 BTC-USDT"),
    ],
)
def test_what_a_row_says_is_no_markup_of_the_dagster_ui(text: str, shown: str) -> None:
    assert plain_markdown(text) == shown


def test_signs_that_cannot_be_seen_are_written_out() -> None:
    assert visible("a\x1b\u202e\ud800\x9b\n") == "a\\x1b\\u202e\\ud800\\x9b\\x0a"
    assert visible("币安 é\n", keep="\n") == "币安 é\n"
    assert escape("[b]\n") == "\\[b]\\x0a"
    assert said("[b]\n").plain == "[b]\n"
