"""One of several processes that replace and append rows of one lake, or maintain it.

    python tests/lake/hands.py write <hand> <cycles> <seed>     a line of JSON a cycle
    python tests/lake/hands.py maintain <seconds>               until its standard input ends

A hand owns eight windows. A cycle replaces a window's rows by other ones and appends some, as a run
does; then it counts the table three ways, and compares its own rows with what it wrote.
"""

import json
import random
import sys
import threading
from datetime import UTC, datetime, timedelta

from duckdb import DuckDBPyConnection

from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.lake.tables import Table
from assets.maintenance.row_counts import row_counts
from assets.maintenance.upkeep import LONGEST_READ, maintain

CELLS = Table(
    "core.cells",
    ("hand bigint", "win bigint", "place bigint", "written bigint", "trade_day date"),
    partitioned_by="trade_day",
    sorted_by="place",
)
KEY = ("hand", "win", "place")
WINDOWS = 8
# up to ten rows are written into the catalog, more into files: both, and changes from one to the
# other
SIZES = (0, 1, 3, 9, 10, 11, 40)
# each so many cycles by a connection of its own, as a run; else by one that stays, as a stream
FRESH = 10
# between two maintenances, which keep all others waiting
PAUSE_SECONDS = 3.0
OWN = "select win, place, written from lake.core.cells where hand = ? order by all"

Rows = dict[tuple[int, int], int]


def insert(connection: DuckDBPyConnection, hand: int, rows: Rows) -> None:
    if rows:
        values = ", ".join(
            f"({hand}, {win}, {place}, {written}, date '2024-01-01' + {win})"
            for (win, place), written in rows.items()
        )
        connection.execute(f"insert into lake.core.cells values {values}")


def write(lake: Lake, hand: int, cycles: int, seed: int) -> None:
    drawn = random.Random(f"{seed} {hand}")
    mine: Rows = {}
    with lake.connect(read_only=False) as lasting:
        for cycle in range(1, cycles + 1):
            win, first, more = drawn.randrange(WINDOWS), drawn.choice(SIZES), drawn.choice(SIZES)
            # a part of the window stays where only its later half is replaced
            start = drawn.choice((0, 0, 5))
            replaced = {(win, start + n): cycle for n in range(first)}
            end = max([start, *(place + 1 for _, place in replaced)])
            appended = {(win, end + n): cycle for n in range(more)}

            def replace(connection: DuckDBPyConnection) -> None:
                connection.execute(
                    f"delete from lake.core.cells where hand = {hand} and win = {win} "  # noqa: B023
                    f"and place >= {start}"  # noqa: B023
                )
                insert(connection, hand, replaced)  # noqa: B023

            def append(connection: DuckDBPyConnection) -> None:
                insert(connection, hand, appended)  # noqa: B023

            for work, is_append in ((replace, False), (append, True)):
                if cycle % FRESH == 0:
                    lake.write(
                        work, tables=[CELLS], message="cycle", commit_info={}, append=is_append
                    )
                else:
                    with lake.lock([CELLS.name], append=is_append):
                        lake.commit(lasting, work, message="cycle", commit_info={})
            mine = {at: one for at, one in mine.items() if at[0] != win or at[1] < start}
            mine |= replaced | appended
            check(lake, lasting, hand, cycle, mine)


def check(lake: Lake, connection: DuckDBPyConnection, hand: int, cycle: int, mine: Rows) -> None:
    counts = row_counts(connection, CELLS.name, KEY)
    assert counts.agree, f"hand {hand}, cycle {cycle}: {counts}"
    found = connection.execute(OWN, [hand]).fetchall()
    expected = sorted((*at, written) for at, written in mine.items())
    assert found == expected, f"hand {hand}, cycle {cycle}: {found} is not {expected}"
    connection.execute("begin")
    ((rows, total),) = connection.execute(
        "select count(hand), sum(hash(hand, win, place, written)::hugeint)::varchar "
        "from lake.core.cells"
    ).fetchall()
    snapshot = lake.snapshot_id(connection)
    connection.execute("rollback")
    sys.stdout.write(json.dumps([snapshot, rows, total]) + "\n")


def keep_maintained(lake: Lake, seconds: float) -> None:
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    done = 0
    while not ended.is_set():
        # as if the longest read were so many seconds long
        now = datetime.now(UTC).replace(tzinfo=None) + LONGEST_READ - timedelta(seconds=seconds)
        found = maintain(lake, timedelta(0), now=now).disagreeing
        assert not found, found
        done += 1
        ended.wait(PAUSE_SECONDS)
    sys.stdout.write(f"{done}\n")


if __name__ == "__main__":
    kind, *numbers = sys.argv[1:]
    opened = Lake(load_settings())
    if kind == "write":
        write(opened, *(int(number) for number in numbers))
    else:
        keep_maintained(opened, float(numbers[0]))
