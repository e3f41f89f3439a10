"""Objects as files below a folder."""

import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path


class LocalObjectStore:
    """Objects as files below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put_new(self, key: str, source: Path, metadata: Mapping[str, str] | None = None) -> bool:
        target = self.root / key
        target.parent.mkdir(parents=True, exist_ok=True)
        # a hidden temporary file first, so that a kill leaves no partial object under a real name;
        # a hard link then creates the object exclusively and atomically
        unfinished = target.parent / f".{target.name}.{uuid.uuid4().hex}"
        try:
            shutil.copyfile(source, unfinished)
            os.link(unfinished, target)
        except FileExistsError:
            return False
        finally:
            unfinished.unlink(missing_ok=True)
        return True

    def replace(self, key: str, source: Path) -> None:
        target = self.root / key
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.parent / f".{target.name}.{uuid.uuid4().hex}"
        try:
            shutil.copyfile(source, unfinished)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)

    def folders(self, prefix: str) -> list[str]:
        folder = self.root / prefix
        if not folder.is_dir():
            return []
        return sorted(f"{prefix}{found.name}/" for found in folder.iterdir() if found.is_dir())

    def list(self, prefix: str, after: str = "") -> list[str]:
        folder = self.root / prefix.rpartition("/")[0]
        keys = self._keys(folder)
        return sorted(key for key in keys if key.startswith(prefix) and key > after)

    def sizes(self, prefix: str) -> dict[str, int]:
        return {key: (self.root / key).stat().st_size for key in self.list(prefix)}

    def metadata(self, key: str) -> dict[str, str]:
        import pyarrow.parquet as pq

        stored = pq.read_metadata(self.root / key).metadata or {}
        return {name.decode(): value.decode() for name, value in stored.items()}

    def _keys(self, folder: Path) -> Iterator[str]:
        start = len(f"{self.root}/")
        for parent, _, names in os.walk(folder):
            # as text: a partition of a stream has tens of thousands of objects
            yield from (f"{parent}/{name}"[start:] for name in names if not name.startswith("."))

    def exists(self, key: str) -> bool:
        return (self.root / key).is_file()

    def read(self, key: str) -> bytes:
        return (self.root / key).read_bytes()

    def path(self, key: str) -> str:
        return str(self.root / key)
