"""Immutable objects in a local folder or an S3 bucket, behind the same calls."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from assets.lake.objects.local_objects import LocalObjectStore
from assets.lake.objects.s3_errors import ObjectStoreError
from assets.lake.objects.s3_objects import S3ObjectStore
from assets.lake.settings import Settings

__all__ = ["LocalObjectStore", "ObjectStore", "ObjectStoreError", "S3ObjectStore", "object_store"]


class ObjectStore(Protocol):
    """Objects are created once and, but for reports, never changed; keys use forward slashes."""

    def put_new(self, key: str, source: Path, metadata: Mapping[str, str] | None = None) -> bool:
        """Store a file under a key; False, and nothing changed, if the key exists.

        This very call may have created it, if the answer to a first attempt was lost. `metadata`
        repeats the object's own Parquet metadata.
        """
        ...

    def replace(self, key: str, source: Path) -> None:
        """Store a file under a key, in place of what is there: for reports, and nothing else."""
        ...

    def folders(self, prefix: str) -> list[str]:
        """The folders right below a prefix; both end in a slash."""
        ...

    def list(self, prefix: str, after: str = "") -> list[str]:
        """Every key that starts with the prefix and sorts after `after`, in order."""
        ...

    def sizes(self, prefix: str) -> dict[str, int]:
        """The size in bytes of every key that starts with the prefix."""
        ...

    def metadata(self, key: str) -> dict[str, str]:
        """The metadata stored with an object; on a disk, its Parquet metadata."""
        ...

    def exists(self, key: str) -> bool: ...

    def read(self, key: str) -> bytes: ...

    def path(self, key: str) -> str:
        """The path that DuckDB reads the object from, or writes data files below."""
        ...


def object_store(settings: Settings) -> ObjectStore:
    """The object store of the settings."""
    return bucket_of(settings) or LocalObjectStore(settings.objects)


def bucket_of(settings: Settings) -> S3ObjectStore | None:
    """The bucket of the settings; None without one."""
    if settings.s3_bucket is None:
        return None
    return S3ObjectStore(
        settings.s3_bucket, settings.s3_prefix, settings.s3_endpoint, settings.s3_region
    )
