"""The intermediate tables of a window in memory: made again where they can differ from the last.

Making one costs the same few milliseconds with rows and without, and most of a small window's time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from duckdb import DuckDBPyConnection

from assets.landing.kafka.objects import is_kafka_key
from assets.transform.build import replace
from assets.transform.compiled_models import Model

# views that are read several times: a small batch is cheaper stored
STORED = {"int_trades_landed", "int_trades_parsed"}
FORMATS = "stg_"
# the one format of what came through Kafka
OURS = "stg_tapewatch__trades"
# A name means the same in every window: its meaning is added once. The names that no venue has,
# out of bad messages, must not stay for ever.
NAMES = "int_trade_symbols"
MANY_NAMES = 10_000


@dataclass
class UnchangedTables:
    """The tables in memory that serve from one window to the next."""

    row_counts: dict[str, int] = field(default_factory=dict)
    """How many rows each stored model has, and each format that a window has nothing of."""
    is_ours: bool | None = None
    """Whether the views are those of objects that came through Kafka; None before there are any."""

    @property
    def names(self) -> int:
        """How many names of symbols have a meaning so far."""
        return self.row_counts.get(NAMES, 0)

    def note_format(self, name: str, *, is_ours: bool) -> None:
        """Note that the view of another format has no row, or may have some again."""
        if is_ours:
            self.row_counts[name] = 0
        else:
            self.row_counts.pop(name, None)

    def is_empty(self, *names: str) -> bool:
        """Whether all of these are stored, and without rows."""
        return bool(names) and all(self.row_counts.get(name) == 0 for name in names)


def make_tables(
    connection: DuckDBPyConnection,
    due: Sequence[Model],
    unchanged: UnchangedTables,
    objects: Sequence[str],
) -> None:
    """Make the models in memory, parents before children, for a window of some landed objects.

    A view serves every window. An empty table is not made again while its parents are empty.
    """
    is_ours = all(is_kafka_key(key) for key in objects)
    before = unchanged.is_ours
    # while the views are made, some may be of either kind
    unchanged.is_ours = None
    for model in due:
        if model.database != "memory" or model.materialized in {"seed", "ephemeral"}:
            continue
        if model.name.startswith(FORMATS) and model.name != OURS:
            if is_ours != before:
                _make_format(connection, model, is_ours=is_ours)
                unchanged.note_format(model.name, is_ours=is_ours)
        elif model.materialized == "table" or model.name in STORED:
            counts = unchanged.row_counts
            if model.name == NAMES and 0 < counts.get(NAMES, 0) < MANY_NAMES:
                counts[NAMES] += _add_names(connection, model)
            elif not unchanged.is_empty(model.name, *model.rows_come_of):
                counts.pop(model.name, None)
                counts[model.name] = replace(connection, model)
        elif before is None:
            _make_view(connection, model)
    unchanged.is_ours = is_ours


def _add_names(connection: DuckDBPyConnection, model: Model) -> int:
    """Add the meaning of new names; how many there are."""
    is_unknown = f"""
        not exists (
            select 1 from {model.relation} as known
            where
                known.venue is not distinct from named.venue
                and known.venue_symbol is not distinct from named.venue_symbol
        )
    """
    landed = connection.execute(
        f"select 1 from memory.intermediate.int_trades_landed as named where {is_unknown} limit 1"
    )
    if not landed.fetchall():
        return 0
    added = connection.execute(
        f"insert into {model.relation} select * from ({model.sql}) as named where {is_unknown}"
    )
    return int(added.fetchall()[0][0])


def _make_format(connection: DuckDBPyConnection, model: Model, *, is_ours: bool) -> None:
    """Make the view of another format, or an empty table, which costs nothing to look for."""
    present = connection.execute(
        "select table_type from information_schema.tables "
        "where table_catalog = ? and table_schema = ? and table_name = ?",
        [model.database, model.schema, model.alias],
    ).fetchall()
    for (kind,) in present:
        connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {model.relation}")
    if is_ours:
        connection.execute(f"create table {model.relation} as {model.sql} limit 0")
    else:
        _make_view(connection, model)


def _make_view(connection: DuckDBPyConnection, model: Model) -> None:
    """Make a view that serves every window."""
    connection.execute(f"create or replace view {model.relation} as {model.sql}")
