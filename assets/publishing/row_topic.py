"""Topics of a table's rows, by how far the table has been read.

A day that is run again writes its rows again: they go out again, under their keys, and the last
message of a key and version is valid.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from duckdb import DuckDBPyConnection

from assets.lake.positions import NOTHING, end_of
from assets.lake.tables import Table
from assets.publishing.avro_schema import as_text, schema_of
from assets.publishing.tables import PUBLISHED_ROWS
from assets.publishing.topic_outbox import Row, Topic, aware

POSITION, TABLE_ID = "position", "table_id"


@dataclass(frozen=True)
class Appended:
    """The rows of a table in the order of their commits; `columns` is SQL, a field a name."""

    source: str
    columns: dict[str, str]
    table: Table = PUBLISHED_ROWS

    def unsent(self, connection: DuckDBPyConnection, topic: str, limit: int) -> list[Row]:
        end = end_of(connection, self.source)
        sent = self._sent(connection, topic, end.table_id)
        if sent >= end.row_id:
            return []
        shown = ", ".join(f"{sql} as {name}" for name, sql in self.columns.items())
        found = connection.execute(
            f"select {shown}, rowid from lake.{self.source} where rowid > ? "
            f"order by rowid limit {limit}",
            [sent],
        ).fetchall()
        names = (*self.columns, POSITION)
        return [dict(zip(names, row, strict=True)) | {TABLE_ID: end.table_id} for row in found]

    def remember(self, connection: DuckDBPyConnection, topic: str, rows: Sequence[Row]) -> None:
        last = rows[-1]
        connection.execute(f"delete from lake.{self.table.name} where topic = ?", [topic])
        connection.execute(
            f"insert into lake.{self.table.name} values (?, ?, ?)",
            [topic, last[TABLE_ID], last[POSITION]],
        )

    def _sent(self, connection: DuckDBPyConnection, topic: str, table_id: str) -> int:
        """The last row that was sent; of another table, as if none had been."""
        found = connection.execute(
            f"select position from lake.{self.table.name} where topic = ? and table_id = ?",
            [topic, table_id],
        ).fetchall()
        return found[0][0] if found else NOTHING


def row_topic(
    name: str,
    message: type,
    *,
    record: str,
    doc: str,
    source: str,
    columns: dict[str, str],
    key: Callable[[Row], str],
    version: Callable[[Row], tuple[str, str]],
) -> Topic:
    """The topic of a table whose messages are instances of a dataclass.

    Parameters
    ----------
    record
        The name of the Avro record; `doc` describes it.
    source
        The table; `columns` gives the SQL of a field that is no column of that name.
    """
    names = [field.name for field in fields(message)]
    meanings = Table.of(name, message, meaning=doc).meanings()

    def plain(row: Row) -> Row:
        return aware({one: row[one] for one in names})

    return Topic(
        name=name,
        schema=as_text(schema_of(message, record, doc, meanings)),
        record=Appended(source, {one: columns.get(one, one) for one in names}),
        key=key,
        version=version,
        as_json=plain,
        as_avro=plain,
    )
