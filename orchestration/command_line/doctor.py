"""`tapewatch doctor`: check what is configured, reachable and missing."""

import importlib.metadata
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import duckdb
from duckdb import DuckDBPyConnection

from assets.delivery.outbox import Outbox
from assets.delivery.routes import FILE as ROUTES
from assets.delivery.routes import routes_of
from assets.detection.detector import detectors
from assets.detection.thresholds import FILE, thresholds_of
from assets.lake import LakeError
from assets.lake.connection import EXTENSIONS, load_extensions
from assets.lake.lake import Lake
from assets.lake.lock import CatalogError, LockTimeoutError
from assets.lake.objects.object_store import ObjectStoreError, S3ObjectStore, bucket_of
from assets.lake.settings import Settings, SettingsError
from assets.lake.tables import columns_of
from assets.maintenance import integrity
from assets.market.window import contiguous
from assets.risk.limits import FILE as LIMITS
from assets.risk.limits import limits_of
from orchestration.rebuild import interruption
from reports.numbers import plural

FAULTS_SHOWN = 5


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
        _look("thresholds", lambda: _thresholds(settings)),
        _look("limits", lambda: _limits(settings)),
        _look("delivery", lambda: _delivery(settings)),
        _look("extensions", lambda: _extensions()),
        _look("object store", lambda: _objects(lake)),
        *_versioning(settings),
        _look("catalog", lambda: _catalog(lake)),
        *_files(lake),
        *(Finding("rebuild", "failed", what) for what in interruption(settings)),
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
        SettingsError,
    ) as error:
        return Finding(subject, "failed", str(error).splitlines()[0])


def _free(settings: Settings) -> int:
    folder = settings.root
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free // 10**9


def _thresholds(settings: Settings) -> Finding:
    """Which detectors the home's own thresholds change."""
    file = settings.root / FILE
    # an error of one of them is this finding, whatever else is well
    named = {one.name for one in detectors()}
    changed = sorted(thresholds_of(file, named))
    return Finding("thresholds", "ok", f"{', '.join(changed)} by {file}" if changed else "shipped")


def _limits(settings: Settings) -> Finding:
    """How many limits the home sets."""
    count = len(limits_of(settings.root))
    return Finding("limits", "ok", f"{count} by {settings.root / LIMITS}" if count else "none")


def _delivery(settings: Settings) -> Finding:
    """Which routes messages take, and what a receiver has not taken."""
    from assets.delivery.channels import check

    routes = routes_of(settings.root)
    if not routes:
        return Finding("delivery", "missing", f"{settings.root / ROUTES} lists nobody to write to")
    for route in routes:
        check(route)
    if failing := Outbox.of(settings).failing():
        waits = f"{plural(len(failing), 'message')} not taken: {failing[0].error}"
        return Finding("delivery", "failed", f"{waits}; `tapewatch deliveries` lists them")
    return Finding("delivery", "ok", f"routes {', '.join(route.name for route in routes)}")


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


def _files(lake: Lake) -> list[Finding]:
    """Of a lake that can be opened: its data files, and the landed objects behind its rows."""
    try:
        with lake.connect() as connection:
            return [
                _look("data files", lambda: _data_files(lake, connection)),
                _look("landed objects", lambda: _landed(lake, connection)),
                _look("texts", lambda: _texts(connection)),
            ]
    except (LakeError, ObjectStoreError, duckdb.Error):
        return []  # the catalog's finding says why


def _data_files(lake: Lake, connection: DuckDBPyConnection) -> Finding:
    damages = integrity.damaged_data_files(lake, connection)
    current = [damage for damage in damages if damage.is_current]
    if current:
        return Finding("data files", "failed", f"{_listed(current)}: {integrity.REBUILD}")
    if damages:
        what = "of earlier snapshots, so alerts that were derived from them cannot be verified"
        return Finding("data files", "failed", f"{_listed(damages)}, {what}: {integrity.RESTORE}")
    return Finding("data files", "ok", "all are there and can be read to their end")


def _landed(lake: Lake, connection: DuckDBPyConnection) -> Finding:
    faults = [*integrity.vanished(lake, connection), *integrity.damaged_objects(lake, connection)]
    if faults:
        return Finding("landed objects", "failed", _listed(faults))
    return Finding("landed objects", "ok", "all are there and can be read to their end")


def _texts(connection: DuckDBPyConnection) -> Finding:
    stretches = contiguous(integrity.days_with_nul(connection))
    if not stretches:
        return Finding("texts", "ok", "no accepted trade holds a NUL")
    # the latest first: a run also measures the later days that look back on its own
    commands = [
        "tapewatch run " + " ".join(f"--date {day}" for day in stretch.days)
        for stretch in reversed(stretches)
    ]
    cure = ", then ".join(f"`{command}`" for command in commands)
    if len(commands) > FAULTS_SHOWN:
        cure = "`tapewatch rebuild --discard-lake`"
    what = "an earlier version accepted trades with a NUL in a text, which breaks runs"
    return Finding("texts", "failed", f"{what}: {cure} quarantines them")


def _listed(faults: Sequence[object]) -> str:
    further = len(faults) - FAULTS_SHOWN
    named = "; ".join(map(str, faults[:FAULTS_SHOWN]))
    return f"{named}; and {further:,} more" if further > 0 else named


def _package(name: str) -> Finding:
    return Finding(name, "ok", importlib.metadata.version(name))
