"""`tapewatch rebuild`: delete the embedded lake and make it anew from every landed day."""

import shutil
from pathlib import Path

import duckdb

from assets.lake import LakeError
from assets.lake.home import rebuild_was_killed
from assets.lake.lake import Lake
from assets.lake.lock import file_lock
from assets.lake.settings import Settings, SettingsError
from assets.landing.reader import landed_objects
from assets.landing.schema import TRADES
from assets.transform.ledger import vanished_objects
from orchestration.day_run import Outcome, Request, landed_days, run_path

INTERRUPTED = (
    "a rebuild of the lake began and has not ended: days are missing; unless it still runs, call "
    "`tapewatch rebuild --discard-lake` again"
)


def rebuild_lake(settings: Settings) -> Outcome:
    """Rebuild the lake; the outcome names the landed objects that it had and that are gone.

    While it is under way, and after it was killed, the home has a marker: `Lake.attach` refuses a
    lake that lacks days.
    """
    if settings.catalog is not None or settings.s3_bucket is not None:
        raise SettingsError(
            "rebuild deletes files of the embedded mode only: stop what runs over the lake, drop "
            "the catalog's database and the keys below lake/ yourself, then call `tapewatch run "
            "--yes` for the landed days"
        )
    # before anything is deleted: without landed objects nothing could be made
    landed_days(settings)
    lake = Lake(settings)
    with file_lock(settings.rebuild_lock, settings.lock_timeout_seconds):
        with lake.lock():
            lost = _lost(lake)
            settings.rebuild_marker.touch()
            for suffix in ("-wal", "-shm", ""):
                Path(f"{settings.catalog_file}{suffix}").unlink(missing_ok=True)
            # a process that keeps a connection to the old one must notice
            settings.rebuilt_file.touch()
            shutil.rmtree(settings.objects / "lake", ignore_errors=True)
        outcome = run_path(settings, Request(from_stage="normalise"))
        settings.rebuild_marker.unlink()
    outcome.problems += lost
    return outcome


def interruption(settings: Settings) -> list[str]:
    """What to say of a rebuild that was killed; nothing where none was."""
    return [INTERRUPTED] if rebuild_was_killed(settings) else []


def _lost(lake: Lake) -> list[str]:
    """What the old lake has and the new one will lack."""
    try:
        with lake.connect() as connection:
            gone = vanished_objects(connection, landed_objects(lake.objects, TRADES))
    except (LakeError, duckdb.Error):
        return []  # no lake, or one that cannot be read: that is why it is made anew
    return [
        f"{one.object} is gone: {one.row_count:,} rows of {one.source_file or 'a stream'} that the "
        "lake had are not in it any more; restore the object, or land its file again"
        for one in gone
    ]
