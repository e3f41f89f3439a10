"""Send runs of stream windows to the warm process, and refused runs to Dagster's own launcher."""

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Self

import dagster as dg
from dagster._core.launcher.base import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._serdes import ConfigurableClassData

from assets.stream import tags
from orchestration.warm_runs.protocol import Operation, WarmProcessError, ask

# slightly longer than the shortest interval of a sensor: at exactly that interval every second
# evaluation would come a hundredth of a second too early, and be skipped
SENSOR_LOOP_SECONDS = 1.1
# one connection to PostgreSQL per operation would cost half of the daemon's time
POOL = {"statement_timeout": 60_000, "pool_recycle": 3_600, "max_overflow": 20}


class WarmRunLauncher(dg.DefaultRunLauncher):
    """Dagster's own launcher, except for runs of stream windows."""

    def __init__(self, socket: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(inst_data)
        self._socket = Path(socket)

    @classmethod
    def config_type(cls) -> Any:
        return {"socket": dg.Field(dg.StringSource)}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> Self:
        return cls(inst_data=inst_data, **config_value)

    def register_instance(self, instance: dg.DagsterInstance) -> None:
        super().register_instance(instance)
        # only the daemon has loaded this module, whose interval for sensors is a constant of 5 s
        if loop := sys.modules.get("dagster._daemon.sensor"):
            loop.MIN_INTERVAL_LOOP_TIME = SENSOR_LOOP_SECONDS  # pyright: ignore[reportAttributeAccessIssue]
            cache_storage_checks(instance)

    def launch_run(self, context: LaunchRunContext) -> None:
        run = context.dagster_run
        if tags.WINDOW in run.tags:
            # before the warm process takes the run: monitoring must know which process to ask
            self._instance.add_run_tags(run.run_id, {tags.WARM: "true"})
            try:
                if ask(self._socket, "run", run.run_id):
                    return
                why = "it is busy"
            except WarmProcessError as error:
                why = str(error)
            self._instance.add_run_tags(run.run_id, {tags.WARM: "false"})
            self._instance.report_engine_event(
                f"the warm process did not take the run ({why}): it starts cold",
                run,
                cls=type(self),
            )
        super().launch_run(context)

    def terminate(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished or not _is_warm(run):
            return super().terminate(run_id)
        self._instance.report_run_canceling(run)
        return self._asked("cancel", run_id)

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """A warm run is lost if the process does not know it; code servers monitor their own."""
        if not _is_warm(run) or self._asked("status", run.run_id):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(
            WorkerStatus.NOT_FOUND, "the warm process has died or dropped the run"
        )

    def _asked(self, operation: Operation, run_id: str) -> bool:
        try:
            return ask(self._socket, operation, run_id)
        except WarmProcessError:
            return False


class StreamFirstCoordinator(dg.QueuedRunCoordinator):
    """Dagster's own queue; runs of stream windows, which come one at a time, bypass it."""

    def submit_run(self, context: dg.SubmitRunContext) -> dg.DagsterRun:
        run = context.dagster_run
        if tags.WINDOW not in run.tags or run.status != dg.DagsterRunStatus.NOT_STARTED:
            return super().submit_run(context)
        return self._instance.launch_run(run.run_id, context.workspace)


def cache_storage_checks(instance: dg.DagsterInstance) -> None:
    """Pool an instance's connections, and check once which tables and indexes its storage has.

    Dagster would check before every statement, but nobody migrates a storage while it is in use.
    """
    instance.optimize_for_webserver(**POOL)
    for storage, check in (
        (instance.run_storage, "has_run_stats_index_cols"),
        (instance.schedule_storage, "has_instigators_table"),
        (instance.schedule_storage, "has_built_index"),
    ):
        setattr(storage, check, cache(getattr(storage, check)))


def _is_warm(run: dg.DagsterRun) -> bool:
    return run.tags.get(tags.WARM) == "true"
