"""A job of Dagster's, executed in this process, and why its steps failed.

What is run when is not decided here (`day_run.py`).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import dagster as dg


def execute_job(
    job: str,
    instance: "dg.DagsterInstance",
    *,
    operations: dict[str, Any] | None = None,
    tags: dict[str, str] | None = None,
    keys: "list[dg.AssetKey] | None" = None,
) -> "dg.ExecuteInProcessResult":
    """Run a job to its end, also where steps of it fail; without keys, all of its assets."""
    from orchestration.definitions import definitions

    return definitions.resolve_job_def(job).execute_in_process(
        instance=instance,
        run_config={"loggers": {"progress": {}}, "ops": operations or {}},
        tags=tags,
        asset_selection=keys,
        raise_on_error=False,
    )


def failures_of(executed: "dg.ExecuteInProcessResult") -> list[str]:
    """A line for each step that failed: its name and the reason, without a traceback."""
    return [
        f"{_name(event)}: {_reason(event)}"
        for event in executed.all_node_events
        if event.is_step_failure
    ]


def _name(event: "dg.DagsterEvent") -> str:
    """The asset that failed, or the stage within a step of several."""
    user = event.step_failure_data.user_failure_data
    stage: Any = user.metadata.get("stage") if user is not None else None
    return stage.value if stage is not None else (event.step_key or "").replace("__", "/")


def _reason(event: "dg.DagsterEvent") -> str:
    failed = event.step_failure_data
    if failed.user_failure_data is not None and failed.user_failure_data.description:
        # our own words, without Dagster's name for the exception that carries them
        return failed.user_failure_data.description
    error: Any = failed.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error else event.message or "no reason is recorded"
