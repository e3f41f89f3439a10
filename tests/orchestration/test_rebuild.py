"""A rebuild says what it loses, and one that was interrupted is seen."""

import pytest

from assets.lake.lake import Lake
from assets.lake.settings import Settings, SettingsError
from assets.tables import create_tables
from orchestration import rebuild
from orchestration.command_line.doctor import examine
from orchestration.day_run import Outcome


@pytest.mark.slow
def test_a_rebuild_that_was_interrupted_is_seen_until_another_ends(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> Outcome:
        raise KeyboardInterrupt

    monkeypatch.setattr(rebuild, "landed_days", lambda _: [])
    monkeypatch.setattr(rebuild, "run_path", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rebuild.rebuild_lake(settings)
    (finding,) = (one for one in examine(settings) if one.subject == "rebuild")
    assert finding.state == "failed"
    assert "call `tapewatch rebuild --discard-lake` again" in finding.detail
    assert rebuild.interruption(settings) == [finding.detail]
    monkeypatch.setattr(rebuild, "run_path", lambda *_: Outcome())
    rebuild.rebuild_lake(settings)
    assert rebuild.interruption(settings) == []
    assert "rebuild" not in {one.subject for one in examine(settings)}


def test_a_rebuild_of_nothing_has_ended(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="nothing has landed"):
        rebuild.rebuild_lake(settings)
    assert rebuild.interruption(settings) == []


@pytest.mark.slow
def test_a_rebuild_names_the_objects_that_the_lake_had_and_that_are_gone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(settings)
    create_tables(lake)
    row = "select 'landing/trades/x' as object, 'a.csv' as source_file, 7 as row_count"
    insert = f"insert into lake.ops.landed_objects by name {row}"
    lake.write(lambda c: c.execute(insert), tables=(), message="test", commit_info={})
    monkeypatch.setattr(rebuild, "landed_days", lambda _: [])
    monkeypatch.setattr(rebuild, "run_path", lambda *_: Outcome())
    (problem,) = rebuild.rebuild_lake(settings).problems
    assert "landing/trades/x is gone: 7 rows of a.csv that the lake had are not in it" in problem
