"""The data of the Evidence site: read from marts, alerts and scores, and counted right."""

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from assets.lake.lake import Lake
from assets.publishing.site.build import PROJECT
from assets.publishing.site.data import MANIFEST, SCHEMA, SHOWN_DAYS, refresh, write_tables
from assets.tables import create_tables

DAY = date(2024, 8, 9)
PAGES = sorted((PROJECT / "pages").rglob("*.md"))


def insert(connection: DuckDBPyConnection, table: str, **row: object) -> None:
    names, places = ", ".join(row), ", ".join("?" * len(row))
    connection.execute(f"insert into lake.{table} ({names}) values ({places})", [*row.values()])


def insert_alert(
    connection: DuckDBPyConnection, name: str, start_at: datetime, **changes: object
) -> None:
    insert(
        connection,
        "alerts.alerts",
        **{
            "alert_id": name,
            "typology": "pump_and_dump",
            "severity": "high",
            "venue": "v",
            "symbol": "A-B",
            "statistic": 6.0,
            "threshold": 4.0,
            "window_start_at": start_at,
            "window_end_at": start_at + timedelta(seconds=90),
            "trade_day": start_at.date(),
        }
        | changes,
    )


def insert_hour(
    connection: DuckDBPyConnection, hour: int, prices: tuple[float, float, float, float]
) -> None:
    """An hour in which 100 of the quote currency, 200 dollars, traded: 60 were bought, 30 sold."""
    opening, high, low, close = prices
    insert(
        connection,
        "marts.symbol_hours",
        venue="v",
        symbol="A-B",
        open=opening,
        high=high,
        low=low,
        close=close,
        notional=100,
        notional_usd=200,
        buyer_notional=60,
        seller_notional=30,
        hour_start_at=datetime(2024, 8, 9, hour),
        trade_day=DAY,
    )


def written(connection: DuckDBPyConnection, folder: Path, query: str) -> list[tuple[Any, ...]]:
    write_tables(connection, folder)
    return connection.execute(query.format(folder=folder)).fetchall()


def test_alerts_are_counted_by_the_minute_in_which_they_begin(
    marts: DuckDBPyConnection, tmp_path: Path
) -> None:
    insert(marts, "marts.symbol_days", venue="v", symbol="A-B", trade_day=DAY)
    insert_alert(marts, "first", datetime(2024, 8, 9, 10, 39, 5))
    insert_alert(marts, "second", datetime(2024, 8, 9, 10, 39, 59))
    insert_alert(marts, "graver", datetime(2024, 8, 9, 10, 39, 30), severity="critical")
    insert_alert(marts, "later", datetime(2024, 8, 9, 10, 40), symbol="C-B")
    minutes = written(
        marts,
        tmp_path,
        "select minute_at, symbol, severity, alert_count "
        "from '{folder}/alert_minutes.parquet' order by all",
    )
    assert minutes == [
        (datetime(2024, 8, 9, 10, 39), "A-B", "critical", 1),
        (datetime(2024, 8, 9, 10, 39), "A-B", "high", 2),
        (datetime(2024, 8, 9, 10, 40), "C-B", "high", 1),
    ]
    severities = "select alert_id, severity from {} order by all"
    assert (
        marts.sql(severities.format(f"'{tmp_path}/alerts.parquet'")).fetchall()
        == marts.sql(severities.format("lake.alerts.alerts")).fetchall()
    )


def test_price_and_money_are_those_of_the_hours_of_the_alert_and_the_one_after(
    marts: DuckDBPyConnection, tmp_path: Path
) -> None:
    insert(marts, "marts.symbol_days", venue="v", symbol="A-B", trade_day=DAY)
    insert_alert(marts, "of a market", datetime(2024, 8, 9, 10, 59))
    insert_alert(marts, "of nobody's market", datetime(2024, 8, 9, 10, 59), venue="", symbol="")
    # the alert ends in the hour from 11, so the one from 12 counts too
    for hour, prices in {
        9: (9.0, 9.0, 9.0, 9.0),
        10: (1.0, 1.2, 0.9, 1.2),
        11: (1.2, 1.5, 1.1, 1.4),
        12: (1.4, 1.4, 1.1, 1.2),
        13: (9.0, 9.0, 9.0, 9.0),
    }.items():
        insert_hour(marts, hour, prices)
    moves = written(
        marts,
        tmp_path,
        "select times_threshold, rise_percent, fall_percent, bought_usd, sold_usd "
        "from '{folder}/alerts.parquet' order by alert_id",
    )
    assert moves == [
        (1.5, pytest.approx(50), pytest.approx(20), 3 * 120, 3 * 60),
        (1.5, None, None, None, None),
    ]


def test_days_before_the_last_months_are_left_out(
    marts: DuckDBPyConnection, tmp_path: Path
) -> None:
    first = DAY - timedelta(days=SHOWN_DAYS - 1)
    for day in (DAY, first, first - timedelta(days=1)):
        insert(marts, "marts.symbol_days", venue="v", symbol="A-B", trade_day=day)
        insert_alert(marts, f"{day}", datetime(day.year, day.month, day.day, 12))
    days = written(marts, tmp_path, "select day from '{folder}/symbol_days.parquet' order by day")
    assert days == [(f"{first}",), (f"{DAY}",)]
    assert marts.sql(f"select alert_id from '{tmp_path}/alerts.parquet'").fetchall() == days


def test_a_quiet_lake_has_a_row_of_nulls_which_no_page_shows(
    marts: DuckDBPyConnection, tmp_path: Path
) -> None:
    insert(marts, "marts.symbol_days", venue="v", symbol="A-B", trade_day=DAY)
    counts = write_tables(marts, tmp_path)
    assert (counts["alerts"], counts["symbol_days"]) == (0, 1)
    assert marts.sql(f"select distinct columns(*) from '{tmp_path}/alerts.parquet'").fetchall() == [
        (None,) * len(marts.sql(f"from '{tmp_path}/alerts.parquet'").columns)
    ]
    marts.execute("create schema surveillance")
    for table in counts:
        marts.execute(f"create view surveillance.{table} as from '{tmp_path}/{table}.parquet'")
    for page in PAGES:
        for name in {"severities", "shown", "timeline", "incidents", "alerts"} & {*queries(page)}:
            assert marts.sql(queries(page)[name]).fetchall() == [], (page, name)


def test_an_incident_names_its_symbols_as_plain_words(
    marts: DuckDBPyConnection, tmp_path: Path
) -> None:
    insert(marts, "marts.symbol_days", venue="v", symbol="A-B", trade_day=DAY)
    insert(
        marts,
        "alerts.incidents",
        incident_id="one",
        severity="medium",
        symbols='["A-B", "C-B"]',
        venues='["v"]',
        accounts="[]",
        window_start_at=datetime(2024, 8, 9, 10),
        window_end_at=datetime(2024, 8, 9, 10, 7, 30),
        trade_day=DAY,
    )
    incidents = written(
        marts,
        tmp_path,
        "select symbols, venues, accounts, minutes, gravity from '{folder}/incidents.parquet'",
    )
    assert incidents == [("A-B, C-B", "v", "", 7.5, 2)]


@pytest.mark.slow
def test_a_refresh_keeps_what_open_pages_read_until_the_next_one(
    lake: Lake, tmp_path: Path
) -> None:
    create_tables(lake)
    data = tmp_path / "data"
    for run_id in ("first", "second", "third"):
        counts = refresh(lake, data, run_id)
        listed = json.loads((data / MANIFEST).read_text())["renderedFiles"][SCHEMA]
        assert listed == [f"static/data/{run_id}/{table}.parquet" for table in counts]
        assert {file.stem for file in (data / run_id).iterdir()} == {*counts}
    assert {path.name for path in data.iterdir() if path.is_dir()} == {"second", "third"}


def queries(page: Path) -> dict[str, str]:
    """The page's queries by name, with what a reader chooses and the queries that they name."""
    chosen = {"days.start": "2024-08-09", "days.end": "2024-08-09"}
    found: dict[str, str] = {}
    for name, text in re.findall(r"```sql (\w+)\n(.*?)```", page.read_text(), re.DOTALL):
        text = re.sub(r"\$\{params\.symbol\}", "A-B", text)
        text = re.sub(r"\$\{params\.typology\}", "pump_and_dump", text)
        text = re.sub(r"\$\{inputs\.([\w.]+)\}", lambda choice: chosen.get(choice[1], "%"), text)
        found[name] = re.sub(r"\$\{(\w+)\}", lambda other: f"({found[other[1]]})", text)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT / "pages")))
def test_every_query_of_a_page_finds_what_the_page_shows(
    marts: DuckDBPyConnection, tmp_path: Path, page: Path
) -> None:
    insert(marts, "marts.symbol_days", venue="v", symbol="A-B", trade_day=DAY)
    insert_alert(marts, "one", datetime(2024, 8, 9, 10, 59))
    insert(
        marts, "alerts.incidents", symbols='["A-B"]', venues='["v"]', accounts="[]", trade_day=DAY
    )
    insert_hour(marts, 10, (1.0, 1.2, 0.9, 1.2))
    marts.execute("create schema surveillance")
    for table in write_tables(marts, tmp_path):
        marts.execute(f"create view surveillance.{table} as from '{tmp_path}/{table}.parquet'")
    text = page.read_text()
    found = queries(page)
    shown = {name: marts.sql(query) for name, query in found.items()}
    assert all(relation.fetchall() for relation in shown.values())
    for name, columns in re.findall(r"<DataTable data=\{(\w+)\}(.*?)</DataTable>", text, re.DOTALL):
        assert {*re.findall(r"(?:id|linkLabel)=(\w+)", columns)} <= {*shown[name].columns}
