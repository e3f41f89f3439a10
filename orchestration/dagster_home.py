"""Dagster's instance for the settings: the file `dagster.yaml`, written by tapewatch alone."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.lake.lock import file_lock
from assets.lake.settings import PREFIX, Settings, SettingsError

if TYPE_CHECKING:
    import dagster as dg

FIRST_LINE = (
    "# written by tapewatch from its settings; delete this line to keep changes of your own"
)
LOCATION = "tapewatch"
# at least one for each sensor
SENSOR_THREADS = 8
PREPARED_WITHIN_SECONDS = 300
WARM_RUNS = "orchestration.warm_runs.launcher"
# PYTHONWARNINGS of each process that Dagster starts: we need single-run backfills and checks of a
# partition, although they are not stable
QUIET_WARNINGS = ",".join(
    f"ignore:{beginning}"
    for beginning in (
        "Parameter `backfill_policy`",
        "Parameter `allow_nonexistent_upstream_partitions`",
        "Specifying a partitions_def on an AssetCheck",
        "Class `CodeReferencesMetadataValue`",
        "Class `LocalFileCodeReference`",
        "Function `dev_command`",
    )
)


def prepare(settings: Settings) -> None:
    """Write the file, unless a user has taken it over; SettingsError without its database."""
    with _alone(settings):
        _write(settings)


def _alone(settings: Settings) -> AbstractContextManager[None]:
    """One process at a time: two over a new home would both write the file and create tables."""
    return file_lock(settings.dagster_home / "prepare.lock", PREPARED_WITHIN_SECONDS)


def _write(settings: Settings) -> None:
    path = settings.dagster_home / "dagster.yaml"
    if path.exists() and not path.read_text().startswith(FIRST_LINE):
        return
    import yaml

    if settings.dagster_database is not None:
        _make_tables(settings.dagster_database.get_secret_value())
    text = f"{FIRST_LINE}\n{yaml.safe_dump(configuration(settings), sort_keys=False)}"
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text)
    unfinished.replace(path)


def _make_tables(address: str) -> None:
    """Create Dagster's missing tables.

    Else each process would check them at each start, a code server at each tick, and processes that
    start together on a new database would fail.
    """
    from dagster_postgres import DagsterPostgresStorage
    from dagster_postgres.utils import DagsterPostgresException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        DagsterPostgresStorage(address, should_autocreate_tables=True)
    except (DagsterPostgresException, SQLAlchemyError) as error:
        reason = str(error)
    else:
        return
    # outside of the handler: SQLAlchemy's error may contain the address, so it is not chained
    raise SettingsError(f"{PREFIX}DAGSTER_DATABASE: the database cannot be used: {reason}")


def instance(settings: Settings) -> "dg.DagsterInstance":
    """The instance below the home; created on first use."""
    import dagster as dg

    with _alone(settings):
        _write(settings)
        return dg.DagsterInstance.from_config(str(settings.dagster_home))


def write_workspace(settings: Settings) -> Path:
    """Write a workspace over a permanent code server at `code_socket`; return the file's path.

    With the repository's own workspace.yaml the daemon starts a code server anew each minute.
    """
    import yaml

    server = {"socket": str(code_socket(settings)), "location_name": LOCATION}
    path = settings.dagster_home / "workspace.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}))
    return path


def code_socket(settings: Settings) -> Path:
    """The code server's socket."""
    return settings.dagster_home / "code.sock"


def warm_socket(settings: Settings) -> Path:
    """The warm process's socket."""
    return settings.dagster_home / "warm.sock"


def configuration(settings: Settings) -> dict[str, Any]:
    """The settings that differ from Dagster's defaults.

    The embedded lake has one writer at a time: a second run would only wait. With servers, a run of
    the stream's windows may execute beside a run of days.
    """
    embedded = settings.catalog is None
    written: dict[str, Any] = {
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        "concurrency": {
            "runs": {"max_concurrent_runs": 1 if embedded else 2},
            # each venue has a pool: one run at a time asks it, and no second one starts to wait
            "pools": {"default_limit": 1, "granularity": "run"},
        },
        # the run of a killed worker must not stay unfinished for ever
        "run_monitoring": {"enabled": True, "poll_interval_seconds": 5},
        # a slow sensor must not delay the next window of a stream
        "sensors": {"use_threads": True, "num_workers": SENSOR_THREADS},
    }
    queue: dict[str, Any] = {"dequeue_interval_seconds": 1}
    if settings.dagster_database is not None:
        # by the variable's name: the file must not contain the password
        address = {"env": f"{PREFIX}DAGSTER_DATABASE"}
        written["storage"] = {
            "postgres": {"postgres_url": address, "should_autocreate_tables": False}
        }
    if settings.warm_runs:
        written["run_launcher"] = {
            "module": WARM_RUNS,
            "class": "WarmRunLauncher",
            "config": {"socket": str(warm_socket(settings))},
        }
        written["run_coordinator"] = {
            "module": WARM_RUNS,
            "class": "StreamFirstCoordinator",
            "config": queue,
        }
    else:
        written["run_coordinator"] = {
            "module": "dagster",
            "class": "QueuedRunCoordinator",
            "config": queue,
        }
    return written
