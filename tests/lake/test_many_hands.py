"""The lake under several hands: no row is lost or doubled, now or at an earlier snapshot.

Several processes replace and append rows while maintenance merges, expires and deletes. DuckLake
has known bugs of this kind (its issues 1364, 1084 and 1094), which the lake's lock, and never
flushing rows from the catalog, must keep away. `make test-services` runs both catalogs, though one
needs no server; `make proof` runs the long form.
"""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from assets.alerts.tables import ALERTS
from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.maintenance.row_counts import row_counts
from tests.lake.hands import CELLS, KEY

PROGRAM = Path(__file__).with_name("hands.py")
HANDS = 4
SNAPSHOTS = 100
# how long maintenance retains a snapshot here: the long form has a hundred of them at its end
RETAINED_SECONDS, RETAINED_SECONDS_LONG = 10, 60
LONGEST_SECONDS = 4 * 3600


def started(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), *(str(one) for one in arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    said, problem = process.communicate("", timeout=LONGEST_SECONDS)
    assert process.returncode == 0, problem
    return said


@pytest.fixture(params=["sqlite", "postgres"])
def lake(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    # first: the servers look for their variables in this shell
    catalog = request.getfixturevalue("empty_catalog") if request.param == "postgres" else ""
    for name in ("S3_BUCKET", "S3_ENDPOINT"):
        monkeypatch.delenv(f"TAPEWATCH_{name}", raising=False)
    monkeypatch.setenv("TAPEWATCH_CATALOG", catalog)
    monkeypatch.setenv("TAPEWATCH_HOME", str(tmp_path / "home"))
    lake = Lake(load_settings())
    lake.create([CELLS, ALERTS])
    return lake


def cycles_of(lake: Lake, *, long: bool) -> int:
    if not long:
        return 100
    return 1_000 if lake.settings.catalog is None else 10_000


@pytest.mark.services
@pytest.mark.parametrize("long", [False, pytest.param(True, marks=pytest.mark.proof)])
def test_no_row_is_lost_or_doubled_whoever_writes_and_maintains(
    lake: Lake, request: pytest.FixtureRequest, long: bool
) -> None:
    seed = request.config.getoption("--kill-seed")
    seed = seed if seed is not None else random.randrange(10**6)
    cycles = cycles_of(lake, long=long)
    sys.stderr.write(f"\n{cycles:,} cycles of seed {seed} (repeat with --kill-seed {seed})\n")
    caretaker = started("maintain", RETAINED_SECONDS_LONG if long else RETAINED_SECONDS)
    hands = [started("write", hand, cycles // HANDS, seed) for hand in range(HANDS)]
    lines = [line for hand in hands for line in finish(hand).splitlines()]
    assert len(lines) == cycles
    assert int(finish(caretaker)) > 0
    seen = {snapshot: (rows, total) for snapshot, rows, total in map(json.loads, lines)}
    check_the_past(lake, seen, random.Random(seed))


def check_the_past(lake: Lake, seen: dict[int, tuple[int, str]], drawn: random.Random) -> None:
    """Random snapshots that maintenance retained: counts agree, rows are those that were seen."""
    with lake.connect() as connection:
        retained = [
            snapshot
            for (snapshot,) in connection.sql("select snapshot_id from lake.snapshots()").fetchall()
            if snapshot in seen
        ]
    assert retained
    for snapshot in drawn.sample(retained, min(SNAPSHOTS, len(retained))):
        with lake.connect(snapshot=snapshot) as past:
            counts = row_counts(past, CELLS.name, KEY)
            ((total,),) = past.sql(
                "select sum(hash(hand, win, place, written)::hugeint)::varchar from lake.core.cells"
            ).fetchall()
        assert counts.agree, f"snapshot {snapshot}: {counts}"
        assert (counts.read, total) == seen[snapshot], f"snapshot {snapshot}"
