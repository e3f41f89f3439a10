"""The files of a folder: which are read, and what is said of each that is not."""

from pathlib import Path

from assets.landing.files.parquet_rows import dataset_of
from assets.landing.files.report import LandingReport, Problem
from assets.landing.schema import TRADES

READ = (TRADES, "accounts", "account_links")
"""What a Parquet file may name as its content, and is read."""
PACKED = (".gz", ".zip", ".bz2", ".xz", ".zst")
SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet", *PACKED)


def files_below(folder: Path) -> tuple[list[Path], list[LandingReport]]:
    """The files to land, recursively and in the order of their names, and a report of the others.

    Hidden files are neither.
    """
    read: list[Path] = []
    passed: list[LandingReport] = []
    for path in sorted(folder.rglob("*")):
        if path.name.startswith(".") or not path.is_file():
            continue
        reason = _reason_against(path)
        if reason is None:
            read.append(path)
        else:
            passed.append(passed_over(path, *reason))
    return read, passed


def _reason_against(path: Path) -> tuple[str, str] | None:
    """Why a file is not read, and the cure; None if it is."""
    name = path.name.lower()
    if name.endswith(".json") and not _holds_array(path):
        what = "it was not read: it is JSON, but no array of objects"
        return what, "name it .jsonl if each line of it is a trade"
    if not name.endswith((*SUFFIXES, ".json")):
        return (
            f"it was not read: its name ends in none of {', '.join(SUFFIXES)}",
            "rename it if it holds trades",
        )
    if name.endswith(".parquet") and (dataset := dataset_of(path)) not in READ:
        return f"it was not read: it holds {dataset}, not trades", "nothing is to be done"
    return None


def _holds_array(path: Path) -> bool:
    """Whether the first bytes of a JSON file begin an array; landing reports an unreadable file."""
    try:
        with path.open("rb") as file:
            return file.read(1_000).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")
    except OSError:
        return True


def passed_over(path: Path, what: str, cure: str) -> LandingReport:
    """The report of a file that was not read."""
    return LandingReport(
        file=str(path),
        format="not read",
        venue="",
        rows=0,
        rejected=0,
        skipped={},
        objects=(),
        new_objects=(),
        first_traded_at=None,
        last_traded_at=None,
        dates=(),
        problems=(Problem(str(path), None, what, cure),),
        damage=None,
    )


def folder_columns(path: Path) -> dict[str, str]:
    """The columns that a file's folders name: `symbol=KAVA-USDT/date=2024-08-09`."""
    return {
        name: value
        for name, is_column, value in (part.partition("=") for part in path.parent.parts)
        if is_column and name and value
    }
