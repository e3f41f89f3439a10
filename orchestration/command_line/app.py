"""`tapewatch`: every command, and how it ends (0 fine, 1 failed, 2 wrong usage)."""

import gc
import sys
import warnings

import duckdb
from rich.markup import escape

from assets.alerts.reading import AlertIdError
from assets.lake import LakeError
from assets.lake.lock import CatalogError, LockTimeoutError
from assets.lake.objects.object_store import ObjectStoreError
from assets.lake.settings import SettingsError
from assets.landing.kafka import StreamError
from orchestration.command_line.output import FAILED, WRONG_USAGE, errors
from orchestration.command_line.processes import ProcessError
from orchestration.command_line.program import WrongUsageError, app

# each module adds its commands, and the help shows them in this order
# isort: off
from orchestration.command_line import path_commands, alert_commands  # noqa: F401
from orchestration.command_line import stream_commands, measuring_commands  # noqa: F401
# isort: on

# what a user can mend; anything else is a defect of ours and shows its traceback
KNOWN = (
    *(LakeError, ObjectStoreError, LockTimeoutError, CatalogError),
    *(StreamError, ProcessError, duckdb.Error),
)


def main() -> None:
    """Run a command; every known error becomes one message and its exit code."""
    # backfills in one run and checks of a partition are what we want of Dagster, stable or not
    warnings.filterwarnings("ignore", message=".*is currently in (beta|preview)")
    # start-up makes millions of objects that stay; looking for garbage among them costs seconds
    gc.set_threshold(100_000, 20, 20)
    try:
        # ends the process itself: 0, the code of typer.Exit, or 2 for what it cannot parse
        app()
    except (SettingsError, WrongUsageError, AlertIdError) as error:
        errors.print(f"[bold red]wrong usage:[/bold red] {error}", highlight=False)
        sys.exit(WRONG_USAGE)
    except KNOWN as error:
        errors.print(f"[bold red]failed:[/bold red] {error}", highlight=False)
        sys.exit(FAILED)
    except OSError as error:
        errors.print(
            f"[bold red]failed:[/bold red] {escape(str(error))}; free it for this user, or set "
            "TAPEWATCH_HOME to a folder that can be written to",
            highlight=False,
        )
        sys.exit(FAILED)
