"""Immutable objects in a local folder or an S3 bucket, behind the same five calls."""

import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from orchestration.settings import Settings

if TYPE_CHECKING:
    from botocore.client import BaseClient

# what S3 answers to a conditional PUT whose key exists, or is being created by another
TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}


class ObjectStoreError(Exception):
    """The store cannot be reached or refuses; the message says which bucket and what to do."""


class ObjectStore(Protocol):
    """Objects are created once and never changed; keys use forward slashes."""

    def put_new(self, key: str, source: Path, metadata: Mapping[str, str] | None = None) -> bool:
        """Store a file under a key; False, and nothing changed, if the key is taken.

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


class LocalObjectStore:
    """Objects as files below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put_new(self, key: str, source: Path, metadata: Mapping[str, str] | None = None) -> bool:
        target = self.root / key
        target.parent.mkdir(parents=True, exist_ok=True)
        # a hidden neighbour first, so that a kill leaves no half object under a real name;
        # a hard link then creates exclusively and at once
        unfinished = target.parent / f".{target.name}.{uuid.uuid4().hex}"
        try:
            shutil.copyfile(source, unfinished)
            os.link(unfinished, target)
        except FileExistsError:
            return False
        finally:
            unfinished.unlink(missing_ok=True)
        return True

    def folders(self, prefix: str) -> list[str]:
        folder = self.root / prefix
        if not folder.is_dir():
            return []
        return sorted(f"{prefix}{found.name}/" for found in folder.iterdir() if found.is_dir())

    def list(self, prefix: str, after: str = "") -> list[str]:
        folder = self.root / prefix.rpartition("/")[0]
        keys = self._keys(folder)
        return sorted(key for key in keys if key.startswith(prefix) and key > after)

    def metadata(self, key: str) -> dict[str, str]:
        import pyarrow.parquet as pq

        stored = pq.read_metadata(self.root / key).metadata or {}
        return {name.decode(): value.decode() for name, value in stored.items()}

    def _keys(self, folder: Path) -> Iterator[str]:
        for parent, _, names in os.walk(folder):
            for name in names:
                if not name.startswith("."):
                    yield (Path(parent) / name).relative_to(self.root).as_posix()

    def exists(self, key: str) -> bool:
        return (self.root / key).is_file()

    def read(self, key: str) -> bytes:
        return (self.root / key).read_bytes()

    def path(self, key: str) -> str:
        return str(self.root / key)


class S3ObjectStore:
    """Objects in a bucket of S3 or MinIO; credentials by the standard chain."""

    def __init__(
        self, bucket: str, prefix: str = "", endpoint: str | None = None, region: str | None = None
    ) -> None:
        self.bucket = bucket
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self.endpoint = endpoint
        self.region = region

    @property
    def client(self) -> "BaseClient":
        import boto3
        from botocore.config import Config

        if not hasattr(self, "_client"):
            style: Any = {"addressing_style": "path"} if self.endpoint else None
            config = Config(s3=style, retries={"mode": "standard", "max_attempts": 5})
            self._client = boto3.client(
                "s3", endpoint_url=self.endpoint, region_name=self.region, config=config
            )
        return self._client

    def _call(self, operation: str, **arguments: Any) -> Any:
        from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

        where = f"bucket {self.bucket!r} at {self.endpoint or 'AWS'}"
        try:
            return getattr(self.client, operation)(Bucket=self.bucket, **arguments)
        except NoCredentialsError:
            raise ObjectStoreError(
                f"no credentials for {where}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                "or a profile or role of the standard chain"
            ) from None
        except EndpointConnectionError:
            raise ObjectStoreError(
                f"cannot reach {where}: is the server up and TAPEWATCH_S3_ENDPOINT right?"
            ) from None
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "NoSuchBucket":
                raise ObjectStoreError(
                    f"there is no {where}: create it, or mend TAPEWATCH_S3_BUCKET"
                ) from None
            if code in {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "403"}:
                raise ObjectStoreError(
                    f"{where} refuses the credentials ({code}): check AWS_ACCESS_KEY_ID, "
                    "AWS_SECRET_ACCESS_KEY and the bucket's policy"
                ) from None
            raise

    def put_new(self, key: str, source: Path, metadata: Mapping[str, str] | None = None) -> bool:
        from botocore.exceptions import ClientError

        try:
            with source.open("rb") as body:
                self._call(
                    "put_object",
                    Key=self.prefix + key,
                    Body=body,
                    IfNoneMatch="*",
                    Metadata=dict(metadata or {}),
                )
        except ClientError as error:
            if error.response["Error"]["Code"] in TAKEN:
                return False
            raise
        return True

    def folders(self, prefix: str) -> list[str]:
        return [
            folder["Prefix"].removeprefix(self.prefix)
            for page in self._pages(prefix, Delimiter="/")
            for folder in page.get("CommonPrefixes", [])
        ]

    def list(self, prefix: str, after: str = "") -> list[str]:
        start = {"StartAfter": self.prefix + after} if after else {}
        return [
            item["Key"].removeprefix(self.prefix)
            for page in self._pages(prefix, **start)
            for item in page.get("Contents", [])
        ]

    def _pages(self, prefix: str, **how: str) -> Iterator[Any]:
        token: dict[str, str] = {}
        while True:
            page = self._call("list_objects_v2", Prefix=self.prefix + prefix, **how, **token)
            yield page
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def metadata(self, key: str) -> dict[str, str]:
        return self._call("head_object", Key=self.prefix + key)["Metadata"]

    def exists(self, key: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            self._call("head_object", Key=self.prefix + key)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
                return False
            raise
        return True

    def read(self, key: str) -> bytes:
        return self._call("get_object", Key=self.prefix + key)["Body"].read()

    def path(self, key: str) -> str:
        return f"s3://{self.bucket}/{self.prefix}{key}"


def object_store(settings: Settings) -> ObjectStore:
    """The store that the settings name."""
    if settings.s3_bucket is None:
        return LocalObjectStore(settings.objects)
    return S3ObjectStore(
        settings.s3_bucket, settings.s3_prefix, settings.s3_endpoint, settings.s3_region
    )
