"""Every shape of the five replaced systems, in every form: read with its values, or refused."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.lake.objects.object_store import LocalObjectStore
from assets.landing.files.importer import land_file
from assets.landing.files.report import LandingError
from tests.normalise.conftest import Stage
from tests.normalise.replaced_shapes import READ, REFUSED

Row = dict[str, Any]


def csv(row: Row) -> str:
    values = ["" if value is None else str(value) for value in row.values()]
    return ",".join(row) + "\n" + ",".join(values) + "\n"


FORMS: dict[str, Callable[[Row], str]] = {
    "trades.csv": csv,
    "trades.jsonl": lambda row: json.dumps(row) + "\n",
    "trades.json": lambda row: json.dumps([row]),
    "spread.json": lambda row: json.dumps([row], indent=2),
}
NESTED = {"RiskAnalyzedTrade"}


def written(folder: Path, form: str, row: Row) -> Path:
    path = folder / form
    if form.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist([row]), path)
    else:
        path.write_text(FORMS[form](row))
    return path


@pytest.mark.parametrize("form", [*FORMS, "trades.parquet"])
@pytest.mark.parametrize("shape", READ)
def test_a_trade_is_read_with_its_values(stage: Stage, shape: str, form: str) -> None:
    row, expected = READ[shape]
    report = land_file(written(stage.folder, form, row), stage.store, now=datetime(2026, 1, 1))
    assert (report.rows, report.rejected, report.problems) == (1, 0, ())
    stage.normalise("2024-08-09")
    assert stage.rows(
        "select venue, symbol, trade_id, aggressor_side, price_double, quantity_double, "
        "traded_at::varchar, account_id, customer_id, wallet_address, order_type "
        "from lake.core.trades"
    ) == [expected]


@pytest.mark.parametrize("form", [*FORMS, "trades.parquet"])
@pytest.mark.parametrize("shape", REFUSED)
def test_what_is_no_trade_is_refused_with_its_fields_and_a_cure(
    tmp_path: Path, shape: str, form: str
) -> None:
    row, said = REFUSED[shape]
    if shape in NESTED and form.endswith(".csv"):
        pytest.skip("a CSV has no objects within its fields")
    path = written(tmp_path, form, row)
    with pytest.raises(LandingError) as refused:
        land_file(path, LocalObjectStore(tmp_path / "objects"), now=datetime(2026, 1, 1))
    assert said in str(refused.value)
    assert refused.value.file == str(path)
    assert refused.value.line == (None if form.endswith(".parquet") else 1)
    assert "price" in refused.value.cure
