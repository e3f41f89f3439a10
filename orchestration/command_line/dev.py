"""`tapewatch dev`: the Dagster UI over a lake, its daemon, and the reports beside it."""

import os
import sys
from pathlib import Path

from assets.lake.objects.object_store import object_store
from assets.lake.settings import PREFIX, Settings, SettingsError, load_settings
from assets.landing.reader import landed_objects
from assets.landing.schema import TRADES
from orchestration import dagster_home, report_server
from orchestration.command_line.output import errors
from orchestration.command_line.plain_text import said
from orchestration.command_line.program import settings_of_run

WORKSPACE = Path(__file__).resolve().parent.parent.parent / "workspace.yaml"


def open_ui(port: int) -> None:
    """Become `dagster dev`; a child serves the reports for as long as it runs."""
    settings = load_settings()
    home = home_to_open(settings)
    if home != settings.root:
        os.environ[f"{PREFIX}HOME"] = str(home)
        errors.print(
            said(
                f"over the demo's lake in {home}, for nothing has landed in {settings.root}; to "
                f"open that one: {PREFIX}HOME={settings.root}"
            ),
            soft_wrap=True,
        )
    settings = settings_of_run()
    dagster_home.prepare(settings)
    os.environ.setdefault("PYTHONWARNINGS", dagster_home.QUIET_WARNINGS)
    _serve_reports(settings)
    errors.print(
        said(f"opening http://127.0.0.1:{port}; it shows reports from {settings.reports_url}"),
        soft_wrap=True,
    )
    command = ["dagster", "dev", "-w", str(WORKSPACE), "-p", str(port)]
    os.execv(Path(sys.executable).parent / "dagster", command)  # noqa: S606 (of this environment)


def home_to_open(settings: Settings) -> Path:
    """The home that is named; without a name the demo's, if only there trades have landed."""
    is_named = "home" in settings.model_fields_set
    if is_named or settings.s3_bucket is not None or _has_landed(settings):
        return settings.root
    return settings.demo if _has_landed(load_settings(home=settings.demo)) else settings.root


def _has_landed(settings: Settings) -> bool:
    return bool(landed_objects(object_store(settings), TRADES))


def _serve_reports(settings: Settings) -> None:
    port = report_server.own_port(settings)
    if port is None:
        return
    try:
        report_server.serve_beside(settings, port)
    except SettingsError as error:
        # the UI works without them: their links alone do not open
        errors.print(said(error, "yellow"), soft_wrap=True)
