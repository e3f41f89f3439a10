"""The small tables of a lake in memory, as of one snapshot: most answers are made from them."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyConnection

from assets.alerts.incident_reading import queue
from assets.alerts.reading import Wanted
from assets.alerts.tables import ALERTS, INCIDENTS
from assets.cases.decision import Decision
from assets.cases.filtering import Money, money_in
from assets.cases.reading import STATES, Worked, with_states
from assets.cases.recording import every_decision, with_later
from assets.detection.detector import detectors
from assets.detection.tables import DETECTOR_RUNS, HITS
from assets.lake.connection import ALIAS, TRUSTING, one_thread, read_objects
from assets.lake.files import FileLists, have_views, list_files, use_files
from assets.lake.lake import Lake
from assets.lake.objects.object_store import ObjectStore
from assets.lake.settings import Settings
from assets.lake.snapshots import changed_since, table_ids
from assets.lake.tables import refuse_other_versions
from assets.publishing.verdict import last_verdict
from assets.risk.market_reading import SYMBOL_DAYS
from assets.risk.tables import SYMBOL_RISK
from assets.scoring.tables import ACCOUNT_RISK, TRADE_RISK
from reports.detectors import Verdict

COPIED: Mapping[str, str] = {
    ALERTS.name: "*",
    INCIDENTS.name: "*",
    SYMBOL_RISK.name: "*",
    SYMBOL_DAYS: "venue, symbol, trade_day, trade_count, notional",
    DETECTOR_RUNS.name: "distinct venue, symbol, trade_day",
}
"""Which tables are in memory, and what of them."""
FILED = (
    "core.trades", "features.bars_1s", "features.bars_5s", "features.bars_1m", "features.bars_5m",
    "core.accounts", "ops.id_holes", "marts.account_activity_1h", TRADE_RISK.name,
    ACCOUNT_RISK.name,
)  # fmt: skip
"""The large tables that pages read, from their files."""
TRADED = tuple(name for name in FILED if name != TRADE_RISK.name)
"""Those that pages of incidents and accounts read."""
JUDGED = (DETECTOR_RUNS.name, HITS.name, "marts.data_quality_days")
"""A change of them may change the verdict on the detectors."""
Ids = Mapping[str, int]
Answer = TypeVar("Answer")
MOST_REMEMBERED = 2_000
"""Answers; beyond, it begins anew."""


@dataclass(frozen=True)
class Silence:
    """Since when the lake has not answered, UTC, and why."""

    since: datetime
    why: str


@dataclass(frozen=True, eq=False)
class Recent(Lake):
    """A lake that is read from memory: a value, replaced by the next and never changed.

    It has the small tables, and `with_large` those of `FILED`. What writes goes to the lake itself.
    """

    store: ObjectStore
    snapshot: int
    """The lake's snapshot that all of it is of."""
    decisions: tuple[Decision, ...]
    """All in order, those that no run has recorded yet too."""
    verdict: Verdict | None
    """On the detectors over the last day that was judged; None before any was."""
    newest: datetime | None
    """The time of the newest trade of that day, UTC."""
    money: Money = field(repr=False)
    """Dollars at stake by alert."""
    copied_from: tuple[float, ...]
    """What `Lake.identity` was: another one is another lake."""
    ids: Ids = field(repr=False)
    memory: DuckDBPyConnection = field(repr=False)
    files: FileLists = field(repr=False)
    """Of the large tables that there are."""
    has_large: bool = False
    """Whether its connections show the large tables too."""
    silence: Silence | None = None
    """While the lake does not answer."""
    _worked: dict[tuple[int, datetime], Worked] = field(default_factory=dict, repr=False)
    _remembered: dict[Hashable, Any] = field(default_factory=dict, repr=False)
    """Answers from the memory, which never changes."""

    @cached_property
    def objects(self) -> ObjectStore:
        """The lake's own store."""
        return self.store

    @property
    def digest(self) -> str:
        """Of the last decision; empty before the first."""
        return self.decisions[-1].digest if self.decisions else ""

    def with_large(self) -> "Recent":
        """The same with the large tables; who needs none is spared to name their files."""
        return replace(self, has_large=True)

    def remembered(self, key: Hashable, read: Callable[["Recent"], Answer]) -> Answer:
        """What `read` finds in the small tables, read once; who gets it must not change it."""
        if key not in self._remembered:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = read(self)
        return self._remembered[key]

    def incidents_of(self, wanted: Wanted) -> Worked:
        """The incidents of the time that is wanted, the newest first, and its days' budget."""
        if wanted.since is None and wanted.until is None:
            return self.every_incident()
        found = queue(self, Wanted(wanted.since, wanted.until), "time")
        return with_states(found, self.decisions, states=STATES)

    def every_incident(self) -> Worked:
        """Every incident, the newest first, with what was decided of it; made once a minute.

        A mute ends though nothing was written.
        """
        minute = datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0)
        key = (len(self.decisions), minute)
        if (found := self._worked.get(key)) is None:
            every = self.remembered("queue", lambda self: queue(self, Wanted(), "time"))
            found = with_states(every, self.decisions, states=STATES)
            self._worked.clear()
            self._worked[key] = found
        return found

    @contextmanager
    def connect(
        self, *, read_only: bool = True, must_exist: bool = False, snapshot: int | None = None
    ) -> Iterator[DuckDBPyConnection]:
        """As `Lake.connect`, to the tables in memory; what writes connects to the lake."""
        if not read_only or snapshot is not None:
            with super().connect(
                read_only=read_only, must_exist=must_exist, snapshot=snapshot
            ) as own:
                yield own
            return
        with self.memory.cursor() as cursor:
            if self.has_large:
                use_files(cursor, self.files)
            yield cursor

    def snapshot_id(self, connection: DuckDBPyConnection) -> int:
        """The snapshot that the tables were copied from."""
        return self.snapshot


def read_recent(lake: Lake, connection: DuckDBPyConnection, before: Recent | None) -> Recent:
    """The small tables as a transaction of the lake sees them; what is unchanged is not read again.

    `before` is what was read last, of this lake or of one that was there before it.
    """
    identity, snapshot = lake.identity, lake.snapshot_id(connection)
    if before is not None and (before.copied_from != identity or before.snapshot > snapshot):
        before = None
    if before is not None and before.snapshot == snapshot:
        return replace(before, silence=None, decisions=_decisions(lake, connection, before))
    refuse_other_versions(connection, (ALERTS, INCIDENTS))
    ids = table_ids(connection, [*COPIED, *JUDGED, *FILED])
    changed = None if before is None else changed_since(lake, connection, before.snapshot)

    def is_known(name: str) -> bool:
        """Whether `before` has what the table has now."""
        return (
            before is not None
            and changed is not None
            and before.ids.get(name) == ids.get(name)
            and ids.get(name) not in changed
        )

    if before is not None and all(map(is_known, JUDGED)):
        verdict, newest = before.verdict, before.newest
    else:
        judged = last_verdict(connection, detectors()) if DETECTOR_RUNS.name in ids else None
        verdict, newest = judged or (None, None)
    if before is not None and all(map(is_known, COPIED)):
        memory = before.memory
    else:
        memory = _in_memory(
            lake.settings,
            {
                name: before.memory.cursor().table(f"{ALIAS}.{name}").to_arrow_table()
                if before is not None and is_known(name)
                else connection.sql(f"select {part} from {ALIAS}.{name}").to_arrow_table()
                for name, part in COPIED.items()
                if name in ids
            },
        )
    if before is not None and is_known(HITS.name) and is_known(ALERTS.name):
        money = before.money
    else:
        money = money_in(connection)
    listed = before.files if before is not None else {}
    unchanged = {name: files for name, files in listed.items() if is_known(name)}
    files = list_files(lake, connection, FILED, unchanged)
    if before is None or memory is not before.memory or readable(listed) != readable(files):
        with memory.cursor() as cursor:
            have_views(cursor, files)
    return Recent(
        settings=lake.settings, store=lake.objects, snapshot=snapshot,
        decisions=_decisions(lake, connection, before), verdict=verdict, newest=newest, money=money,
        copied_from=identity, ids=ids, memory=memory, files=files,
        _remembered=before._remembered if before and memory is before.memory else {},
    )  # fmt: skip


def readable(files: FileLists) -> set[str]:
    """The tables that have a list of files."""
    return {name for name, found in files.items() if found is not None}


def _decisions(
    lake: Lake, connection: DuckDBPyConnection, before: Recent | None
) -> tuple[Decision, ...]:
    if before is None:
        return tuple(every_decision(lake, connection))
    return tuple(with_later(lake.objects, before.decisions))


def _in_memory(settings: Settings, tables: Mapping[str, pa.Table]) -> DuckDBPyConnection:
    """A database with these tables in the lake's place; those that are declared are never missing.

    It is closed with the last reference to it.
    """
    memory = duckdb.connect(":memory:", config=TRUSTING)
    one_thread(memory)
    # global, for its cursors: the files of a lake never change
    memory.execute("set global parquet_metadata_cache = true")
    read_objects(memory, settings)
    memory.execute(f"attach ':memory:' as {ALIAS}")
    for schema in {name.partition(".")[0] for name in (*COPIED, *tables)}:
        memory.execute(f"create schema {ALIAS}.{schema}")
    for name, rows in tables.items():
        memory.register("copied", rows)
        memory.execute(f"create table {ALIAS}.{name} as from copied")
        memory.unregister("copied")
    for table in (ALERTS, INCIDENTS, DETECTOR_RUNS):
        if table.name not in tables:
            memory.execute(f"create table {ALIAS}.{table.name} ({', '.join(table.columns)})")
    return memory
