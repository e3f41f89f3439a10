"""Limits of a home: what is refused with which words, and which days pass one."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml
from duckdb import DuckDBPyConnection

from assets.lake.settings import SettingsError
from assets.market.window import Window
from assets.risk.limit_measures import MEASURES
from assets.risk.limits import EXAMPLE, FILE, Limit, digest_of, limits_of
from assets.risk.risk_events import breaches_of
from assets.tables import TABLES
from assets.transform.dbt_project import PROJECT

DAY = date(2026, 3, 1)


def limited(**values: object) -> Limit:
    return Limit.model_validate(
        {"measure": "drawdown_1d", "value": 0.1, "direction": "above", **values}
    )


@pytest.fixture
def connection() -> Iterator[DuckDBPyConnection]:
    """Two symbols at two venues with the drawdowns of a day, and a forecast of each method."""
    with duckdb.connect(":memory:") as opened:
        opened.execute(
            """
            attach ':memory:' as lake;
            create schema lake.marts;
            create schema lake.scores;
            create table lake.marts.symbol_days as
            select * from (values
                ('north', 'BTC-USDT', date '2026-03-01', 0.2),
                ('south', 'BTC-USDT', date '2026-03-01', 0.1),
                ('north', 'ETH-USDT', date '2026-03-01', 0.3),
                ('north', 'OLD-USDT', date '2026-02-28', 0.9),
                ('north', 'NIL-USDT', date '2026-03-01', null)
            ) as t(venue, symbol, trade_day, max_drawdown);
            create table lake.scores.value_at_risk as
            select 'north' as venue, 'BTC-USDT' as symbol, date '2026-03-01' as trade_day, * from (
                values ('1 day', 0.99, 0.08, true), ('1 day', 0.99, 0.5, false),
                ('1 day', 0.975, 0.5, true), ('1 hour', 0.99, 0.5, true)
            ) as t(horizon, level, value_at_risk, is_chosen)
            """
        )
        yield opened


def breached(connection: DuckDBPyConnection, *limits: Limit) -> list[tuple[str, str, float]]:
    found = breaches_of(connection, Window.of_day(DAY), limits)
    return [(one.venue, one.symbol, one.value) for one in found]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[limit]", "limits.toml: "),
        ("[limits]\n", "limits: a limit is a table [[limit]], and nothing else"),
        ("limit = 3", "nothing below [[limit]]"),
        (
            '[[limit]]\nmeasure = "foo"\nvalue = 1\ndirection = "above"',
            "limit 1: measure: Value error, no measure has this name: they are value_at_risk",
        ),
        (
            '[[limit]]\nmeasure = "amihud"\nvalue = "x"\ndirection = "up"\nsymbl = "A"',
            "limit 1: direction: Input should be 'above' or 'below' (was 'up')",
        ),
        (
            '[[limit]]\nmeasure = "amihud"\nvalue = "x"\ndirection = "above"\nsymbl = "A"',
            "limit 1: symbl: Extra inputs are not permitted (was 'A')",
        ),
        (
            f'{EXAMPLE}\n[[limit]]\nmeasure = "amihud"\nvalue = inf\ndirection = "above"',
            "limit 2: value: Input should be a finite number (was inf)",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_file_entry_and_cause(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(SettingsError) as refused:
        limits_of(tmp_path)
    assert words in str(refused.value)
    assert str(tmp_path / FILE) in str(refused.value)


def test_no_file_is_no_limit_and_the_example_is_one(tmp_path: Path) -> None:
    assert limits_of(tmp_path) == []
    (tmp_path / FILE).write_text(EXAMPLE)
    assert limits_of(tmp_path) == [
        limited(measure="value_at_risk_99_1d", symbol="BTC-*", value=0.08)
    ]


def test_a_limit_is_passed_beyond_it_and_not_at_it(connection: DuckDBPyConnection) -> None:
    assert breached(connection, limited(value=0.2)) == [("north", "ETH-USDT", 0.3)]
    assert breached(connection, limited(value=0.2, direction="below")) == [
        ("south", "BTC-USDT", 0.1)
    ]


def test_a_limit_is_of_its_symbols_and_its_venue(connection: DuckDBPyConnection) -> None:
    assert breached(connection, limited(value=0, symbol="BTC-*")) == [
        ("north", "BTC-USDT", 0.2), ("south", "BTC-USDT", 0.1)
    ]  # fmt: skip
    assert breached(connection, limited(value=0, symbol="BTC-*", venue="south")) == [
        ("south", "BTC-USDT", 0.1)
    ]
    assert breached(connection, limited(value=0, symbol="btc-*")) == []


def test_a_limit_of_value_at_risk_is_of_the_chosen_method(connection: DuckDBPyConnection) -> None:
    (event,) = breaches_of(
        connection, Window.of_day(DAY), [limited(measure="value_at_risk_99_1d", value=0.05)]
    )
    assert (event.value, event.limit_value, event.unit) == (0.08, 0.05, "share of the position")
    assert (event.kind, event.level) == ("limit_breach", "HIGH")
    assert event.sentence == (
        "value_at_risk_99_1d of BTC-USDT at north was 0.08 (share of the position), above the "
        "limit of 0.05."
    )


def test_the_digest_changes_with_a_limit_and_not_with_their_order() -> None:
    one, other = limited(), limited(symbol="ETH-*")
    assert digest_of([one, other]) == digest_of([other, one])
    assert digest_of([one]) != digest_of([one, other])
    assert digest_of([one]) != digest_of([limited(value=0.2)])


def test_each_measure_is_a_column_of_the_lake() -> None:
    columns = {table.name: table.column_names for table in TABLES}
    for file in (PROJECT / "models" / "marts").rglob("*.yml"):
        for model in yaml.safe_load(file.read_text()).get("models", []):
            columns[f"marts.{model['name']}"] = [one["name"] for one in model.get("columns", [])]
    for measure in MEASURES.values():
        wanted = {measure.column, "venue", "symbol", "trade_day"}
        assert wanted <= set(columns[measure.table]), measure.name
