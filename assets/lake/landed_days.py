"""The first day that has landed: where the partitions begin."""

from datetime import date

import duckdb

from assets.lake import NoLakeError
from assets.lake.lake import Lake

LANDED = "landing/trades/"


def first_landed_day(lake: Lake) -> date | None:
    """The earliest day of landed trades, as their folders are named; None before any has landed.

    The objects of a stream name no day: of them those count that a run has read.
    """
    places = lake.objects.folders(LANDED)
    folders = [folder for place in places for folder in lake.objects.folders(place)]
    names = [folder.rstrip("/").rpartition("date=")[2] for folder in folders if "date=" in folder]
    days = [date.fromisoformat(name) for name in names if name[0].isdigit()]
    if any(place.startswith(f"{LANDED}topic=") for place in places):
        days += _read_of_streams(lake)
    return min(days, default=None)


def _read_of_streams(lake: Lake) -> list[date]:
    try:
        with lake.connect() as connection:
            rows = connection.execute("select min(trade_day) from lake.ops.landed_objects")
            return [day for (day,) in rows.fetchall() if day is not None]
    except (NoLakeError, duckdb.CatalogException):
        # no run has made the ledger yet
        return []
