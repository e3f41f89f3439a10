"""Rows go into a table alike, be they few or many, mappings or dataclasses."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import duckdb
import pytest

from assets.lake.insert import FEW, insert_rows


@dataclass(frozen=True, slots=True)
class Told:
    """A row with the kinds of values that alerts have."""

    at: datetime
    name: str | None
    parts: list[str]
    score: float | None


def told(count: int) -> list[Told]:
    return [
        Told(datetime(2024, 1, 1, 0, n % 60), None, [f"{n}", "'"] if n % 2 else [], n / 3)
        for n in range(count)
    ]


@pytest.mark.parametrize("count", [0, 1, FEW, FEW + 1])
@pytest.mark.parametrize("made", [list, lambda rows: [asdict(row) for row in rows]])
def test_every_row_arrives_as_it_is(count: int, made: Callable[[Any], Any]) -> None:
    with duckdb.connect() as connection:
        # by name: the table's order is another, and it has one more
        connection.execute(
            "create table told "
            '(score double, more int, parts varchar[], name varchar, "at" timestamp)'
        )
        insert_rows(connection, "told", made(told(count)), "memory.main")
        found = connection.execute('select "at", name, parts, score from told').fetchall()
    assert [Told(*row) for row in found] == told(count)
