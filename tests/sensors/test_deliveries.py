"""What Dagster has recorded goes out: failed runs, silent feeds, reports of the days of a run."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import dagster as dg
import pytest

from assets.alerts.tables import ALERTS, INCIDENTS
from assets.delivery.asset import messages_were_taken
from assets.delivery.events import Event
from assets.delivery.outbox import Delivery, Outbox, delivery_of
from assets.delivery.routes import FILE, Route
from assets.delivery.sending import deliver
from assets.detection.tables import DETECTOR_RUNS, HITS
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.lake.resource import LakeResource
from assets.landing.venues.asset import BROUGHT, PREFIX
from assets.publishing.asset import daily_report
from sensors import failed_runs, ready_reports, silent_feeds, silent_stream
from sensors.deliveries import deliveries
from tests.delivery.incident_rows import revision
from tests.sensors.stream_objects import TOPIC, land

UI = "http://ui"
FRESH = "days_are_fresh"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@dg.op
def breaks() -> None:
    raise ValueError("wrong on purpose")


@dg.job
def broken() -> None:
    breaks()


@pytest.mark.slow
def test_a_failed_run_goes_out_with_the_error_of_its_step(instance: dg.DagsterInstance) -> None:
    run = broken.execute_in_process(instance=instance, raise_on_error=False)
    found = failed_runs.look(instance, UI, None)
    (event,) = found.events
    assert (event.title, event.link) == ("broken failed", f"{UI}/runs/{run.run_id}")
    assert event.text == f"run {run.run_id}: breaks: ValueError: wrong on purpose"
    assert failed_runs.look(instance, UI, found.cursor).events == []


def pull(instance: dg.DagsterInstance, day: str, why: str | None) -> None:
    """A venue's pull of a day whose check says why it failed, or that it did not."""
    days = dg.StaticPartitionsDefinition(["2026-11-28", "2026-11-29"])
    key = dg.AssetKey([*PREFIX, "kraken"])

    @dg.asset(
        key=key,
        partitions_def=days,
        check_specs=[dg.AssetCheckSpec(BROUGHT, asset=key, partitions_def=days)],
    )
    def pulled() -> dg.MaterializeResult:
        check = dg.AssetCheckResult(check_name=BROUGHT, passed=why is None, description=why)
        return dg.MaterializeResult(check_results=[check])

    dg.materialize([pulled], instance=instance, partition_key=day)


@pytest.mark.slow
def test_a_listed_market_without_a_trade_goes_out_once_a_day(instance: dg.DagsterInstance) -> None:
    source = silent_feeds.silent_feeds(instance, ["kraken", "bybit"], FRESH, UI)
    pull(instance, "2026-11-28", None)
    assert source.look(None).events == []
    for day in ("2026-11-28", "2026-11-29", "2026-11-29"):
        pull(instance, day, "no trade of BTC-USD")
    first = source.look(None)
    assert [event.title for event in first.events[:2]] == [
        "silent feed: kraken on 2026-11-29",
        "silent feed: kraken on 2026-11-29",
    ]
    assert len({event.key for event in first.events}) == 2
    (event, *_) = first.events
    assert event.text == "kraken on 2026-11-29: no trade of BTC-USD."
    assert event.venues == ("kraken",)
    # an evaluation that ended after the last look had been planned before it
    assert {event.key for event in source.look(first.cursor).events} == {
        event.key for event in first.events
    }


def report(instance: dg.DagsterInstance, *days: str) -> None:
    """What a run records of the reports that it has written."""
    for day in days:
        event = dg.AssetMaterialization(daily_report.key, partition=day)
        instance.report_runless_asset_event(event)


@pytest.mark.slow
def test_a_report_goes_out_with_its_first_screen_and_again_where_that_changed(
    instance: dg.DagsterInstance, lake: Lake
) -> None:
    lake.create([ALERTS, INCIDENTS, HITS, DETECTOR_RUNS])
    report(instance, "2024-08-08", "2024-08-09")
    first = ready_reports.look(instance, lake, None)
    (quiet,) = first.events
    assert quiet.title == "Risk reports of 2024-08-08 to 2024-08-09: no incident"
    assert quiet.link.endswith("/daily/2024-08-09.html")

    def work(connection) -> None:
        incident = revision("i1", alert_ids='["a1"]', detectors='["pump_and_dump"]')
        insert_rows(connection, INCIDENTS.name, [incident])

    report(instance, "2024-08-08", "2024-08-09")
    (same,) = ready_reports.look(instance, lake, first.cursor).events
    lake.write(work, tables=(INCIDENTS,), message="test", commit_info={})
    (changed,) = ready_reports.look(instance, lake, first.cursor).events
    assert quiet.key == same.key != changed.key
    assert changed.title.endswith("1 incident (1 high)")
    assert "- high: pump and dump on v KITE-USDT by T1, T2" in changed.text


@pytest.mark.slow
def test_a_failed_run_goes_out_although_there_is_no_lake(
    instance: dg.DagsterInstance, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def send(_: Route, message: Delivery) -> None:
        sent.append(message.title)

    monkeypatch.setattr("sensors.deliveries.deliver", partial(deliver, send=send))
    lake.settings.root.mkdir()
    (lake.settings.root / FILE).write_text('[[route]]\nname = "desk"\nurl = "json://h"\n')
    broken.execute_in_process(instance=instance, raise_on_error=False)
    said: list[str | None] = []
    for _ in range(2):
        with dg.build_sensor_context(
            instance=instance, resources={"lake": LakeResource()}
        ) as context:
            said.append(deliveries.evaluate_tick(context).skip_message)
    assert sent == ["broken failed"]
    assert said == ["1 sent", "nothing new to send"]


def test_the_check_says_who_was_not_reached(lake: Lake) -> None:
    event = Event(kind="report", subject="s", revision="1", title="title", text="t", link="l")
    outbox, now = Outbox.of(lake.settings), datetime(2026, 11, 30)
    assert evaluated().passed
    outbox.add("test", "1", [delivery_of(event, "desk", now)])
    outbox.record_failure(outbox.due("desk", now, 1)[0], "the answer was 503", now)
    (lake.settings.root / FILE).write_text('[[route]]\nname = "desk"\nurl = "json://h"\n')
    assert not evaluated().passed
    assert evaluated().description == "desk: title: the answer was 503"


def evaluated() -> dg.AssetCheckResult:
    result = messages_were_taken(LakeResource())
    assert isinstance(result, dg.AssetCheckResult)
    return result


@pytest.mark.slow
def test_without_a_route_nothing_is_looked_at(instance: dg.DagsterInstance, lake: Lake) -> None:
    with dg.build_sensor_context(instance=instance, resources={"lake": LakeResource()}) as context:
        assert deliveries.evaluate_tick(context).skip_message == "nothing new to send"
    assert not lake.settings.root.exists()


def test_a_topic_that_falls_silent_goes_out_once_a_silence(lake: Lake) -> None:
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    first, second = now - timedelta(hours=1), now - timedelta(minutes=11)
    assert silent_stream.look(lake.objects, TOPIC, UI, None).events == []
    land(lake, 0, [first - timedelta(hours=1)])
    land(lake, 1, [first])
    found = silent_stream.look(lake.objects, TOPIC, UI, None)
    (event,) = found.events
    assert event.title == f"silent feed: Kafka topic {TOPIC}"
    assert f"the last came at {first} UTC" in event.text
    again = silent_stream.look(lake.objects, TOPIC, UI, found.cursor)
    assert [one.key for one in again.events] == [event.key]
    # it came back, and fell silent again
    land(lake, 0, [second])
    (later,) = silent_stream.look(lake.objects, TOPIC, UI, again.cursor).events
    assert later.key != event.key
    land(lake, 1, [now])
    assert silent_stream.look(lake.objects, TOPIC, UI, again.cursor).events == []
