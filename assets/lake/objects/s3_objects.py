"""Objects in a bucket of S3 or MinIO; credentials by the standard chain."""

import base64
import logging
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from assets.lake.objects.s3_errors import REFUSED, ObjectStoreError, explained

if TYPE_CHECKING:
    from botocore.client import BaseClient

# a larger object is uploaded in parts of this size, one after another: one part is in memory
PART_BYTES = 16 << 20
# S3's own limit
MOST_PARTS = 10_000
# while two writers race for a key S3 may refuse both, and expects a retry
CONFLICT_WAITS_SECONDS = (0.1, 0.5, 2.0, 5.0)
CONNECT_TIMEOUT_SECONDS = 10

TAKEN, CONFLICT = "PreconditionFailed", "ConditionalRequestConflict"
ABSENT = {"404", "NoSuchKey"}
# the code of a HEAD with an expired token: its answer has no body
HEAD_REFUSED = "400"

# a browser shows a report that is opened from the bucket, and does not save it
CONTENT_TYPES = {".html": "text/html; charset=utf-8", ".csv": "text/csv; charset=utf-8"}

log = logging.getLogger("tapewatch.objects")

Answer = TypeVar("Answer")


class S3ObjectStore:
    """Objects in a bucket of S3 or MinIO, each checked by the store against its CRC32."""

    def __init__(
        self, bucket: str, prefix: str = "", endpoint: str | None = None, region: str | None = None
    ) -> None:
        self.bucket = bucket
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self.endpoint = endpoint
        self.region = region

    @cached_property
    def client(self) -> "BaseClient":
        import boto3
        from botocore.config import Config

        style: Any = {"addressing_style": "path"} if self.endpoint else None
        config = Config(
            s3=style,
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            retries={"mode": "standard", "max_attempts": 5},
        )
        # a session of its own, as for the lake: boto's default one caches the first credentials
        # found
        return boto3.Session().client(
            "s3", endpoint_url=self.endpoint, region_name=self.region, config=config
        )

    def put_new(self, key: str, source: Path, metadata: Mapping[str, str] | None = None) -> bool:
        for wait in (*CONFLICT_WAITS_SECONDS, None):
            try:
                self._create(self.prefix + key, source, dict(metadata or {}))
            except ObjectStoreError as error:
                if error.code == TAKEN:
                    return False
                if error.code != CONFLICT or wait is None:
                    raise
                time.sleep(wait)
            else:
                return True
        raise AssertionError("unreachable")

    def replace(self, key: str, source: Path) -> None:
        body = source.read_bytes()
        self._call(
            "put_object",
            Key=self.prefix + key,
            Body=body,
            ChecksumCRC32=encoded(zlib.crc32(body)),
            ContentType=CONTENT_TYPES.get(Path(key).suffix, "application/octet-stream"),
        )

    def _create(self, key: str, source: Path, metadata: dict[str, str]) -> None:
        if source.stat().st_size > PART_BYTES:
            self._create_in_parts(key, source, metadata)
            return
        body = source.read_bytes()
        self._call(
            "put_object",
            Key=key,
            Body=body,
            ChecksumCRC32=encoded(zlib.crc32(body)),
            IfNoneMatch="*",
            Metadata=metadata,
        )

    def _create_in_parts(self, key: str, source: Path, metadata: dict[str, str]) -> None:
        # CRC32, because S3 can check it over the whole object too; SHA256 only part by part
        upload = self._call(
            "create_multipart_upload",
            Key=key,
            ChecksumAlgorithm="CRC32",
            ChecksumType="FULL_OBJECT",
            Metadata=metadata,
        )
        place = {"Key": key, "UploadId": upload["UploadId"]}
        try:
            self._upload_parts(place, source)
        except BaseException:
            self._abandon(place)
            raise

    def _upload_parts(self, place: dict[str, str], source: Path) -> None:
        parts: list[dict[str, Any]] = []
        whole = 0
        for number, body in enumerate(parts_of(source), start=1):
            checksum = encoded(zlib.crc32(body))
            whole = zlib.crc32(body, whole)
            answer = self._call(
                "upload_part", **place, PartNumber=number, Body=body, ChecksumCRC32=checksum
            )
            parts.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumCRC32": checksum})
        self._call(
            "complete_multipart_upload",
            **place,
            MultipartUpload={"Parts": parts},
            ChecksumCRC32=encoded(whole),
            ChecksumType="FULL_OBJECT",
            IfNoneMatch="*",
        )

    def _abandon(self, place: dict[str, str]) -> None:
        try:
            self._call("abort_multipart_upload", **place)
        except ObjectStoreError as error:
            # raise the original error; parts that remain cost money, not correctness
            log.warning(
                "parts of an unfinished upload of %s remain (%s): a lifecycle rule of the bucket "
                "(AbortIncompleteMultipartUpload) deletes them",
                place["Key"],
                error,
            )

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

    def sizes(self, prefix: str) -> dict[str, int]:
        return {
            item["Key"].removeprefix(self.prefix): item["Size"]
            for page in self._pages(prefix)
            for item in page.get("Contents", [])
        }

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
        try:
            self._call("head_object", Key=self.prefix + key)
        except ObjectStoreError as error:
            if error.code in ABSENT:
                return False
            raise
        return True

    def read(self, key: str) -> bytes:
        answer = self._call("get_object", Key=self.prefix + key)
        # boto raises here if the content does not match the checksum
        return self._ask("get_object", answer["Body"].read)

    def path(self, key: str) -> str:
        return f"s3://{self.bucket}/{self.prefix}{key}"

    def has_versioning(self) -> bool:
        """Whether the bucket retains deleted objects as noncurrent versions."""
        return self._call("get_bucket_versioning").get("Status") == "Enabled"

    def set_versioning(self, on: bool) -> None:
        """Switch the bucket's versioning on, or suspend it."""
        status = "Enabled" if on else "Suspended"
        self._call("put_bucket_versioning", VersioningConfiguration={"Status": status})

    def _call(self, operation: str, **arguments: Any) -> Any:
        return self._ask(
            operation, lambda: getattr(self.client, operation)(Bucket=self.bucket, **arguments)
        )

    def _ask(self, operation: str, call: Callable[[], Answer]) -> Answer:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return call()
        except (BotoCoreError, ClientError) as error:
            raised = error
        # outside of the handler: boto's errors may hold keys and tokens, and go with no chain
        where = f"bucket {self.bucket!r} at {self.endpoint or 'AWS'}"
        problem = explained(raised, operation, where)
        if problem.code in {"", HEAD_REFUSED, *REFUSED}:
            # credentials may have changed since the client was created: the next call reads them
            # again
            self.__dict__.pop("client", None)
        raise problem


def parts_of(source: Path) -> Iterator[bytes]:
    """The file in parts of equal size, at most as many as S3 accepts."""
    size = max(PART_BYTES, -(-source.stat().st_size // MOST_PARTS))
    with source.open("rb") as file:
        while body := file.read(size):
            yield body


def encoded(checksum: int) -> str:
    """A CRC32 as S3 writes it: base64 of its four bytes."""
    return base64.b64encode(checksum.to_bytes(4, "big")).decode()
