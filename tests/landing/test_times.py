"""Times that came as text."""

from datetime import datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.landing.files.times import NO_TIME, from_microseconds, latest_allowed, read_times

AUGUST = datetime(2024, 8, 9, 1, 2, 3)


def read(*texts: str | None) -> list[datetime | None]:
    micros = read_times(pa.chunked_array([pa.array(texts, pa.string())])).tolist()
    return [None if value == NO_TIME else from_microseconds(value) for value in micros]


@pytest.mark.parametrize(
    "text",
    [
        "1723165323",
        "1723165323000",
        "1723165323000000",
        "1723165323000000000",
        "1723165323.0",
        "1723165323000.0",
        "1.723165323e12",
        "2024-08-09T01:02:03",
        "2024-08-09 01:02:03",
        "2024-08-09T01:02:03.000",
        "2024-08-09T01:02:03.000000",
        "2024-08-09T01:02:03.000000000",
        "2024-08-09T01:02:03Z",
        "2024-08-09T01:02:03.000Z",
        "2024-08-09 01:02:03+00:00",
        "2024-08-09 01:02:03.000000 +0000",
        "2024-08-09T03:02:03+02:00",
        "2024-08-09T03:02:03+0200",
        "2024-08-08T20:02:03-05",
        " 2024-08-09 01:02:03 ",
    ],
)
def test_a_time_in_any_usual_writing_is_the_same_instant(text):
    assert read(text) == [AUGUST]
    assert read(text, "no time") == [AUGUST, None]
    assert read(None, text, "1723165323") == [None, AUGUST, AUGUST]


def test_a_date_is_its_midnight():
    assert read("2024-08-09") == [datetime(2024, 8, 9)]


@pytest.mark.parametrize(
    "text",
    ["", " ", "nan", "inf", "-inf", "infinity", "09/08/2024 10:00", "12:00", "2024-02-30", "1e30"],
)
def test_what_is_no_time_is_null(text):
    assert read(text) == [None]
    assert read("2024-08-09T01:02:03", text) == [AUGUST, None]


def test_nothing_but_nulls_is_no_time():
    assert read(None, None) == [None, None]
    assert read() == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.datetimes(datetime(2010, 1, 1), datetime(2100, 1, 1)), min_size=1, max_size=9))
def test_iso_and_counts_are_exact_to_the_microsecond(instants):
    iso = [instant.isoformat() for instant in instants]
    counts = [
        str(round((instant - datetime(1970, 1, 1)).total_seconds() * 1e6)) for instant in instants
    ]
    assert read(*iso) == instants
    assert read(*(f"{text}Z" for text in iso)) == instants
    assert read(*counts) == instants
    assert read(*iso, "no time") == [*instants, None]


def test_tomorrow_ends_with_the_day_after_today():
    assert latest_allowed(datetime(2025, 6, 1, 23, 59)) == datetime(2025, 6, 3)
    local = datetime.fromisoformat("2025-06-01T23:59:00-05:00")
    assert latest_allowed(local) == datetime(2025, 6, 4)
