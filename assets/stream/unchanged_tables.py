"""The intermediate tables of a window in memory: made anew where they can differ from the last.

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
# A name means the same in every window: what it means is told once. The names that no venue has,
# out of bad messages, must not be kept for ever.
NAMES = "int_trade_symbols"
MANY_NAMES = 10_000


@dataclass
class Standing:
    """What stands in memory from one window to the next."""

    rows: dict[str, int] = field(default_factory=dict)
    """How many rows each stored model has."""
    is_ours: bool | None = None
    """Whether the views are those of objects that came through Kafka; None before there are any."""

    def is_empty(self, *names: str) -> bool:
        """Whether all of these are stored, and without rows."""
        return bool(names) and all(self.rows.get(name) == 0 for name in names)


def stand(
    connection: DuckDBPyConnection,
    due: Sequence[Model],
    standing: Standing,
    objects: Sequence[str],
) -> None:
    """Make the models in memory, parents before children, for a window of some landed objects.

    A view says the same of every window. Of nothing comes nothing: a table without rows is not made
    again while its parents have none.
    """
    is_ours = all(is_kafka_key(key) for key in objects)
    before = standing.is_ours
    # while the views are made they may be half of either
    standing.is_ours = None
    for model in due:
        if model.database != "memory" or model.materialized in {"seed", "ephemeral"}:
            continue
        if model.name.startswith(FORMATS) and model.name != OURS:
            if is_ours != before:
                _make_format(connection, model, is_ours=is_ours)
        elif model.materialized == "table" or model.name in STORED:
            if model.name == NAMES and 0 < standing.rows.get(NAMES, 0) < MANY_NAMES:
                standing.rows[NAMES] += _add_names(connection, model)
            elif not standing.is_empty(model.name, *model.rows_come_of):
                standing.rows.pop(model.name, None)
                standing.rows[model.name] = replace(connection, model, stored=True)
        elif before is None:
            replace(connection, model)
    standing.is_ours = is_ours


def _add_names(connection: DuckDBPyConnection, model: Model) -> int:
    """Tell what the names mean that are new; how many there are."""
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
    stands = connection.execute(
        "select table_type from information_schema.tables "
        "where table_catalog = ? and table_schema = ? and table_name = ?",
        [model.database, model.schema, model.alias],
    ).fetchall()
    for (kind,) in stands:
        connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {model.relation}")
    if is_ours:
        connection.execute(f"create table {model.relation} as {model.sql} limit 0")
    else:
        replace(connection, model)
