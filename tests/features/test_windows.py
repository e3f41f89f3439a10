"""A row depends on trades up to its cell's end, not on windows; here with a past for look-backs."""

import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from assets.market.window import Window
from assets.transform.dbt_project import PROJECT

Rows = list[dict[str, Any]]
Measured = dict[str, Rows]
Measure = Callable[..., Measured]

LAST_DAY = datetime(2024, 3, 17)
SPLIT_AT = datetime(2024, 3, 17, 12, 0, 13, 400_000)
"""Inside a burst and inside a cell of every grain."""


def built(folder: str) -> list[str]:
    """The models of a folder that make a table."""
    paths = sorted((PROJECT / "models" / folder).rglob("*.sql"))
    return [path.stem for path in paths if not is_part_of_another(path)]


def is_part_of_another(path: Path) -> bool:
    return "materialized='ephemeral'" in path.read_text()


MODELS = [*built("features"), *built("marts")]
pytestmark = pytest.mark.slow
every_model = pytest.mark.parametrize("model", MODELS)


def known_at(row: dict[str, Any]) -> datetime:
    """The end of its cell; whether trades of an hour are missing is known with its day."""
    if "cell_end_at" in row and "is_covered" not in row:
        return row["cell_end_at"]
    day: date = row["trade_day"]
    return datetime.combine(day, time.min) + timedelta(days=1)


def random_windows(start_at: datetime, end_at: datetime, seed: int) -> list[Window]:
    """Off every grid, some a few milliseconds long, some edges on a grid."""
    drawn = random.Random(seed)
    span = (end_at - start_at) // timedelta(microseconds=1)
    cuts = {start_at + timedelta(microseconds=drawn.randrange(1, span)) for _ in range(6)}
    cuts |= {cut + timedelta(milliseconds=3) for cut in sorted(cuts)[:2]}
    cuts |= {start_at + timedelta(hours=drawn.randrange(1, 24)), SPLIT_AT}
    return [Window(*pair) for pair in pairwise([start_at, *sorted(cuts), end_at])]


@pytest.fixture(scope="module")
def in_cuts(measure: Measure, market: pa.Table, whole: Window) -> Measured:
    """The last day in random windows, in their order, after all days before at once."""
    past = Window(whole.start_at, LAST_DAY)
    return measure(market, [past, *random_windows(LAST_DAY, whole.end_at, seed=11)])


@pytest.fixture(scope="module")
def in_another_world(measure: Measure, market: pa.Table, whole: Window) -> Measured:
    """The same market up to SPLIT_AT; then other prices and sizes, and a twentieth fewer trades."""
    later = pc.greater_equal(market["traded_at"], pa.scalar(SPLIT_AT, pa.timestamp("us")))
    columns = {name: market[name] for name in market.column_names}
    for name in ("price_double", "quantity_double"):
        columns[name] = pc.if_else(later, pc.multiply(columns[name], 3.0), columns[name])
    happens = pc.or_(pc.invert(later), pa.array(n % 20 > 0 for n in range(len(market))))
    return measure(pa.table(columns).filter(happens), [whole])


def test_every_feature_and_mart_has_rows(at_once: Measured) -> None:
    assert sorted(at_once) == sorted(MODELS)
    assert [name for name, rows in at_once.items() if not rows] == []


@every_model
def test_a_day_in_random_windows_equals_the_day_at_once(
    model: str, at_once: Measured, in_cuts: Measured
) -> None:
    assert in_cuts[model] == at_once[model]


@every_model
def test_what_happens_later_changes_no_row(
    model: str, at_once: Measured, in_another_world: Measured
) -> None:
    before = [row for row in at_once[model] if known_at(row) <= SPLIT_AT]
    assert before
    assert [row for row in in_another_world[model] if known_at(row) <= SPLIT_AT] == before
    assert in_another_world[model] != at_once[model]


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        ("price_volatility_5m", ["sigma_5m", "return_count", "time_of_day_factor", "sigma_scaled"]),
        (
            "price_rolling_1m",
            [
                "history_count", "return_history_count", "rolling_price_std",
                "rolling_log_return_std", "rolling_volume_std",
            ],
        ),
    ],
)  # fmt: skip
def test_a_cell_is_no_part_of_its_own_baseline(
    model: str, columns: list[str], at_once: Measured, in_another_world: Measured
) -> None:
    """The first cell that knows of the other world differs, its baseline does not."""

    def first_touched(measured: Measured) -> dict[str, Any]:
        return next(
            row
            for row in sorted(measured[model], key=known_at)
            if row["symbol"] == "AAA-USDT" and known_at(row) > SPLIT_AT
        )

    ours, theirs = first_touched(at_once), first_touched(in_another_world)
    assert ours["log_return"] != theirs["log_return"]
    assert {name: ours[name] for name in columns} == {name: theirs[name] for name in columns}
