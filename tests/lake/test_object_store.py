"""The same promises on a disk and in a real MinIO: exclusive, whole, checked, told in words."""

import socket
import threading
import uuid
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.stub import Stubber

from assets.lake.objects import s3_objects
from assets.lake.objects.object_store import (
    LocalObjectStore,
    ObjectStore,
    ObjectStoreError,
    S3ObjectStore,
    object_store,
)
from assets.lake.objects.s3_objects import PART_BYTES, parts_of
from assets.lake.resource import LakeResource
from assets.lake.settings import Settings, SettingsError, load_settings
from orchestration.command_line import doctor

STORES = ["local", pytest.param("s3", marks=pytest.mark.services)]
# one that goes up in one piece, and one that takes two parts
SIZES = [1000, PART_BYTES + 1]


@pytest.fixture
def bucket(service_environment: dict[str, str]) -> S3ObjectStore:
    return S3ObjectStore(
        service_environment["TAPEWATCH_S3_BUCKET"],
        f"test-{uuid.uuid4().hex}",
        service_environment["TAPEWATCH_S3_ENDPOINT"],
        "us-east-1",
    )


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "s3":
        return request.getfixturevalue("bucket")
    return LocalObjectStore(tmp_path / "objects")


def file_of(folder: Path, size: int, byte: bytes = b"x") -> Path:
    path = folder / f"{byte.hex()}-{size}"
    path.write_bytes(byte * (size - 1) + b"!")
    return path


def test_a_report_is_replaced_and_nothing_else_is(store: ObjectStore, tmp_path: Path) -> None:
    key = "reports/daily/2026-11-30.html"
    for byte in (b"a", b"b"):
        store.replace(key, file_of(tmp_path, 100, byte))
        assert store.read(key) == byte * 99 + b"!"
    assert not store.put_new(key, file_of(tmp_path, 100))
    assert store.list("") == [key]


def unfinished_uploads(bucket: S3ObjectStore) -> list[str]:
    listed = bucket.client.list_multipart_uploads(Bucket=bucket.bucket, Prefix=bucket.prefix)  # pyright: ignore[reportAttributeAccessIssue]
    return [upload["Key"] for upload in listed.get("Uploads", [])]


@pytest.mark.parametrize("size", SIZES)
def test_what_was_put_is_read_and_a_second_one_changes_nothing(
    store: ObjectStore, tmp_path: Path, size: int
) -> None:
    assert not store.exists("a/b")
    assert store.put_new("a/b", file_of(tmp_path, size))
    assert not store.put_new("a/b", file_of(tmp_path, size, b"y"))
    assert store.exists("a/b")
    assert store.read("a/b") == file_of(tmp_path, size).read_bytes()
    assert store.list("a/") == ["a/b"]
    assert store.list("a/", after="a/b") == []
    assert store.folders("") == ["a/"]


def test_sizes_are_those_of_the_keys_with_a_prefix(store: ObjectStore, tmp_path: Path) -> None:
    for key, size in (("a/1", 3), ("a/b/2", 5), ("c/3", 7)):
        store.put_new(key, file_of(tmp_path, size))
    assert store.sizes("a/") == {"a/1": 3, "a/b/2": 5}


@pytest.mark.parametrize("size", SIZES)
def test_of_writers_that_race_for_a_key_one_wins(
    store: ObjectStore, tmp_path: Path, size: int
) -> None:
    files = [file_of(tmp_path, size, bytes([ord("a") + n])) for n in range(4)]
    with ThreadPoolExecutor(len(files)) as pool:
        won = list(pool.map(lambda file: store.put_new("race", file), files))
    assert won.count(True) == 1
    assert store.read("race") == files[won.index(True)].read_bytes()


@pytest.mark.parametrize("rows", [10, PART_BYTES // 8 + 1])
def test_metadata_comes_back_as_it_stands_in_the_object(
    store: ObjectStore, tmp_path: Path, rows: int
) -> None:
    table = pa.table({"n": pa.array(range(rows), pa.int64())})
    path = tmp_path / "object.parquet"
    with pq.ParquetWriter(path, table.schema, compression="none", use_dictionary=False) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({"last_offset": "9"})
    assert store.put_new("object.parquet", path, {"last_offset": "9"})
    assert store.metadata("object.parquet")["last_offset"] == "9"


def test_a_file_of_any_size_goes_up_in_no_more_parts_than_s3_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_objects, "PART_BYTES", 10)
    monkeypatch.setattr(s3_objects, "MOST_PARTS", 7)
    path = file_of(tmp_path, 1001)
    parts = list(parts_of(path))
    assert len(parts) == 7
    assert b"".join(parts) == path.read_bytes()


@pytest.mark.services
@pytest.mark.parametrize("size", SIZES)
def test_an_upload_that_does_not_agree_with_its_checksum_is_refused(
    bucket: S3ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(s3_objects, "encoded", lambda checksum: "AAAAAA==")
    with pytest.raises(ObjectStoreError, match=r"damaged.*nothing was stored"):
        bucket.put_new("damaged", file_of(tmp_path, size))
    assert not bucket.exists("damaged")
    assert unfinished_uploads(bucket) == []


@pytest.mark.services
def test_an_upload_whose_parts_do_not_make_the_whole_is_refused(
    bucket: S3ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part agrees with its own checksum, but one of them went up twice."""
    monkeypatch.setattr(s3_objects, "parts_of", lambda source: [b"x" * PART_BYTES, b"y"])
    # in that module alone: boto's own files are compressed, and checked the same way
    wrong = SimpleNamespace(
        crc32=lambda body, begun=None: zlib.crc32(body, begun or 0) + (begun is not None)
    )
    monkeypatch.setattr(s3_objects, "zlib", wrong)
    with pytest.raises(ObjectStoreError, match="damaged"):
        bucket.put_new("damaged", file_of(tmp_path, PART_BYTES + 1))
    assert not bucket.exists("damaged")
    assert unfinished_uploads(bucket) == []


class Wire:
    """A connection to a server that replaces bytes on their way, either way."""

    def __init__(self, address: tuple[str, int], wrong: tuple[bytes, bytes]) -> None:
        self._address, self._wrong = address, wrong
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listening.accept()
            except OSError:
                return
            there = socket.create_connection(self._address)
            for ends in ((here, there), (there, here)):
                threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while said := source.recv(1 << 20):
                target.sendall(said.replace(*self._wrong))
            target.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def damaging(bucket: S3ObjectStore) -> Iterator[Callable[[bytes, bytes], S3ObjectStore]]:
    """The same bucket behind a wire that makes one word of another."""
    assert bucket.endpoint is not None
    host, _, port = bucket.endpoint.removeprefix("http://").partition(":")
    wires: list[Wire] = []

    def behind(right: bytes, wrong: bytes) -> S3ObjectStore:
        wires.append(Wire((host, int(port)), (right, wrong)))
        return S3ObjectStore(
            bucket.bucket, bucket.prefix, f"http://127.0.0.1:{wires[-1].port}", "us-east-1"
        )

    yield behind
    for wire in wires:
        wire.close()


@pytest.mark.services
def test_what_the_wire_damages_on_its_way_up_is_refused(
    bucket: S3ObjectStore,
    damaging: Callable[[bytes, bytes], S3ObjectStore],
    tmp_path: Path,
) -> None:
    path = tmp_path / "trades"
    path.write_bytes(b"price 70000")
    with pytest.raises(ObjectStoreError, match="damaged"):
        damaging(b"price 7", b"price 9").put_new("price", path)
    assert not bucket.exists("price")


@pytest.mark.services
@pytest.mark.parametrize("size", [11, PART_BYTES + 11])
def test_what_the_wire_damages_on_its_way_down_is_not_believed(
    bucket: S3ObjectStore,
    damaging: Callable[[bytes, bytes], S3ObjectStore],
    tmp_path: Path,
    size: int,
) -> None:
    path = tmp_path / "trades"
    path.write_bytes(b"price 70000" + b"x" * (size - 11))
    assert bucket.put_new("price", path)
    with pytest.raises(ObjectStoreError, match="checksum"):
        damaging(b"price 7", b"price 9").read("price")


@pytest.mark.services
def test_versioning_is_held_to_the_setting_and_set_when_asked(
    service_environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"versioned-{uuid.uuid4().hex[:12]}"
    monkeypatch.setenv("TAPEWATCH_S3_BUCKET", name)
    monkeypatch.delenv("TAPEWATCH_CATALOG")
    wanting = load_settings(home=tmp_path, s3_versioning=True)
    store = S3ObjectStore(name, "", wanting.s3_endpoint, "us-east-1")
    store.client.create_bucket(Bucket=name)  # pyright: ignore[reportAttributeAccessIssue]

    def state(settings: Settings) -> tuple[str, str]:
        (found,) = [one for one in doctor.examine(settings) if one.subject == "versioning"]
        return found.state, found.detail

    assert state(load_settings(home=tmp_path)) == ("ok", f"off in bucket {name}")
    assert state(wanting)[0] == "failed"
    assert "doctor --apply" in state(wanting)[1]
    doctor.apply(wanting)
    assert state(wanting) == ("ok", f"on in bucket {name}")
    unwanting = load_settings(home=tmp_path, s3_versioning=False)
    assert state(unwanting)[0] == "failed"
    doctor.apply(unwanting)
    assert state(unwanting)[0] == "ok"


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("TAPEWATCH_S3_BUCKET", "TAPEWATCH_S3_ENDPOINT", "TAPEWATCH_CATALOG"):
        monkeypatch.delenv(name, raising=False)
    return load_settings(home=tmp_path)


@pytest.mark.slow
def test_there_is_no_versioning_to_apply_without_a_bucket(embedded: Settings) -> None:
    with pytest.raises(SettingsError, match="TAPEWATCH_S3_VERSIONING"):
        doctor.apply(embedded)
    assert "versioning" not in [one.subject for one in doctor.examine(embedded)]


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[S3ObjectStore, Stubber]]:
    """A store whose answers the test gives, for what no server can be made to say."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(s3_objects, "CONFLICT_WAITS_SECONDS", (0, 0))
    store = S3ObjectStore("bucket", "", "http://127.0.0.1:9", "us-east-1")
    with Stubber(store.client) as answers:
        yield store, answers
        answers.assert_no_pending_responses()


def conflict(answers: Stubber) -> None:
    answers.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)


def test_a_writer_that_is_told_of_a_conflict_asks_again(
    stubbed: tuple[S3ObjectStore, Stubber], tmp_path: Path
) -> None:
    store, answers = stubbed
    conflict(answers)
    answers.add_response("put_object", {})
    assert store.put_new("key", file_of(tmp_path, 10))
    conflict(answers)
    answers.add_client_error("put_object", "PreconditionFailed", http_status_code=412)
    assert not store.put_new("key", file_of(tmp_path, 10))


def test_a_conflict_that_does_not_end_is_no_key_that_is_taken(
    stubbed: tuple[S3ObjectStore, Stubber], tmp_path: Path
) -> None:
    store, answers = stubbed
    for _ in range(3):
        conflict(answers)
    with pytest.raises(ObjectStoreError, match="ConditionalRequestConflict"):
        store.put_new("key", file_of(tmp_path, 10))


def test_a_refusal_we_do_not_know_is_told_with_the_bucket(
    stubbed: tuple[S3ObjectStore, Stubber],
) -> None:
    store, answers = stubbed
    answers.add_client_error("get_object", "SlowDown", "Please reduce your request rate.")
    with pytest.raises(ObjectStoreError, match=r"bucket 'bucket'.*SlowDown.*reduce"):
        store.read("key")


def test_the_settings_choose_the_store(embedded: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(object_store(embedded), LocalObjectStore)
    monkeypatch.setenv("TAPEWATCH_S3_BUCKET", "bucket")
    store = object_store(load_settings())
    assert isinstance(store, S3ObjectStore)
    assert store.path("key") == "s3://bucket/key"


@pytest.mark.parametrize(
    ("code", "is_kept"), [("ExpiredToken", False), ("400", False), ("404", True)]
)
def test_where_credentials_are_refused_the_store_looks_for_them_again(
    code: str, is_kept: bool
) -> None:
    store = S3ObjectStore("bucket", endpoint="http://127.0.0.1:1", region="us-east-1")
    first = store.client
    with Stubber(first) as stubbed:
        stubbed.add_response("head_object", {"Metadata": {"rows": "1"}})
        stubbed.add_client_error("head_object", code)
        assert store.metadata("a/b") == {"rows": "1"}
        assert store.client is first
        with pytest.raises(ObjectStoreError):
            store.metadata("a/b")
    assert (store.client is first) is is_kept


def test_a_process_keeps_its_lake_while_the_settings_are_the_same(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = LakeResource().open()
    assert LakeResource().open() is kept
    assert kept.objects is kept.objects
    monkeypatch.setenv("TAPEWATCH_LOCK_TIMEOUT_SECONDS", "7")
    assert LakeResource().open().settings.lock_timeout_seconds == 7


def test_what_lies_at_the_root_of_a_folder_is_found(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    store = LocalObjectStore(tmp_path / "store")
    for key in ("top", "a/b"):
        assert store.put_new(key, source)
    assert store.list("") == ["a/b", "top"]
    assert store.list("t") == ["top"]
