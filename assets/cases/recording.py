"""Bring what has landed of decisions into `cases.decisions`, and read all there are.

The objects are the truth: the table is for queries, and has the digest of each object that the
lake has read.
"""

from collections.abc import Sequence

from duckdb import DuckDBPyConnection

from assets.cases.chain import PREFIX, START, Link, read_chain
from assets.cases.decision import Decision
from assets.cases.tables import DECISIONS
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.lake.objects.object_store import ObjectStore
from assets.lake.tables import refuse_other_versions
from reports.queries import rows


def record_decisions(lake: Lake, commit_info: dict[str, str]) -> int:
    """Append the decisions that have landed since; how many. ChainError where one does not follow.

    Nothing is written, and no lock is taken, where there is none.
    """
    # most lakes have none: to look into the store costs less than to attach the lake
    if not lake.objects.list(PREFIX):
        return 0
    lake.create([DECISIONS])
    with lake.connect() as connection:
        if not list(read_chain(lake.objects, _last(connection))):
            return 0

    def work(connection: DuckDBPyConnection) -> int:
        # read again: another process may have recorded them meanwhile
        new = list(read_chain(lake.objects, _last(connection)))
        insert_rows(connection, DECISIONS.name, new)
        return len(new)

    return lake.write(work, tables=[DECISIONS], message="decisions", commit_info=commit_info)


def every_decision(lake: Lake, connection: DuckDBPyConnection) -> list[Decision]:
    """All decisions in order, those that no run has recorded yet too.

    `connection` has the lake attached.
    """
    return with_later(lake.objects, _recorded(connection))


def with_later(store: ObjectStore, decisions: Sequence[Decision]) -> list[Decision]:
    """The first decisions of the chain, and those that have landed after them."""
    return [*decisions, *read_chain(store, link_after(decisions))]


def link_after(decisions: Sequence[Decision]) -> Link:
    """Where the chain ends with these decisions."""
    return Link(decisions[-1].number, decisions[-1].digest) if decisions else START


def noted_digests(connection: DuckDBPyConnection) -> dict[int, str]:
    """The digest of each recorded decision, by its number."""
    return {one.number: one.digest for one in _recorded(connection)}


def _last(connection: DuckDBPyConnection) -> Link:
    found = connection.execute(
        f"select number, digest from lake.{DECISIONS.name} order by number desc limit 1"
    ).fetchall()
    return Link(*found[0]) if found else START


def _recorded(connection: DuckDBPyConnection) -> list[Decision]:
    if DECISIONS.name not in refuse_other_versions(connection, [DECISIONS]):
        return []
    found = rows(connection, f"from lake.{DECISIONS.name} order by number")
    return [Decision(**row) for row in found]
