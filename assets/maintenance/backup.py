"""Copy a home and its lake into a folder, as of one snapshot, and restore it from there.

A backup holds `objects/` (landed objects, data files, models, also where they lie in a bucket), the
catalog, and the other files of the home: Dagster's history, reports, fetches.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from assets.lake import LakeError, NoLakeError
from assets.lake.lake import Lake
from assets.lake.objects.object_store import LocalObjectStore, ObjectStore, ObjectStoreError
from assets.maintenance import catalog_copy

LABEL = "backup.json"
OBJECTS, SQLITE, POSTGRES = "objects", "catalog.sqlite", "catalog"
STORED = ("landing/", "lake/", "models/", "decisions/")
# what lies at the top of a home and is made again, or copied otherwise, or a home of its own
LEFT_OUT = {"scratch", "dbt", "logs", "services", "demo", "catalog.home", OBJECTS, SQLITE}
TRANSIENT = ("*.lock", "*.sock", "*-wal", "*-shm", "*-journal", "*.unfinished")
SQLITE_BEGINS = b"SQLite format 3\0"


@dataclass(frozen=True)
class Backup:
    """The label of a backup: the kind of its catalog, its last snapshot, what it holds."""

    catalog: str
    snapshot: int
    objects: int
    files: int
    missing: int
    """Data files that the catalog names and the lake had lost before."""


def back_up(lake: Lake, target: Path) -> Backup:
    """Copy the home into a new folder; a killed backup leaves no folder of that name.

    Readers do not wait; writers do while the catalog and what came last is copied.
    """
    settings = lake.settings
    target = target.expanduser().absolute()
    if target.exists():
        raise LakeError(f"{target} exists: name a new folder for the backup")
    if target.resolve().is_relative_to(settings.root):
        raise LakeError(f"{target} lies in the home itself: name a folder outside of it")
    if settings.catalog is None and not settings.catalog_file.exists():
        raise NoLakeError(f"there is no lake in {settings.root}, so there is nothing to back up")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{target.name}.unfinished-", dir=target.parent))
    try:
        store = LocalObjectStore(unfinished / OBJECTS)
        # most of it while writers go on: objects never change
        _copy_objects(lake.objects, store)
        with lake.lock():
            if settings.rebuild_marker.exists():
                raise LakeError(
                    f"the lake in {settings.root} is being rebuilt, or a rebuild was interrupted: "
                    "days are missing; back it up when `tapewatch rebuild` has ended"
                )
            snapshot, named = _copy_catalog(lake, unfinished)
            _copy_objects(lake.objects, store)
            files = _copy_files(settings.root, unfinished)
        folder = store.root / "lake"
        missing = [key for key, size in named.items() if not _has_size(folder / key, size)]
        kind = SQLITE if settings.catalog is None else POSTGRES
        made = Backup(kind, snapshot, len(store.list("")), files, len(missing))
        (unfinished / LABEL).write_text(json.dumps(asdict(made), indent=1))
        unfinished.chmod(0o755)
        unfinished.rename(target)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return made


def restore(lake: Lake, source: Path) -> Backup:
    """Restore a backup into an empty home, and into the bucket and database of the settings.

    The catalog comes last, so a restore that was interrupted has no lake and can be repeated.
    LakeError, and nothing is written, where the home has anything that the backup has not.
    """
    settings = lake.settings
    source = source.expanduser().absolute()
    if not (source / LABEL).is_file():
        raise LakeError(f"{source} is no backup of tapewatch: it has no {LABEL}")
    made = Backup(**json.loads((source / LABEL).read_text()))
    if made.catalog != (SQLITE if settings.catalog is None else POSTGRES):
        asked = "set TAPEWATCH_CATALOG" if settings.catalog is None else "unset TAPEWATCH_CATALOG"
        raise LakeError(f"the backup's catalog is of the other kind ({made.catalog}): {asked}")
    store = LocalObjectStore(source / OBJECTS)
    settings.root.mkdir(parents=True, exist_ok=True)
    with lake.lock():
        _refuse_data(lake, source, store)
        _copy_objects(store, lake.objects)
        for name in _files(source):
            if name.parts[0] not in {LABEL, POSTGRES}:
                (settings.root / name).parent.mkdir(parents=True, exist_ok=True)
                _place(source / name, settings.root / name)
        data_path = lake.objects.path("lake/").rstrip("/") + "/"
        if settings.catalog is not None:
            address = settings.catalog.get_secret_value()
            catalog_copy.restore_postgres(address, source / POSTGRES, data_path)
        else:
            with tempfile.TemporaryDirectory(dir=settings.root, prefix=".restore-") as folder:
                catalog = Path(folder) / SQLITE
                shutil.copyfile(source / SQLITE, catalog)
                catalog_copy.follow_objects(catalog, data_path)
                catalog.replace(settings.catalog_file)
    return made


def _refuse_data(lake: Lake, source: Path, store: LocalObjectStore) -> None:
    settings = lake.settings
    if settings.catalog is None:
        has_lake = settings.catalog_file.exists()
    else:
        has_lake = catalog_copy.has_tables(settings.catalog.get_secret_value())
    ours = {key for prefix in STORED for key in lake.objects.list(prefix)}
    others = sorted(ours - set(store.list("")))
    changed = [
        str(name)
        for name in _files(source)
        if (settings.root / name).is_file()
        and (settings.root / name).read_bytes() != (source / name).read_bytes()
    ]
    if has_lake or others or changed:
        held = "a lake" if has_lake else (others or changed)[0]
        raise LakeError(
            f"{settings.root} has data already ({held}): nothing was restored; set TAPEWATCH_HOME "
            "to a new folder, and bucket and catalog to empty ones"
        )


def _copy_catalog(lake: Lake, folder: Path) -> catalog_copy.Contents:
    settings = lake.settings
    if settings.catalog is not None:
        return catalog_copy.copy_postgres(settings.catalog.get_secret_value(), folder / POSTGRES)
    catalog_copy.copy_sqlite(settings.catalog_file, folder / SQLITE)
    return catalog_copy.contents_of_sqlite(folder / SQLITE)


def _copy_objects(source: ObjectStore, target: ObjectStore) -> None:
    for prefix in STORED:
        has = set(target.list(prefix))
        for key in source.list(prefix):
            if key in has:
                continue
            try:
                with _file(source, key) as path:
                    target.put_new(key, path, _metadata(path, key))
            except FileNotFoundError:
                # maintenance deletes files meanwhile; what a catalog names is compared at the end
                continue


@contextmanager
def _file(store: ObjectStore, key: str) -> Iterator[Path]:
    """An object as a file; FileNotFoundError if it has been deleted since it was listed."""
    if isinstance(store, LocalObjectStore):
        yield store.root / key
        return
    try:
        content = store.read(key)
    except ObjectStoreError as error:
        if error.code in {"404", "NoSuchKey"}:
            raise FileNotFoundError(key) from error
        raise
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "object"
        path.write_bytes(content)
        yield path


def _metadata(path: Path, key: str) -> dict[str, str]:
    """What a bucket repeats of a landed object's own metadata."""
    if not key.startswith("landing/"):
        return {}
    return LocalObjectStore(path.parent).metadata(path.name)


def _copy_files(root: Path, target: Path) -> int:
    names = [name for name in _files(root) if name.parts[0] not in LEFT_OUT]
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        _place(root / name, target / name)
    return len(names)


def _files(root: Path) -> list[Path]:
    """The files below a folder but for objects and catalog, relative to it."""
    return sorted(
        path.relative_to(root)
        for top in root.iterdir()
        if top.name not in LEFT_OUT
        for path in ([top] if top.is_file() else top.rglob("*"))
        if path.is_file() and not any(path.match(pattern) for pattern in TRANSIENT)
    )


def _place(source: Path, target: Path) -> None:
    """Copy a file, whole or not at all; a database as its own program would."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    with source.open("rb") as file:
        is_database = file.read(len(SQLITE_BEGINS)) == SQLITE_BEGINS
    if is_database:
        unfinished.unlink(missing_ok=True)
        catalog_copy.copy_sqlite(source, unfinished)
    else:
        shutil.copyfile(source, unfinished)
    unfinished.replace(target)


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size
