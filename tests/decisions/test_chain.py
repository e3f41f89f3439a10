"""The chain of decisions: each lands once, in one order, and no change of one goes unseen."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assets.cases.chain import (
    FIRST_DIGEST,
    ChainError,
    Link,
    append,
    key_of,
    read_chain,
    verify_chain,
)
from assets.cases.decision import Decision, DecisionError, digest_of
from assets.lake.objects.local_objects import LocalObjectStore
from tests.decisions.decided import NOW, draft


@pytest.fixture
def store(tmp_path: Path) -> LocalObjectStore:
    return LocalObjectStore(tmp_path)


def land(store: LocalObjectStore, note: str, request_id: str = "", by: str = "ana") -> Decision:
    one = draft(note=note)
    return append(
        store, one, request_id=request_id or note, by=by, at=NOW, channel="page"
    )  # fmt: skip


def test_each_decision_names_the_object_before_it(store: LocalObjectStore) -> None:
    first, second = land(store, "one"), land(store, "two")

    assert (first.number, second.number) == (1, 2)
    assert first.previous_digest == FIRST_DIGEST
    assert second.previous_digest == first.digest == digest_of(store.read(key_of(1)))
    assert list(read_chain(store)) == [first, second]
    assert list(read_chain(store, Link(1, first.digest))) == [second]
    assert verify_chain(store, {}) == 2


def test_a_repeated_request_lands_once(store: LocalObjectStore) -> None:
    first = land(store, "one", request_id="r")
    land(store, "two")

    assert land(store, "one again", request_id="r") == first
    assert [one.note for one in read_chain(store)] == ["one", "two"]


def test_of_many_writers_at_once_each_lands_exactly_once(store: LocalObjectStore) -> None:
    notes = [f"note {number}" for number in range(60)]
    with ThreadPoolExecutor(8) as writers:
        landed = list(writers.map(lambda note: land(store, note), notes))

    chain = list(read_chain(store))
    assert sorted(landed, key=lambda one: one.number) == chain
    assert Counter(one.note for one in chain) == Counter(notes)
    assert verify_chain(store, {}) == len(notes)


def test_a_lost_answer_of_the_store_is_no_second_decision(
    store: LocalObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = store.put_new

    def lose_the_answer(key: str, source: Path) -> bool:
        put(key, source)
        return False

    monkeypatch.setattr(store, "put_new", lose_the_answer)
    decision = land(store, "one")
    assert list(read_chain(store)) == [decision]


def test_nobody_decides_nothing(store: LocalObjectStore) -> None:
    with pytest.raises(DecisionError, match="TAPEWATCH_USER"):
        land(store, "one", by=" ")
    assert store.list("decisions/") == []


@pytest.mark.parametrize("number", [1, 2])
def test_a_changed_object_is_named(store: LocalObjectStore, tmp_path: Path, number: int) -> None:
    for note in ("one", "two", "three"):
        land(store, note)
    path = tmp_path / key_of(number)
    path.write_bytes(path.read_bytes().replace(b"ana", b"eve"))

    with pytest.raises(ChainError, match=rf"{key_of(number + 1)} does not follow {key_of(number)}"):
        verify_chain(store, {})


def test_a_changed_last_object_is_named_by_what_the_lake_has_read(
    store: LocalObjectStore, tmp_path: Path
) -> None:
    digests = {one.number: one.digest for one in (land(store, "one"), land(store, "two"))}
    path = tmp_path / key_of(2)
    path.write_bytes(path.read_bytes().replace(b"ana", b"eve"))

    assert verify_chain(store, {}) == 2
    with pytest.raises(ChainError, match=rf"{key_of(2)} was changed"):
        verify_chain(store, digests)


def test_a_missing_object_is_named(store: LocalObjectStore, tmp_path: Path) -> None:
    digests = {one.number: one.digest for one in (land(store, n) for n in "abc")}
    (tmp_path / key_of(3)).unlink()
    with pytest.raises(ChainError, match=rf"{key_of(3)} is missing"):
        verify_chain(store, digests)

    (tmp_path / key_of(1)).unlink()
    with pytest.raises(ChainError, match=rf"{key_of(1)} is missing"):
        list(read_chain(store))
    # a new decision must not hide the hole
    with pytest.raises(ChainError, match=rf"{key_of(1)} is missing"):
        land(store, "d")


def test_a_damaged_object_is_named(store: LocalObjectStore, tmp_path: Path) -> None:
    land(store, "one")
    (tmp_path / key_of(1)).write_bytes(b"{")
    with pytest.raises(ChainError, match=rf"{key_of(1)} was damaged"):
        list(read_chain(store))


def test_a_field_of_a_later_version_does_not_break_the_chain(
    store: LocalObjectStore, tmp_path: Path
) -> None:
    land(store, "one")
    path = tmp_path / key_of(1)
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"four_eyes": True}))

    second = land(store, "two")
    assert second.previous_digest == digest_of(path.read_bytes())
    assert [one.note for one in read_chain(store)] == ["one", "two"]
