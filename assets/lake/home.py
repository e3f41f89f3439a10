"""The state of a home before its lake is opened: absent, half rebuilt, moved, or a copy.

A catalog names the folder where it was made. All else has a path relative to it, so one value
follows a home that was moved or copied.
"""

import logging
from pathlib import Path

from duckdb import DuckDBPyConnection

from assets.lake import LakeError, NoLakeError
from assets.lake.connection import literal
from assets.lake.lock import is_locked
from assets.lake.settings import Settings

# how DuckLake begins its refusal, after the path that it was given
REFUSAL = "does not match existing data path in the catalog"
DATA_PATH = "key = 'data_path'"
log = logging.getLogger("tapewatch.lake")


def refuse_unusable(settings: Settings, *, must_exist: bool) -> None:
    """LakeError where an embedded lake is half rebuilt, a copy over one bucket, or absent."""
    if rebuild_was_killed(settings):
        raise LakeError(
            f"a rebuild of the lake in {settings.root} was interrupted, so days are missing: "
            "repeat `tapewatch rebuild --discard-lake`; nothing that landed is lost"
        )
    if settings.s3_bucket is not None and settings.catalog_file.exists():
        _refuse_copy(settings)
    if must_exist and not _is_there(settings.catalog_file):
        hint = f"; the demo's lake lies in {settings.demo}" if settings.demo.exists() else ""
        raise NoLakeError(
            f"there is no lake in {settings.root} yet: run `tapewatch run --input <files>` or "
            f"`tapewatch demo`, or set TAPEWATCH_HOME to the right folder{hint}"
        )


def rebuild_was_killed(settings: Settings) -> bool:
    """Whether a rebuild began that neither ended nor is under way."""
    return settings.rebuild_marker.exists() and not is_locked(settings.rebuild_lock)


def _is_there(path: Path) -> bool:
    """Whether a file is there; OSError where its folders cannot be looked into."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    return True


def _refuse_copy(settings: Settings) -> None:
    """LakeError where another home has this catalog too: both would write below one prefix."""
    note = settings.home_note
    first = Path(note.read_text()) if note.exists() else settings.root
    if first != settings.root and (first / settings.catalog_file.name).exists():
        raise LakeError(
            f"{settings.root} is a copy of {first}, and both would have their data files in bucket "
            f"{settings.s3_bucket}: copy a home by `tapewatch backup` and `tapewatch restore` with "
            "another TAPEWATCH_S3_PREFIX, or remove one of the two"
        )
    note.write_text(str(settings.root))


def follow_moved_home(connection: DuckDBPyConnection, catalog: Path, data_path: str) -> None:
    """Let an embedded catalog name the home's own folder of data files; say so once.

    LakeError if either of the two is a bucket: the files have not moved with the home then.
    """
    # as DuckLake writes it
    data_path = data_path.rstrip("/") + "/"
    connection.execute(f"attach {literal(str(catalog))} as moved (type sqlite)")
    try:
        ((before,),) = connection.execute(
            f"select value from moved.ducklake_metadata where {DATA_PATH}"
        ).fetchall()
        if "://" in before + data_path:
            raise LakeError(
                f"the lake's data files lie in {before}, the settings say {data_path}: set "
                "TAPEWATCH_S3_BUCKET and TAPEWATCH_S3_PREFIX as they were when the lake was made"
            )
        # another process may have been faster: of both, one changes the value
        ((changed,),) = connection.execute(
            f"update moved.ducklake_metadata set value = ? where {DATA_PATH} and value = ?",
            [data_path, before],
        ).fetchall()
    finally:
        connection.execute("detach moved")
    if changed:
        log.warning("the lake in %s has moved to %s", before, data_path)


def moved_home_error(refusal: str, data_path: str) -> LakeError:
    """The error where a catalog on a server has its data files elsewhere.

    The home may be a copy, and its catalog that of the original: it is not for us to say.
    """
    data_path = data_path.rstrip("/") + "/"
    before = refusal.split(REFUSAL)[1].strip().splitlines()[0].strip('".')
    return LakeError(
        f"the catalog's data files lie in {before}, the settings say {data_path}: set "
        "TAPEWATCH_HOME or TAPEWATCH_S3_BUCKET back; a copy needs a catalog of its own. If the "
        "home has moved and nobody uses the old one, run in the catalog's database: update "
        f"ducklake_metadata set value = {literal(data_path)} where {DATA_PATH}"
    )
