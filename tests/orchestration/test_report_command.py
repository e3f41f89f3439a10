"""`tapewatch report`: what can be asked for together, and how a week is written."""

import pytest
from typer.testing import CliRunner

from assets.lake import NoLakeError
from assets.lake.settings import Settings
from orchestration.command_line.app import app
from orchestration.command_line.program import WrongUsageError


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--pdf", "--single-file"], "give one of --single-file, --pdf, --week and --month"),
        (["--week", "2026-W48", "--month", "2026-11"], "give one of"),
        (["--week", "2026-W48", "--date", "2026-11-23"], "--date is of a day's report"),
        (["--week", "48"], "a week is written as 2026-W48, was '48'"),
        (["--month", "2026-13"], "a month is written as 2026-11, was '2026-13'"),
        (["--output", "a.html"], "--output is of --single-file or --pdf"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_way_to_say_it(
    arguments: list[str], said: str
) -> None:
    error = CliRunner().invoke(app, ["report", *arguments]).exception
    assert isinstance(error, WrongUsageError)
    assert said in str(error)


def test_without_a_lake_there_is_no_report_and_no_folder(settings: Settings) -> None:
    error = CliRunner().invoke(app, ["report"]).exception
    assert isinstance(error, NoLakeError)
    assert not settings.reports.exists()
