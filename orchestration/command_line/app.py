"""`tapewatch`: every command, and its exit code (0 fine, 1 failed, 2 wrong usage)."""

import gc
import sys
import warnings

import duckdb
from rich.markup import escape

from assets.alerts.reading import AlertIdError
from assets.lake import LakeError
from assets.lake.lock import CatalogError, LockTimeoutError
from assets.lake.objects.object_store import ObjectStoreError
from assets.lake.query import QueryError
from assets.lake.settings import SettingsError
from assets.landing.kafka import StreamError
from assets.transform.compiled_models import TransformError
from orchestration.command_line.output import FAILED, WRONG_USAGE, errors
from orchestration.command_line.processes import ProcessError
from orchestration.command_line.program import WrongUsageError, app

# each module registers its commands; the help shows them and their panels in this order
# isort: off
from orchestration.command_line import path_commands, data_commands, alert_commands  # noqa: F401
from orchestration.command_line import stream_commands, measuring_commands  # noqa: F401
# isort: on

# errors that a user can fix; anything else is our defect and shows its traceback
KNOWN = (
    *(LakeError, ObjectStoreError, LockTimeoutError, CatalogError),
    *(StreamError, ProcessError, TransformError, duckdb.Error),
)


def main() -> None:
    """Run a command; every known error becomes one message and its exit code."""
    # we need Dagster's single-run backfills and checks of a partition, although they are not stable
    warnings.filterwarnings("ignore", message=".*is currently in (beta|preview)")
    # start-up creates millions of permanent objects; garbage collection over them costs seconds
    gc.set_threshold(100_000, 20, 20)
    try:
        # ends the process itself: 0, the code of typer.Exit, or 2 for arguments that it cannot
        # parse
        app()
    except (SettingsError, WrongUsageError, AlertIdError, QueryError) as error:
        errors.print(f"[bold red]wrong usage:[/bold red] {escape(str(error))}", highlight=False)
        sys.exit(WRONG_USAGE)
    except KNOWN as error:
        errors.print(f"[bold red]failed:[/bold red] {escape(str(error))}", highlight=False)
        sys.exit(FAILED)
    except OSError as error:
        errors.print(
            f"[bold red]failed:[/bold red] {escape(str(error))}; free it for this user, or set "
            "TAPEWATCH_HOME to a folder that can be written to",
            highlight=False,
        )
        sys.exit(FAILED)
