"""`tapewatch doctor`: check what is configured, reachable and missing."""

import importlib.metadata
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass

import duckdb

from assets.lake import LakeError
from assets.lake.connection import EXTENSIONS, load_extensions
from assets.lake.lake import Lake
from assets.lake.lock import CatalogError, LockTimeoutError
from assets.lake.objects.object_store import ObjectStoreError, S3ObjectStore, bucket_of
from assets.lake.settings import Settings, SettingsError
from assets.lake.tables import columns_of


@dataclass(frozen=True)
class Finding:
    """One check: `ok`, `missing` (by choice, or not created yet) or `failed`."""

    subject: str
    state: str
    detail: str


def examine(settings: Settings) -> list[Finding]:
    """Check settings, packages, object store, catalog and tables independently."""
    lake = Lake(settings)
    return [
        Finding("home", "ok", f"{settings.root} ({_free(settings)} GB free)"),
        Finding("mode", "ok", _mode(settings)),
        _look("extensions", lambda: _extensions()),
        _look("object store", lambda: _objects(lake)),
        *_versioning(settings),
        _look("catalog", lambda: _catalog(lake)),
        Finding("memory and threads", "ok", f"{settings.memory_limit}, {settings.threads} threads"),
        *(_package(name) for name in ("dagster", "dagster-dbt", "dbt-duckdb", "duckdb", "pyod")),
    ]


def rows(findings: list[Finding]) -> list[dict[str, str]]:
    """The checks as table rows."""
    return [asdict(finding) for finding in findings]


def _look(subject: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except (
        LakeError,
        ObjectStoreError,
        LockTimeoutError,
        CatalogError,
        duckdb.Error,
        OSError,
    ) as error:
        return Finding(subject, "failed", str(error).splitlines()[0])


def _free(settings: Settings) -> int:
    folder = settings.root
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free // 10**9


def _mode(settings: Settings) -> str:
    store = f"bucket {settings.s3_bucket}" if settings.s3_bucket else "local folder"
    catalog = "PostgreSQL" if settings.catalog else "SQLite"
    return f"object store: {store}; catalog: {catalog}"


def _extensions() -> Finding:
    # DuckDB verifies the extensions' signatures here: at each connection it would cost too much
    with duckdb.connect(":memory:") as connection:
        load_extensions(connection)
    return Finding("extensions", "ok", ", ".join(EXTENSIONS) + " from the installed wheels")


def _objects(lake: Lake) -> Finding:
    landed = lake.objects.list("landing/")
    return Finding("object store", "ok", f"{lake.objects.path('')}: {len(landed)} landed objects")


def apply(settings: Settings) -> None:
    """Set the bucket's versioning as the settings demand; SettingsError without such a setting."""
    bucket = bucket_of(settings)
    if bucket is None or settings.s3_versioning is None:
        raise SettingsError(
            "--apply sets a bucket's versioning: set TAPEWATCH_S3_BUCKET and "
            "TAPEWATCH_S3_VERSIONING (true or false)"
        )
    bucket.set_versioning(settings.s3_versioning)


def _versioning(settings: Settings) -> list[Finding]:
    bucket = bucket_of(settings)
    if bucket is None:
        return []
    return [_look("versioning", lambda: _versioning_of(bucket, settings.s3_versioning))]


def _versioning_of(bucket: S3ObjectStore, wanted: bool | None) -> Finding:
    is_on = bucket.has_versioning()
    detail = f"{'on' if is_on else 'off'} in bucket {bucket.bucket}"
    if wanted is None or wanted == is_on:
        return Finding("versioning", "ok", detail)
    asked = f"TAPEWATCH_S3_VERSIONING is {str(wanted).lower()}: `tapewatch doctor --apply` sets it"
    return Finding("versioning", "failed", f"{detail}, but {asked}")


def _catalog(lake: Lake) -> Finding:
    settings = lake.settings
    if settings.catalog is None and not settings.catalog_file.exists():
        return Finding(
            "catalog", "missing", f"no lake yet in {settings.root}; the first run makes it"
        )
    with lake.connect() as connection:
        tables = columns_of(connection)
        snapshot = lake.snapshot_id(connection)
    return Finding("catalog", "ok", f"{len(tables)} tables at snapshot {snapshot}")


def _package(name: str) -> Finding:
    return Finding(name, "ok", importlib.metadata.version(name))
