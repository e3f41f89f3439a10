"""Which code made an alert: a digest of every room where a fact or a judgement is made."""

import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Whole rooms, so that a new module counts without being listed. Landing, the stream (which a check
# compares with the day's run), the lake, reports and orchestration move rows; they judge nothing.
ROOMS = (
    "dbt_project",
    "ml",
    "assets/market",
    "assets/transform",
    "assets/anomaly",
    "assets/clusters",
    "assets/detection",
    "assets/detectors",
    "assets/alerts",
    # an alert's words hold numbers and their currency
    "reports/numbers.py",
    "reports/currency.py",
)
KINDS = {".py", ".sql", ".yml", ".csv", ".toml"}


@cache
def code_version() -> str:
    """Twelve hex digits over the sources of features, models, detectors and episodes."""
    return digest_of(ROOT)


def digest_of(root: Path) -> str:
    """The digest of the rooms below a checkout's root; it changes with any of their files."""
    digest = hashlib.sha256()
    for room in ROOMS:
        path = root / room
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            name = file.relative_to(root)
            # dbt writes what it compiled into a folder of that name
            if file.suffix in KINDS and "target" not in name.parts:
                digest.update(name.as_posix().encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
