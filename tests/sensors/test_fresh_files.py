"""New objects start their days; a repeat, a restart and rejected rows start nothing twice."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets.lake.lake import Lake
from assets.lake.partitions import daily
from assets.lake.resource import LakeResource
from assets.lake.settings import Settings
from assets.landing.files.importer import land_files
from assets.landing.reader import date_of_key, new_objects
from assets.tables import create_tables
from assets.transform.tables import LANDED_OBJECTS
from orchestration.definitions import definitions
from sensors.fresh_files import fresh_files

HEADER = "trade_id,timestamp,symbol,price,quantity,side,trader_id,order_id,event_type"


def write(folder: Path, name: str, *times: str) -> Path:
    path = folder / name
    rows = [f"{name}-{n},{at},BTCUSDT,100,1,BUY,t,o,TRADE" for n, at in enumerate(times)]
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def tick(
    cursor: str | None, under_way: Mapping[str, str] | None = None
) -> tuple[list[dg.RunRequest], str | None, str | None]:
    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(
            instance=instance,
            cursor=cursor,
            resources={"lake": LakeResource()},
            repository_def=definitions.get_repository_def(),
        ) as context,
    ):
        if under_way is not None:
            instance.add_run(
                dg.DagsterRun(
                    job_name="a_job", status=dg.DagsterRunStatus.STARTED, tags={**under_way}
                )
            )
        result = fresh_files.evaluate_tick(context)
    return list(result.run_requests or []), result.skip_message, result.cursor


def test_each_new_day_is_started_once(lake: Lake, tmp_path: Path) -> None:
    land_files(
        [write(tmp_path, "a.csv", "2024-01-02T10:00:00", "2024-01-03T10:00:00")], lake.objects
    )
    runs, _, cursor = tick(None)
    assert [run.partition_key for run in runs] == ["2024-01-02", "2024-01-03"]
    again, why, _ = tick(cursor)
    assert again == []
    assert why == "nothing has landed since the last look"


def test_a_late_file_starts_its_day_again_under_another_key(lake: Lake, tmp_path: Path) -> None:
    land_files(
        [write(tmp_path, "a.csv", "2024-01-02T10:00:00", "2024-01-03T10:00:00")], lake.objects
    )
    first, _, cursor = tick(None)
    land_files([write(tmp_path, "late.csv", "2024-01-02T11:00:00")], lake.objects)
    (run,), _, _ = tick(cursor)
    assert run.partition_key == "2024-01-02"
    assert run.run_key not in {one.run_key for one in first}


def test_a_tick_whose_cursor_was_lost_names_the_same_runs(lake: Lake, tmp_path: Path) -> None:
    land_files([write(tmp_path, "a.csv", "2024-01-02T10:00:00")], lake.objects)
    assert [run.run_key for run in tick(None)[0]] == [run.run_key for run in tick(None)[0]]


@pytest.mark.slow
def test_rejected_rows_alone_start_nothing_and_say_so(lake: Lake, tmp_path: Path) -> None:
    land_files([write(tmp_path, "bad.csv", "not a time")], lake.objects)
    runs, why, _ = tick(None)
    assert runs == []
    assert why is not None
    assert "rejected rows" in why


def test_a_row_dated_ahead_holds_back_its_own_day_alone(lake: Lake, tmp_path: Path) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=1)).replace(tzinfo=None)
    land_files(
        [write(tmp_path, "a.csv", "2024-01-02T10:00:00", ahead.isoformat())], lake.objects,
        now=ahead,
    )  # fmt: skip
    (run,), _, cursor = tick(None)
    assert run.partition_key == "2024-01-02"
    again, why, later = tick(cursor)
    assert again == []
    assert why == f"trades of {ahead.date()} wait for a day that has not begun"
    assert later == cursor
    assert cursor is not None
    seen = new_objects(lake.objects, "trades", cursor)[0]
    assert [date_of_key(key) for key in seen] == [str(ahead.date())]


@pytest.mark.slow
def test_a_day_waits_for_a_run_that_still_lands_or_reads_it(lake: Lake, tmp_path: Path) -> None:
    days = ["2024-01-02", "2024-01-03", "2024-01-04"]
    land_files([write(tmp_path, "a.csv", *(f"{day}T10:00:00" for day in days))], lake.objects)
    runs, _, cursor = tick(None, {"dagster/partition": "2024-01-03"})
    assert [run.partition_key for run in runs] == ["2024-01-02", "2024-01-04"]
    none, why, _ = tick(
        cursor,
        {
            "dagster/asset_partition_range_start": "2024-01-01",
            "dagster/asset_partition_range_end": "2024-01-03",
        },
    )
    assert none == []
    assert why == "trades of 2024-01-03 wait for a run that is under way"
    then, _, _ = tick(cursor)
    assert [run.partition_key for run in then] == ["2024-01-03"]


@pytest.mark.slow
def test_what_a_run_has_read_starts_nothing(lake: Lake, tmp_path: Path) -> None:
    land_files([write(tmp_path, "a.csv", "2024-01-02T10:00:00")], lake.objects)
    create_tables(lake)
    (key,) = new_objects(lake.objects, "trades")[0]
    lake.write(
        lambda connection: connection.execute(
            "insert into lake.ops.landed_objects (object, dataset) values (?, 'trades')", [key]
        ),
        tables=(LANDED_OBJECTS,),
        message="a run",
        commit_info={},
    )
    runs, why, cursor = tick(None)
    assert runs == []
    assert why == "nothing has landed since the last look"
    assert new_objects(lake.objects, "trades", cursor)[0] == []


def test_objects_of_a_stream_start_nothing_and_stay_out_of_the_cursor(
    lake: Lake, settings: Settings
) -> None:
    path = settings.objects / "landing/trades/topic=trades/partition=0/1.parquet"
    path.parent.mkdir(parents=True)
    path.touch()
    assert tick(None) == ([], "nothing has landed since the last look", None)


def test_an_earlier_day_that_lands_later_is_a_day_at_once(lake: Lake, tmp_path: Path) -> None:
    land_files([write(tmp_path, "a.csv", "2024-01-03T10:00:00")], lake.objects)
    _, _, cursor = tick(None)
    assert daily.get_first_partition_key() == "2024-01-03"
    assert not daily.has_partition_key("2024-01-02")
    land_files([write(tmp_path, "b.csv", "2024-01-02T10:00:00")], lake.objects)
    (run,), _, _ = tick(cursor)
    assert run.partition_key == "2024-01-02"
    assert daily.get_first_partition_key() == "2024-01-02"
    days = dg.PartitionKeyRange("2024-01-02", "2024-01-03")
    assert daily.get_partition_keys_in_range(days) == ["2024-01-02", "2024-01-03"]
