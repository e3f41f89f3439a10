"""dbt's documentation of the models as one HTML page."""

import shutil
import tempfile
from pathlib import Path

from assets.transform.dbt_project import TransformError, invoke

GENERATE = ("docs", "generate", "--static", "--empty-catalog", "--no-populate-cache", "--quiet")
PAGE = "static_index.html"


def write_docs(file: Path) -> None:
    """Generate the page from the project alone: it needs no lake and no network."""
    with tempfile.TemporaryDirectory(prefix="docs-") as folder:
        target = Path(folder)
        invoke([*GENERATE], target)
        if not (target / PAGE).exists():
            raise TransformError(f"dbt docs wrote no {PAGE}: see {target / 'logs'}")
        shutil.copyfile(target / PAGE, file)
