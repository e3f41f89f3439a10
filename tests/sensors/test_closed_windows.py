"""The stream's sensor over a real instance: what starts, what waits, what is repeated."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from assets.lake.lake import Lake
from assets.lake.resource import LakeResource
from assets.landing.kafka.objects import kafka_objects
from assets.market.window import floor
from assets.stream import tags
from orchestration.definitions import definitions
from sensors.closed_windows import after_run, closed_windows, look
from sensors.stream_plan import GRAIN, LATE_REACH, Cursor, with_objects, with_plan
from tests.sensors.stream_objects import land

# ahead of the clock, so that the stream does not rest however slow the test is
T0 = floor(datetime.now(UTC).replace(tzinfo=None), GRAIN) + timedelta(hours=6)


@dg.job
def empty() -> None:
    """In the place of any job: only the run's tags and status are looked at."""


def second(count: float) -> datetime:
    return T0 + timedelta(seconds=count)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.closed_windows.PATIENCE_SECONDS", 0.0)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def tick(
    instance: dg.DagsterInstance, cursor: str | None
) -> tuple[list[dg.RunRequest], str | None, str | None]:
    with dg.build_sensor_context(
        instance=instance,
        cursor=cursor,
        resources={"lake": LakeResource()},
        repository_def=definitions.get_repository_def(),
    ) as context:
        result = closed_windows.evaluate_tick(context)
    return list(result.run_requests or []), result.skip_message, result.cursor or cursor


def run_of(
    instance: dg.DagsterInstance, request: dg.RunRequest, status: dg.DagsterRunStatus, **more: str
) -> dg.DagsterRun:
    """What the daemon and a worker would have made of a request."""
    return instance.create_run_for_job(empty, status=status, tags={**request.tags, **more})


def window_of(request: dg.RunRequest) -> tuple[datetime, datetime, list[str]]:
    config = request.run_config["ops"]["watch_window"]["config"]
    start_at, end_at = (datetime.fromisoformat(config[name]) for name in ("start_at", "end_at"))
    return start_at, end_at, config["objects"]


def test_without_a_stream_it_says_what_is_missing(lake: Lake, instance: dg.DagsterInstance) -> None:
    runs, why, _ = tick(instance, None)
    assert runs == []
    assert why == "no object of topic trades has landed: is `tapewatch land` running?"


def test_closed_cells_start_a_run_over_exactly_their_window(
    lake: Lake, instance: dg.DagsterInstance
) -> None:
    keys = [land(lake, n, [second(0.2), second(4.5)]) for n in range(2)]
    (request,), _, _ = tick(instance, None)
    assert request.job_name == "stream_surveillance"
    assert window_of(request) == (second(0), second(2), keys)
    # a tick whose cursor was lost names the same run, which Dagster starts once
    (again,), _, _ = tick(instance, None)
    assert again.run_key == request.run_key


def test_one_window_at_a_time_and_the_next_takes_all_that_has_closed(
    lake: Lake, instance: dg.DagsterInstance
) -> None:
    land(lake, 0, [second(0.2), second(4.5)])
    (first,), _, cursor = tick(instance, None)
    run = run_of(instance, first, dg.DagsterRunStatus.STARTED)
    land(lake, 0, [second(5), second(9)])
    land(lake, 0, [second(10), second(20)])
    runs, why, cursor = tick(instance, cursor)
    assert runs == []
    assert why is not None
    assert run.run_id in why
    assert "started" in why
    instance.report_run_canceled(run)
    # a canceled run is repeated, after a wait
    runs, why, cursor = tick(instance, cursor)
    assert runs == []
    assert why is not None
    assert "attempt 2" in why


def test_a_failed_window_is_repeated_at_once_if_the_clock_was_set_back_since(
    lake: Lake, instance: dg.DagsterInstance
) -> None:
    land(lake, 0, [second(0.2), second(4.5)])
    (first,), _, cursor = tick(instance, None)
    instance.report_run_canceled(run_of(instance, first, dg.DagsterRunStatus.STARTED))
    known = Cursor.model_validate_json(cursor or "")
    now = datetime.now(UTC)
    assert isinstance(after_run(instance, known, now), str)
    repeated = after_run(instance, known, now - timedelta(hours=1))
    assert isinstance(repeated, Cursor)
    assert repeated.plan is not None
    assert repeated.plan.attempt == 2


def test_behind_a_long_run_a_stream_that_goes_on_is_not_taken_for_idle(
    lake: Lake, instance: dg.DagsterInstance
) -> None:
    """One partition is quiet; of the other, more has landed than was seen before the run."""

    def ago(seconds: float) -> datetime:
        return floor(datetime.now(UTC).replace(tzinfo=None), GRAIN) - timedelta(seconds=seconds)

    land(lake, 0, [ago(24), ago(19)])
    land(lake, 1, [ago(24), ago(14)])
    # as the sensor saw them while they were new
    new = kafka_objects(lake.objects, "trades", {})
    cursor_then = with_plan(with_objects(Cursor(), new), ago(13))
    assert cursor_then.plan is not None
    land(lake, 1, [ago(14), ago(10)])
    unseen = land(lake, 1, [ago(10), ago(3)])
    instance.create_run_for_job(
        empty,
        status=dg.DagsterRunStatus.SUCCESS,
        tags={tags.WINDOW: cursor_then.plan.run_key},
    )
    opened, now = LakeResource().open(), cursor_then.closed_until
    cursor, (request,), _ = look(instance, opened, cursor_then, is_last=False)
    assert now is not None
    start_at, _, objects = window_of(request)
    assert start_at == now
    assert unseen in objects
    assert cursor.partitions[1].key == unseen


def test_a_failed_window_is_repeated_and_nothing_goes_past_it(
    lake: Lake, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.closed_windows.LONGEST_WAIT", timedelta())
    land(lake, 0, [second(0.2), second(4.5)])
    (first,), _, cursor = tick(instance, None)
    instance.report_run_failed(run_of(instance, first, dg.DagsterRunStatus.STARTED))
    (second_try,), _, cursor = tick(instance, cursor)
    assert window_of(second_try) == window_of(first)
    assert second_try.run_key != first.run_key
    run_of(instance, second_try, dg.DagsterRunStatus.SUCCESS)
    land(lake, 0, [second(5), second(9)])
    (following,), _, _ = tick(instance, cursor)
    assert window_of(following)[0] == window_of(first)[1]


def test_a_failed_detector_delays_no_window(lake: Lake, instance: dg.DagsterInstance) -> None:
    land(lake, 0, [second(0.2), second(4.5)])
    (first,), _, cursor = tick(instance, None)
    run_of(instance, first, dg.DagsterRunStatus.FAILURE, **{tags.FACTS_COMMITTED: "true"})
    land(lake, 0, [second(5), second(9)])
    (following,), _, _ = tick(instance, cursor)
    assert window_of(following)[0] == window_of(first)[1]


def test_a_deleted_run_is_asked_for_again(lake: Lake, instance: dg.DagsterInstance) -> None:
    land(lake, 0, [second(0.2), second(4.5)])
    (first,), _, cursor = tick(instance, None)
    (again,), _, _ = tick(instance, cursor)
    assert again.run_key == first.run_key


@pytest.mark.slow
def test_what_comes_too_late_starts_its_day_once_at_a_time(
    lake: Lake, instance: dg.DagsterInstance
) -> None:
    land(lake, 0, [second(0.2), second(4.5)])
    (first,), _, cursor = tick(instance, None)
    run_of(instance, first, dg.DagsterRunStatus.SUCCESS)
    old = T0 - LATE_REACH - timedelta(days=2)
    land(lake, 0, [old, second(6)])
    requests, _, cursor = tick(instance, cursor)
    (day,) = [one for one in requests if one.job_name == "daily_surveillance"]
    assert day.partition_key == str(old.date())
    window = next(one for one in requests if one.job_name == "stream_surveillance")
    run_of(instance, window, dg.DagsterRunStatus.SUCCESS)
    late = run_of(instance, day, dg.DagsterRunStatus.STARTED)
    land(lake, 0, [old, second(12)])
    requests, _, cursor = tick(instance, cursor)
    assert [one.job_name for one in requests] == ["stream_surveillance"]
    assert Cursor.model_validate_json(cursor or "").late_days == (str(old.date()),)
    run_of(instance, requests[0], dg.DagsterRunStatus.SUCCESS)
    instance.report_run_failed(late)
    (again,), _, cursor = tick(instance, cursor)
    assert again.partition_key == str(old.date())
    # nothing else has closed, and yet it is not the run that there was
    run_of(instance, again, dg.DagsterRunStatus.SUCCESS)
    land(lake, 0, [old])
    requests, _, _ = tick(instance, cursor)
    (third,) = [one for one in requests if one.partition_key == str(old.date())]
    assert len({day.run_key, again.run_key, third.run_key}) == 3


def test_a_backlog_is_looked_at_in_pieces(
    lake: Lake, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.closed_windows.OBJECTS_A_LOOK", 2)
    for n in range(5):
        land(lake, 0, [second(4 * n), second(4 * n + 3.5)])
    (request,), _, cursor = tick(instance, None)
    assert len(Cursor.model_validate_json(cursor or "").partitions) == 1
    assert window_of(request)[1] == second(5)


def test_a_tick_waits_for_the_cells_to_close(
    lake: Lake, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    coming = [
        # the slowest partition has come no further
        lambda: land(lake, 1, [second(5)]),
        lambda: land(lake, 0, [second(4.5)]),
    ]

    def wait(_: float) -> None:
        coming.pop(0)()

    land(lake, 0, [second(0.2)])
    land(lake, 1, [second(0.2), second(1)])
    _, _, cursor = tick(instance, None)
    monkeypatch.setattr("sensors.closed_windows.PATIENCE_SECONDS", 60.0)
    monkeypatch.setattr("sensors.closed_windows.time.sleep", wait)
    (request,), _, cursor = tick(instance, cursor)
    assert window_of(request)[:2] == (second(0), second(2))
    assert set(Cursor.model_validate_json(cursor or "").partitions) == {0, 1}


def test_the_last_look_of_a_tick_sees_what_the_others_do_not(
    lake: Lake, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(lake, 0, [second(0.2)])
    _, why, cursor = tick(instance, None)
    assert why is not None
    assert "no cell has closed" in why
    # a partition that is new, and ahead: nothing closes, and yet it is known from now on
    land(lake, 1, [second(8)])
    monkeypatch.setattr("sensors.closed_windows.PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr("sensors.closed_windows.LOOK_SECONDS", 0.02)
    runs, _, cursor = tick(instance, cursor)
    assert runs == []
    assert set(Cursor.model_validate_json(cursor or "").partitions) == {0, 1}
