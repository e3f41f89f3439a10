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
    """Objects are created once and never changed; keys use forward slashes."""

    def put_new(self, key: str, source: Path, metadata: Mapping[str, str] | None = None) -> bool:
        """Store a file under a key; False, and nothing changed, if the key is taken.

        It may have been taken by this very call, where the answer to a first try was lost.
        `metadata` says of an object what its Parquet metadata says too.
        """
        ...

    def folders(self, prefix: str) -> list[str]:
        """The folders right below a prefix; both end in a slash."""
        ...

    def list(self, prefix: str, after: str = "") -> list[str]:
        """Every key that starts with the prefix and sorts behind `after`, in order."""
        ...

    def metadata(self, key: str) -> dict[str, str]:
        """What was stored with an object; on a disk, what stands in its Parquet metadata."""
        ...

    def exists(self, key: str) -> bool: ...

    def read(self, key: str) -> bytes: ...

    def path(self, key: str) -> str:
        """What DuckDB opens to read the object, and what it writes data files below."""
        ...


def object_store(settings: Settings) -> ObjectStore:
    """The store that the settings name."""
    return bucket_of(settings) or LocalObjectStore(settings.objects)


def bucket_of(settings: Settings) -> S3ObjectStore | None:
    """The bucket that the settings name; None where they name none."""
    if settings.s3_bucket is None:
        return None
    return S3ObjectStore(
        settings.s3_bucket, settings.s3_prefix, settings.s3_endpoint, settings.s3_region
    )
