"""`tapewatch`: every command, and its exit code (0 fine, 1 failed, 2 wrong usage)."""

import gc
import sys
import traceback
import warnings
from io import TextIOWrapper
from pathlib import Path
from tempfile import NamedTemporaryFile

import duckdb

from assets.alerts.reading import AlertIdError
from assets.delivery.channels import DeliveryError
from assets.lake import LakeError
from assets.lake.lock import CatalogError, LockTimeoutError
from assets.lake.objects.object_store import ObjectStoreError
from assets.lake.query import QueryError
from assets.lake.settings import SettingsError
from assets.landing.kafka import StreamError
from assets.publishing.pdf import PdfError
from assets.publishing.site.build import SiteError
from assets.transform.dbt_project import TransformError
from orchestration.command_line.output import FAILED, WRONG_USAGE, errors
from orchestration.command_line.plain_text import said
from orchestration.command_line.processes import ProcessError
from orchestration.command_line.program import WrongUsageError, app

# each module registers its commands; the help shows them and their panels in this order
# isort: off
from orchestration.command_line import path_commands, data_commands  # noqa: F401
from orchestration.command_line import backup_commands, instrument_commands  # noqa: F401
from orchestration.command_line import account_commands  # noqa: F401
from orchestration.command_line import alert_commands, topic_commands, risk_commands  # noqa: F401
from orchestration.command_line import case_commands, delivery_commands  # noqa: F401
from orchestration.command_line import service_commands  # noqa: F401
from orchestration.command_line import stream_commands, measuring_commands  # noqa: F401
# isort: on

# errors that a user can fix; of anything else, which is our defect, a file has the traceback
KNOWN = (
    *(LakeError, ObjectStoreError, LockTimeoutError, CatalogError),
    *(DeliveryError, StreamError, ProcessError, TransformError, PdfError, SiteError, duckdb.Error),
)


def main() -> None:
    """Run a command; every known error becomes one message and its exit code."""
    # we need Dagster's single-run backfills and checks of a partition, although they are not stable
    warnings.filterwarnings("ignore", message=".*is currently in (beta|preview)")
    # start-up creates millions of permanent objects; garbage collection over them costs seconds
    gc.set_threshold(100_000, 20, 20)
    for stream in (sys.stdout, sys.stderr):
        # a symbol in letters that the terminal does not have is no reason to fail
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        # ends the process itself: 0, the code of typer.Exit, or 2 for arguments that it cannot
        # parse
        app()
    except (SettingsError, WrongUsageError, AlertIdError, QueryError) as error:
        errors.print(said(error, "bold red", label="wrong usage:"))
        sys.exit(WRONG_USAGE)
    except KNOWN as error:
        errors.print(said(error, "bold red", label="failed:"))
        sys.exit(FAILED)
    except OSError as error:
        cure = "free it for this user, or set TAPEWATCH_HOME to a folder that can be written to"
        errors.print(said(f"{error}; {cure}", "bold red", label="failed:"))
        sys.exit(FAILED)
    except Exception as error:
        cure = f"this is a fault of tapewatch; {_recorded(error)} says where, please report it"
        errors.print(said(f"{type(error).__name__}: {error}; {cure}", "bold red", label="failed:"))
        sys.exit(FAILED)


def _recorded(error: Exception) -> Path:
    """The file with the error's traceback."""
    named = "".join(traceback.format_exception(error))
    with NamedTemporaryFile(
        "w", prefix="tapewatch-", suffix=".log", delete=False, errors="backslashreplace"
    ) as file:
        file.write(named)
    return Path(file.name)
