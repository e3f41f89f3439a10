"""What starts by the clock."""

from datetime import UTC, datetime

import dagster as dg

from orchestration.definitions import definitions


def test_the_daily_report_is_of_the_day_that_has_ended() -> None:
    schedule = definitions.resolve_schedule_def("daily_risk_report")
    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=datetime(2024, 8, 9, 0, 15, tzinfo=UTC),
            repository_def=definitions.get_repository_def(),
        ) as context,
    ):
        said = schedule.evaluate_tick(context)
    assert schedule.cron_schedule == "15 0 * * *"
    assert [(run.run_key, run.partition_key) for run in said.run_requests or []] == [
        ("2024-08-08", "2024-08-08")
    ]


def test_the_daily_run_takes_every_asset_behind_landing() -> None:
    graph = definitions.resolve_asset_graph()
    taken = definitions.resolve_job_def("daily_surveillance").asset_layer.executable_asset_keys
    elsewhere = dg.AssetSelection.groups("land", "maintain").resolve(graph)
    assert graph.executable_asset_keys - taken == elsewhere
