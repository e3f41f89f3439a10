"""Where the partitions begin: the first day in the names of landed objects, or in the ledger."""

from datetime import date

import pytest

from assets.lake.lake import Lake
from assets.lake.landed_days import first_landed_day
from assets.lake.partitions import FIRST_DAY, daily, first_day, look_again
from assets.lake.settings import Settings
from assets.transform.tables import LANDED_OBJECTS


def put(settings: Settings, folder: str) -> None:
    path = settings.objects / "landing" / "trades" / folder / "x.parquet"
    path.parent.mkdir(parents=True)
    path.touch()
    look_again()


def test_the_first_landed_day_of_any_venue_begins(settings: Settings, lake: Lake) -> None:
    assert first_landed_day(lake) is None
    assert first_day() == FIRST_DAY
    put(settings, "venue=a/date=2024-03-02")
    put(settings, "venue=b/date=2024-02-28")
    put(settings, "venue=b/date=unknown")
    assert first_landed_day(lake) == date(2024, 2, 28)
    assert daily.get_partition_keys()[:2] == ["2024-02-28", "2024-02-29"]
    assert not daily.has_partition_key("2024-02-27")


def test_a_day_before_the_first_coin_is_none(settings: Settings) -> None:
    put(settings, "venue=a/date=1970-01-01")
    assert first_day() == FIRST_DAY


@pytest.mark.slow
def test_of_a_stream_the_days_count_that_a_run_has_read(settings: Settings, lake: Lake) -> None:
    put(settings, "topic=trades/partition=0")
    assert first_landed_day(lake) is None
    lake.write(
        lambda connection: connection.execute(
            "insert into lake.ops.landed_objects (object, trade_day) "
            "values ('landing/trades/topic=trades/partition=0/x.parquet', date '2024-03-05')"
        ),
        tables=(LANDED_OBJECTS,),
        message="a window",
        commit_info={},
    )
    assert first_landed_day(lake) == date(2024, 3, 5)


def test_definitions_load_while_the_store_cannot_be_reached(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAPEWATCH_S3_BUCKET", "no-such-bucket")
    monkeypatch.setenv("TAPEWATCH_S3_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    look_again()
    assert first_day() == FIRST_DAY
    look_again()
