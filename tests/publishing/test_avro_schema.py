"""A dataclass gives the Avro schema of its rows."""

import io
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import fastavro

from assets.publishing.avro_schema import schema_of


@dataclass(frozen=True, kw_only=True)
class Row:
    """One of each kind."""

    name: str
    kind: Literal["limit_breach", "volatility"]
    count: Annotated[int, "integer"]
    value: float | None
    is_new: bool | None
    flags: Annotated[list[str], "varchar[]"]
    day: date
    at: datetime


def test_each_kind_of_field_comes_back_as_it_went() -> None:
    meanings = {name: f"meaning of {name}" for name in Row.__dataclass_fields__}
    schema = schema_of(Row, "Row", "A row.", meanings)
    assert [field["doc"] for field in schema["fields"]] == list(meanings.values())
    assert schema["fields"][3]["default"] is None
    row = Row(
        name="a",
        kind="volatility",
        count=1,
        value=None,
        is_new=True,
        flags=["x", "y"],
        day=date(2026, 11, 30),
        at=datetime(2026, 11, 30, 12, 0, 0, 7, tzinfo=UTC),
    )
    parsed: Any = fastavro.parse_schema(schema)
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, parsed, asdict(row))
    buffer.seek(0)
    assert fastavro.schemaless_reader(buffer, parsed) == asdict(row)
