"""A case's pack proves itself: what was changed in it, or taken out, is named."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from assets.alerts.incidents import join_incidents
from assets.alerts.tables import ALERTS, INCIDENTS
from assets.cases import pack_check
from assets.cases.chain import key_of
from assets.cases.deciding import about, decide
from assets.cases.decision import Draft, digest_of
from assets.cases.pack import CaseError, pack_of, zipped
from assets.cases.pack_check import check_pack
from assets.detection.tables import HITS
from assets.lake.code_version import code_version
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from orchestration.command_line.app import app
from tests.alerts.test_episodes import MIDNIGHT, STAMPS, alerts_of, falling, hit

pytestmark = pytest.mark.slow
NOW = datetime(2026, 3, 5)
FORMULA = "=HYPERLINK(1)"
NOTE = "<script>alert(1)</script>"
COLUMNS = (
    "venue, symbol, trade_id, buyer_account_id, seller_account_id, aggressor_side, price, "
    "quantity, price_double, quantity_double, notional, is_on_book, sequence, traded_at, trade_day"
)
Files = dict[str, bytes]


@pytest.fixture
def case_lake(found_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """One incident of two hits and three trades, judged in case `c1`; a fourth trade is later."""
    stamps = replace(STAMPS, code_version=code_version())
    hits = [
        replace(one, params_digest=falling.params_digest, code_version=code_version())
        for one in (hit(100), hit(101, score=0.7))
    ]
    alerts = [replace(one, code_version=code_version()) for one in alerts_of(*hits)]
    incidents = join_incidents(alerts, stamps)
    trades = [
        (100.0, "A", "B", 10),
        (100.01, "B", FORMULA, 20),
        (101.0, "A", "C", 5),
        (102.0, "A", "C", 7),
    ]

    def write(connection) -> None:
        insert_rows(connection, HITS.name, hits)
        insert_rows(connection, ALERTS.name, alerts)
        insert_rows(connection, INCIDENTS.name, incidents)
        for number, (minute, buyer, seller, notional) in enumerate(trades):
            at = MIDNIGHT + timedelta(minutes=minute)
            connection.execute(
                f"insert into lake.core.trades ({COLUMNS}) "
                "values ('binance', 'BTC-USDT', ?, ?, ?, 'buyer', 1, ?, 1, ?, ?, true, ?, ?, ?)",
                [str(number), buyer, seller, notional, notional, notional, number, at, at.date()],
            )

    found_lake.write(write, tables=(), message="test", commit_info={})
    monkeypatch.setattr(pack_check, "detectors", lambda: [falling])
    row = {"incident_id": incidents[0].incident_id, "revision": 1}
    of = about(row | {"alert_ids": [alerts[0].alert_id]})
    drafts = (
        Draft(about="mute", about_id="m", note="x", mute_symbol="X", mute_until=NOW + timedelta(1)),
        Draft(about="case", about_id="c1", title="One hand", state="open"),
        Draft(**of, case_id="c1"),
        Draft(**of, verdict="true", reason="stop_hunt", note=NOTE, state="closed"),
        Draft(about="case", about_id="c2", title="Another", state="open"),
        Draft(about="case", about_id="c3", title="A third", state="open"),
    )
    for number, draft in enumerate(drafts):
        decide(found_lake, draft, request_id=str(number), by="ana", channel="page", now=NOW)
    return found_lake


@pytest.fixture
def files(case_lake: Lake) -> Files:
    return pack_of(case_lake, "c1", by="ana", at=NOW)


def again(files: Files, name: str, data: bytes) -> Files:
    """The pack with another file of that name, and a manifest that has its digest."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"][name] = digest_of(data)
    return files | {name: data, "manifest.json": json.dumps(manifest).encode()}


def test_a_pack_has_the_case_its_evidence_and_what_proves_its_decisions(files: Files) -> None:
    checked = check_pack(files)
    assert checked.faults == checked.not_comparable == ()
    # the case's decisions are 2 to 4, and 5 is what proves the fourth
    assert (checked.decisions, checked.alerts) == (4, 1)
    assert [key_of(n) in files for n in range(1, 7)] == [False, True, True, True, True, False]
    manifest = json.loads(files["manifest.json"])
    assert manifest["exported_by"] == "ana"
    assert manifest["case"]["title"] == "One hand"
    accounts = pq.read_table(io.BytesIO(files["accounts.parquet"])).to_pylist()
    money = {one["account_id"]: (float(one["bought"]), float(one["sold"])) for one in accounts}
    assert money == {"A": (15, 0), "B": (20, 10), "C": (0, 5), FORMULA: (0, 20)}
    page = files["index.html"].decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "It fell by 70.0%" in page
    rows = list(csv.DictReader(io.StringIO(files["trades.csv"].decode())))
    assert [one["seller_account_id"] for one in rows] == ["B", "'" + FORMULA, "C"]


def test_the_same_case_at_the_same_snapshot_gives_the_same_bytes(case_lake: Lake) -> None:
    with case_lake.connect() as connection:
        snapshot = case_lake.snapshot_id(connection)
    first, second = (
        pack_of(case_lake, "c1", by="ana", at=NOW, snapshot=snapshot) for _ in range(2)
    )
    assert first == second
    assert zipped(first) == zipped(second)


@pytest.mark.parametrize("name", ["index.html", "hits.parquet", key_of(3)])
def test_what_was_changed_or_is_missing_is_named(files: Files, name: str) -> None:
    changed = files | {name: files[name] + b" "}
    assert any(name in one for one in check_pack(changed).faults)
    missing = {one: data for one, data in files.items() if one != name}
    assert any(f"{name} is missing" in one for one in check_pack(missing).faults)
    assert check_pack(files | {"more.txt": b""}).faults == ("more.txt is not in the manifest",)


def test_a_change_that_the_manifest_covers_up_is_found(files: Files) -> None:
    data = files[key_of(4)].replace(b"stop_hunt", b"meant_to_move")
    assert "does not follow" in check_pack(again(files, key_of(4), data)).faults[0]

    def rewritten(name: str, change) -> Files:
        table = pq.read_table(io.BytesIO(files[f"{name}.parquet"]))
        rows = change(table.to_pylist())
        written = io.BytesIO()
        pq.write_table(type(table).from_pylist(rows, schema=table.schema), written)
        return again(files, f"{name}.parquet", written.getvalue())

    lighter = rewritten("alerts", lambda rows: [row | {"severity": "low"} for row in rows])
    assert "does not follow from the hits: severity" in check_pack(lighter).faults[0]
    assert "incident" in check_pack(lighter).faults[1]
    other = rewritten("trades", lambda rows: [rows[0] | {"symbol": "X"}, *rows[1:]])
    assert any("1 trades of alert" in one for one in check_pack(other).faults)
    fewer = rewritten("trades", lambda rows: rows[1:])
    assert "accounts.parquet does not follow from the trades" in check_pack(fewer).faults


def test_the_command_line_exports_and_verifies(
    case_lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAPEWATCH_HOME", str(case_lake.settings.root))
    folder, run = tmp_path / "pack", CliRunner()
    written = run.invoke(app, ["case", "c1", "--export", str(folder)])
    assert written.exit_code == 0, written.output
    assert run.invoke(app, ["verify", "--pack", str(folder)]).exit_code == 0
    assert isinstance(run.invoke(app, ["case", "c1", "--export", str(folder)]).exception, CaseError)
    (folder / "index.html").write_text("another")
    refused = run.invoke(app, ["verify", "--pack", str(folder)])
    assert refused.exit_code == 1
    assert "index.html was changed" in refused.output


def test_the_service_gives_the_same_pack_as_an_archive(case_lake: Lake, client: TestClient) -> None:
    for address in ("/cases/c1/pack", "/desk/cases/c1/pack"):
        answer = client.get(address)
        assert answer.headers["content-type"] == "application/zip"
        assert 'filename="case-c1.zip"' in answer.headers["content-disposition"]
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            inside = {name: archive.read(name) for name in archive.namelist()}
        assert check_pack(inside).faults == ()
    assert client.get("/cases/none/pack").status_code == 404
