"""Files as venues write them, and the rows that landed of them."""

import gzip
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from assets.lake.objects.object_store import LocalObjectStore
from assets.landing.files.importer import land_file
from assets.landing.files.report import LandingReport

NOW = datetime(2025, 6, 1, 12)


@pytest.fixture
def store(tmp_path: Path) -> LocalObjectStore:
    """An empty object store in a folder."""
    return LocalObjectStore(tmp_path / "objects")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file below the test's folder: plain, or gzipped or zipped by its name."""

    def write_file(name: str, content: str | bytes, member: str | None = None) -> Path:
        path = tmp_path / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        if name.endswith(".gz"):
            path.write_bytes(gzip.compress(data, mtime=0))
        elif name.endswith(".zip"):
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(member or name.replace(".zip", ".csv"), data)
        else:
            path.write_bytes(data)
        return path

    return write_file


@pytest.fixture
def land(store: LocalObjectStore) -> Callable[..., LandingReport]:
    """Land one file, on the first of June 2025."""

    def land_now(path: Path, **options: Any) -> LandingReport:
        return land_file(path, store, now=NOW, **options)

    return land_now


@pytest.fixture
def rows_of(store: LocalObjectStore) -> Callable[[LandingReport], list[dict[str, Any]]]:
    """The rows that landed of a file, in the order of its lines."""

    def rows(report: LandingReport) -> list[dict[str, Any]]:
        found = [
            row
            for key in report.objects
            for row in pq.read_table(store.root / key, partitioning=None).to_pylist()
        ]
        return sorted(found, key=lambda row: row["source_line"])

    return rows
