"""The invented day of `sample_lake.py`, and its report, rendered once."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from duckdb import DuckDBPyConnection

from assets.publishing.alert_trades import trades_of_day
from assets.publishing.verdict import verdict_of
from reports.daily import render_daily_report


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """The module that builds lakes: tests are no package, so it is loaded by its path."""
    path = Path(__file__).with_name("sample_lake.py")
    specification = importlib.util.spec_from_file_location("sample_lake", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["sample_lake"] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def sample_lake(sample: ModuleType) -> Iterator[DuckDBPyConnection]:
    """The invented day; tests read it and leave it as it is."""
    with sample.sample_lake() as connection:
        yield connection


@pytest.fixture
def empty_lake(sample: ModuleType) -> Iterator[DuckDBPyConnection]:
    """Every table, no row."""
    with sample.empty_lake() as connection:
        yield connection


@pytest.fixture(scope="session")
def report(sample: ModuleType, sample_lake: DuckDBPyConnection) -> str:
    """The report of the invented day."""
    return render_daily_report(
        sample_lake,
        sample.DAY,
        verdict_of(sample_lake, [sample.DAY], sample.DETECTORS),
        run_id=sample.RUN_ID,
        code_version=sample.CODE_VERSION,
        trades=trades_of_day(sample_lake, sample.DAY),
    )


@pytest.fixture
def render(sample: ModuleType) -> Callable[[DuckDBPyConnection], str]:
    """Render the sample's day of any lake, expecting the sample's detectors."""
    return lambda connection: render_daily_report(
        connection, sample.DAY, verdict_of(connection, [sample.DAY], sample.DETECTORS)
    )
