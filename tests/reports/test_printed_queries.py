"""The queries printed beside numbers can be run, whatever the data is called."""

import html
import re
import shlex
from types import ModuleType

import pytest
from duckdb import DuckDBPyConnection

from reports.printed_queries import of_symbol, query_command


def test_every_printed_query_runs(report: str, sample_lake: DuckDBPyConnection) -> None:
    blocks = re.findall('(?s)<details class="query">.*?<code>(.*?)</code>', report)
    lines = [line for one in blocks for line in html.unescape(one).strip().splitlines()]
    queries = [shlex.split(line)[2] for line in lines if line.startswith("tapewatch query ")]
    assert len(queries) >= 8
    with sample_lake.cursor() as connection:
        connection.execute("use lake")
        for sql in queries:
            # dbt builds this table, which the sample does not have
            if "marts.data_quality_days" not in sql:
                connection.execute(sql)


@pytest.mark.parametrize("name", ["O'Brien", "a b", "$(rm -rf /)", 'x"; drop'])
def test_a_name_from_data_stays_a_text_in_shell_and_sql(
    empty_lake: DuckDBPyConnection, sample: ModuleType, name: str
) -> None:
    sample.insert(
        empty_lake, "scores.symbol_risk", venue=name, symbol=name, trade_day=sample.DAY, total=0.5
    )
    sql = of_symbol("scores.symbol_risk", name, name, str(sample.DAY))
    assert shlex.split(query_command(sql, "tapewatch")) == ["tapewatch", "query", sql]
    empty_lake.execute("use lake")
    assert len(empty_lake.execute(sql).fetchall()) == 1
