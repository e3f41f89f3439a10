"""The asset of decisions: what landed is in the lake, and a broken chain turns its check red."""

import dagster as dg
import pytest

from assets.cases.asset import recorded_decisions
from assets.cases.chain import append, key_of
from assets.cases.tables import DECISIONS
from assets.lake.lake import Lake
from assets.lake.resource import LakeResource
from tests.decisions.decided import NOW, draft

pytestmark = pytest.mark.slow


def materialise() -> tuple[bool, str | None]:
    result = dg.materialize([recorded_decisions], resources={"lake": LakeResource()})
    (check,) = result.get_asset_check_evaluations()
    return check.passed, check.description


def test_a_changed_decision_turns_the_check_red(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAPEWATCH_HOME", str(lake.settings.root))
    for note in ("one", "two"):
        append(
            lake.objects, draft(note=note), request_id=note, by="ana", at=NOW, channel="page"
        )  # fmt: skip
    assert materialise() == (True, None)
    with lake.connect() as connection:
        counted = connection.execute(f"select count(*) from lake.{DECISIONS.name}").fetchall()
    assert counted == [(2,)]

    path = lake.settings.objects / key_of(2)
    path.write_bytes(path.read_bytes().replace(b"two", b"six"))
    passed, description = materialise()
    assert not passed
    assert description is not None
    assert key_of(2) in description
