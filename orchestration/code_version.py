"""Which code made an alert: a digest of everything that its content depends on."""

import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# where a fact or a judgement is made; landing, simulation, reports and orchestration are not
PARTS = (
    "dbt_project",
    "ml",
    "assets/detectors",
    "assets/detection.py",
    "assets/detector.py",
    "assets/episodes.py",
    "assets/evidence.py",
    "assets/model_training.py",
    "assets/models.py",
    "assets/oddities.py",
    "assets/questions.py",
    "assets/retracement.py",
    "assets/severity.py",
    "assets/wording.py",
)
KINDS = {".py", ".sql", ".yml", ".csv", ".toml"}


@cache
def code_version() -> str:
    """Twelve hex digits over the sources of features, detectors, models and episodes."""
    digest = hashlib.sha256()
    for part in PARTS:
        path = ROOT / part
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in files:
            if file.suffix in KINDS and "target" not in file.relative_to(ROOT).parts:
                digest.update(file.relative_to(ROOT).as_posix().encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
