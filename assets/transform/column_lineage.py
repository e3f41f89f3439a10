"""Which columns of other models each column of a model comes from, as its compiled SQL says.

It is computed when the models are compiled, for it takes seconds, and stored beside the manifest.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from assets.lake.objects.object_store import LocalObjectStore
from assets.landing.schema import COLUMNS_KEY
from assets.landing.writer import put_columns
from assets.market.window import Window
from assets.transform.build import compute, scratch_lake
from assets.transform.compiled_models import Model, models
from assets.transform.dbt_project import LINEAGE, manifest_path

Columns = Mapping[str, Sequence[str]]
"""The columns of each relation, by `database.schema.table`."""
Origins = dict[str, list[tuple[str, str]]]
"""Of each column of a model the (model's unique id, column) that it comes from."""


def write_lineage(root: Path) -> None:
    """Write the lineage of every model of this version of the project, unless it is there."""
    path = manifest_path(root).with_name(LINEAGE)
    if path.exists():
        return
    every = models(root)
    found = lineage_of(every, columns_of(root, every))
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(found))
    unfinished.replace(path)


def lineage_of(every: Sequence[Model], columns: Columns) -> dict[str, Origins]:
    """The origins of each model's columns; a model whose SQL cannot be followed has none."""
    ids = {model.relation: model.unique_id for model in every}
    schema = _nested(columns)
    found: dict[str, Origins] = {}
    for model in every:
        if model.folder != "seeds" and model.materialized != "ephemeral":
            origins = _origins(model.sql, columns[model.relation], schema, ids)
            if origins:
                found[model.unique_id] = origins
    return found


def columns_of(root: Path, every: Sequence[Model]) -> Columns:
    """The columns that each model has, seen where all are built without a row."""
    with scratch_lake(root) as connection, tempfile.TemporaryDirectory() as folder:
        store = LocalObjectStore(Path(folder))
        put_columns(store, Path(folder))
        compute(connection, Window.of_day(date(2024, 1, 1)), every, [store.path(COLUMNS_KEY)])
        rows = connection.execute(
            """
            select database_name || '.' || schema_name || '.' || table_name, column_name
            from duckdb_columns() order by table_oid, column_index
            """
        ).fetchall()
    columns: dict[str, list[str]] = {}
    for relation, column in rows:
        columns.setdefault(relation, []).append(column)
    return columns


def _origins(sql: str, own: Sequence[str], schema: Any, ids: Mapping[str, str]) -> Origins:
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    try:
        query = qualify(parse_one(sql, dialect="duckdb"), schema=schema, dialect="duckdb")
        scope = build_scope(query)
    except SqlglotError:
        return {}
    origins: Origins = {}
    for name in own:
        try:
            tree = lineage(name, query, schema, scope=scope, dialect="duckdb")
        except (SqlglotError, ValueError):
            # of a union by name a column that one of its parts lacks: it has no lineage
            continue
        leaves = {
            (".".join((leaf.expression.catalog, leaf.expression.db, leaf.expression.name)),
             exp.to_column(leaf.name).name)
            for leaf in tree.walk()
            if not leaf.downstream and isinstance(leaf.expression, exp.Table)
        }  # fmt: skip
        known = {(ids[relation], column) for relation, column in leaves if relation in ids}
        if known:
            origins[name] = sorted(known)
    return origins


def _nested(columns: Columns) -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    nested: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for relation, names in columns.items():
        database, schema, table = relation.split(".")
        tables = nested.setdefault(database, {}).setdefault(schema, {})
        tables[table] = dict.fromkeys(names, "unknown")
    return nested
