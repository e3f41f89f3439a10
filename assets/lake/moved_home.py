"""A home that was moved or copied: its catalog still names the folder where it was made.

Everything below that folder has a relative path, so one value follows the home.
"""

import logging
from pathlib import Path

from duckdb import DuckDBPyConnection

from assets.lake import LakeError
from assets.lake.connection import literal

# how DuckLake begins its refusal, after the path that it was given
REFUSAL = "does not match existing data path in the catalog"
DATA_PATH = "key = 'data_path'"
log = logging.getLogger("tapewatch.lake")


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


def refuse_moved_home(refusal: str, data_path: str) -> LakeError:
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
