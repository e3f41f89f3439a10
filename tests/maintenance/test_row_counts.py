"""Maintenance counts each table three ways, and gives nothing up where the counts disagree."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets.alerts.tables import ALERTS, INCIDENTS
from assets.cases.deciding import decide
from assets.cases.decision import Draft
from assets.lake.lake import Lake
from assets.lake.resource import LakeResource
from assets.lake.tables import Table
from assets.maintenance.asset import CHECK, maintained_lake
from assets.maintenance.row_counts import disagreeing
from assets.maintenance.upkeep import maintain
from orchestration.command_line.app import main

NUMBERS = Table("core.numbers", ("n bigint",))
ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("assets", "orchestration", "sensors", "ml", "reports", "dbt_project/macros")


def change(lake: Lake, *statements: str) -> None:
    def work(connection):
        for statement in statements:
            connection.execute(statement)

    lake.write(work, tables=[NUMBERS, ALERTS], message="change", commit_info={})


@pytest.fixture
def numbers(lake: Lake) -> Lake:
    change(lake, "insert into lake.core.numbers select n from range(100) t(n)")
    change(lake, "delete from lake.core.numbers where n < 3")
    change(lake, "insert into lake.core.numbers values (1), (2)")
    return lake


def miscount(lake: Lake) -> None:
    """Let the catalog count five rows that no file has."""
    with lake.connect(read_only=False) as connection:
        connection.execute(
            "update __ducklake_metadata_lake.ducklake_data_file set record_count = record_count + 5"
        )


def double_an_alert(lake: Lake) -> None:
    change(lake, *["insert into lake.alerts.alerts (alert_id) values ('a')"] * 2)


def snapshots(lake: Lake) -> int:
    with lake.connect() as connection:
        return connection.sql("select count(*) from lake.snapshots()").fetchall()[0][0]


@pytest.mark.slow
def test_counts_of_a_sound_lake_agree_and_maintenance_does_its_work(numbers: Lake) -> None:
    done = maintain(numbers, now=datetime(2100, 1, 1))
    assert (done.disagreeing, done.merged_tables) == ((), 2)
    assert done.expired_snapshots > 0


@pytest.mark.slow
def test_a_reader_that_began_before_maintenance_goes_on_reading_its_files(lake: Lake) -> None:
    for _ in range(3):
        change(lake, "insert into lake.core.numbers select n from range(100) t(n)")
    counted, read = (f"select {what} from lake.core.numbers" for what in ("count(*)", "sum(n)"))
    with lake.connect() as reader:
        reader.execute("begin")
        assert reader.sql(counted).fetchall() == [(300,)]
        change(lake, "insert into lake.core.numbers select n from range(100) t(n)")
        # the files are merged, and what nobody has read since yesterday goes
        assert maintain(lake, timedelta(0)).deleted_files == 0
        assert maintain(lake, timedelta(0)).deleted_files == 0
        assert [reader.sql(query).fetchall() for query in (counted, read)] == [
            [(300,)], [(3 * 4950,)],
        ]  # fmt: skip
    assert maintain(lake, now=datetime.now(UTC).replace(tzinfo=None) + timedelta(3)).deleted_files


@pytest.mark.slow
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (miscount, "core.numbers: the catalog counts 104 rows, 99 can be read, with 99 different"),
        (double_an_alert, "alerts.alerts: the catalog counts 2 rows, 2 can be read, with 1 differ"),
    ],
)
def test_a_lake_that_disagrees_gives_up_no_snapshot_and_no_file(
    numbers: Lake,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    damage,
    words,
) -> None:
    damage(numbers)
    before = snapshots(numbers), numbers.objects.list("lake/")
    monkeypatch.setattr(sys, "argv", ["tapewatch", "maintain", "--keep-days", "1"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = " ".join(capsys.readouterr().err.split())
    assert words in said
    assert "tapewatch rebuild --discard-lake" in said
    assert (snapshots(numbers), numbers.objects.list("lake/")) == before


@pytest.mark.slow
@pytest.mark.parametrize("damaged", [False, True])
def test_the_equality_is_an_asset_check(numbers: Lake, damaged: bool) -> None:
    if damaged:
        double_an_alert(numbers)
    made = dg.materialize([maintained_lake], resources={"lake": LakeResource()})
    (check,) = made.get_asset_check_evaluations()
    assert (check.check_name, check.passed) == (CHECK, not damaged)
    assert ("alerts.alerts" in (check.description or "")) == damaged


@pytest.mark.slow
def test_rows_in_the_catalog_stay_there_under_a_table_that_is_replaced(lake: Lake) -> None:
    """DuckLake's flush applies deletions twice under a replaced table: maintenance leaves it be."""
    for n in range(5):
        change(
            lake,
            "delete from lake.core.numbers",
            f"insert into lake.core.numbers select {n} + n from range(5) t(n)",
        )
        maintain(lake, now=datetime(2100, 1, 1))
    with lake.connect() as connection:
        assert disagreeing(connection) == []
        assert connection.sql("select n from lake.core.numbers order by n").fetchall() == [
            (n,) for n in range(4, 9)
        ]
        files = connection.sql(
            "select count(*) from ducklake_list_files('lake', 'numbers', schema => 'core')"
        ).fetchall()
    assert files == [(0,)]


def test_nothing_of_ours_flushes_rows_out_of_the_catalog() -> None:
    calls = ("flush_inlined", "rewrite_data_files", "checkpoint lake", 'execute("checkpoint')
    found = [
        f"{path.relative_to(ROOT)}: {call}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.suffix in {".py", ".sql"}
        for call in calls
        if call in path.read_text().lower()
    ]
    assert found == []


@pytest.mark.slow
def test_a_snapshot_that_a_case_cites_stays_until_its_retention_is_over(numbers: Lake) -> None:
    numbers.create([INCIDENTS])
    opened = Draft(about="case", about_id="c", title="t", state="open")
    first = decide(numbers, opened, request_id="1", by="ana", channel="page").decision.snapshot_id
    change(numbers, "insert into lake.core.numbers values (7)")
    closed = Draft(about="case", about_id="c", state="closed")
    done = decide(numbers, closed, request_id="2", by="ana", channel="page").decision
    change(numbers, "insert into lake.core.numbers values (8)")

    def has_first() -> bool:
        with numbers.connect() as connection:
            found = connection.sql("select snapshot_id from lake.snapshots()").fetchall()
        return (first,) in found

    years = timedelta(days=numbers.settings.case_days)
    maintain(numbers, now=done.decided_at + years - timedelta(days=1))
    assert has_first()
    maintain(numbers, now=done.decided_at + years + timedelta(days=1))
    assert not has_first()
