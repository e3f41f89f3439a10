"""What has landed, since a cursor and by day."""

from datetime import date

import pytest

from assets.landing.reader import (
    landed_objects,
    new_objects,
    objects_for_days,
    objects_without_day,
)
from assets.landing.schema import COLUMNS_KEY

HEADER = "trade_id,timestamp,symbol,price,quantity,side\n"


def log(*days: str) -> str:
    return HEADER + "".join(f"{day},{day}T10:00:00,BTCUSDT,1,2,BUY\n" for day in days)


def test_a_cursor_gives_each_object_once(land, write, store):
    first = land(write("a.csv", log("2025-03-01", "2025-03-02")))
    found, cursor = new_objects(store, "trades", None)
    assert found == list(first.objects)
    assert new_objects(store, "trades", cursor) == ([], cursor)


def test_a_late_object_with_an_early_key_is_not_missed(land, write, store):
    land(write("a.csv", log("2025-03-02")), venue="kraken")
    _, cursor = new_objects(store, "trades")
    late = [
        *land(write("b.csv", log("2025-03-01")), venue="binance").objects,
        *land(
            write("c.csv", log("2025-03-02") + "2,2025-03-02T11:00:00,BTCUSDT,1,2,BUY\n"),
            venue="kraken",
        ).objects,
        *land(write("d.csv", log("2024-01-01")), venue="zaif").objects,
    ]
    found, cursor = new_objects(store, "trades", cursor)
    assert sorted(found) == sorted(late)
    assert new_objects(store, "trades", cursor)[0] == []


def test_a_cursor_does_not_depend_on_the_way_to_it(land, write, store):
    land(write("a.csv", log("2025-03-02")))
    _, step = new_objects(store, "trades")
    land(write("b.csv", log("2025-03-01")))
    assert new_objects(store, "trades", step)[1] == new_objects(store, "trades")[1]


def test_a_cursor_of_another_kind_is_refused(store):
    with pytest.raises(ValueError, match="unknown kind"):
        new_objects(store, "trades", "2025-03-01")


def test_the_object_of_all_columns_is_not_among_the_landed(land, write, store):
    land(write("a.csv", log("2025-03-01")))
    assert COLUMNS_KEY not in landed_objects(store, "trades")


def test_days_give_their_objects_of_all_venues(land, write, store):
    here = land(write("a.csv", log("2025-03-01", "2025-03-02")), venue="here")
    there = land(write("b.csv", log("2025-03-02", "2025-03-03")), venue="there")
    found = objects_for_days(store, "trades", [date(2025, 3, 2)])
    assert found == [here.objects[1], there.objects[0]]
    assert objects_for_days(store, "trades", []) == []


def test_rejected_rows_have_objects_of_their_own(land, write, store):
    report = land(write("a.csv", log("2025-03-01", "1999-03-01")))
    (unknown,) = objects_without_day(store, "trades")
    assert unknown in report.objects
    assert "/date=unknown/" in unknown


def test_an_empty_store_has_landed_nothing(store):
    assert new_objects(store, "trades") == ([], "1:")
    assert objects_for_days(store, "trades", [date(2025, 3, 1)]) == []
