"""The arithmetic of the models, as dbt's own unit tests state it."""

from datetime import date
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from assets.lake.objects.object_store import LocalObjectStore
from assets.landing.schema import COLUMNS_KEY
from assets.landing.writer import put_columns
from assets.market.window import Window
from assets.transform.build import compute, prepare, prepare_accounts, window_variables
from assets.transform.compiled_models import models
from assets.transform.dbt_project import invoke
from assets.transform.dbt_session import attach_nothing, session

DAY = Window.of_day(date(2026, 3, 1))
"""The day of all unit tests: a model's window is a session variable, no part of its inputs."""


@pytest.mark.slow
def test_every_unit_test_of_dbt_passes(tmp_path: Path) -> None:
    chosen = models(tmp_path)
    store = LocalObjectStore(tmp_path / "objects")
    put_columns(store, tmp_path)
    landed = [store.path(COLUMNS_KEY)]

    def attach(connection: DuckDBPyConnection) -> None:
        # dbt asks each input for its columns' types, so all models stand there, empty
        attach_nothing(connection)
        prepare(connection, chosen)
        prepare_accounts(connection)
        compute(connection, DAY, chosen, landed)

    with session(attach, window_variables(DAY, landed)):
        results = invoke(["test", "--select", "test_type:unit"], tmp_path / "unit_tests")

    failed = [f"{r.unique_id}: {r.message}" for r in results if r.status not in {"pass", "success"}]
    assert not failed, "\n".join(failed)
    assert results
