"""The days in the objects of a stream: from the lake's ledger or the objects, not from keys."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from assets.lake.lake import Lake
from assets.landing.kafka.objects import is_kafka_key
from assets.landing.reader import landed_objects
from assets.landing.schema import TRADES

StreamDays = dict[str, frozenset[date]]


def stream_days(lake: Lake) -> StreamDays:
    """The UTC days of the valid trades of each object from Kafka; empty if all are bad.

    For objects that no run has read yet these are the days between their least and greatest time,
    from the objects' metadata: one query, one small read per object.
    """
    keys = [key for key in landed_objects(lake.objects, TRADES) if is_kafka_key(key)]
    if not keys:
        return {}
    known = _known_days(lake)
    unknown = [key for key in keys if key not in known]
    found = known | _days_in_metadata(lake, unknown)
    return {key: found.get(key, frozenset()) for key in keys}


def stream_objects_for_days(stream: StreamDays, days: Collection[date]) -> list[str]:
    """The keys of the objects that may have rows of the days, or that have bad rows only."""
    wanted = frozenset(days)
    return [key for key, days_of in stream.items() if not days_of or days_of & wanted]


def _known_days(lake: Lake) -> StreamDays:
    with lake.connect() as connection:
        rows = connection.execute(
            """
            select object, list(trade_day) filter (trade_day is not null)
            from lake.ops.landed_objects
            where object like 'landing/trades/topic=%'
            group by object
            """
        ).fetchall()
    return {key: frozenset(days or ()) for key, days in rows}


def _days_in_metadata(lake: Lake, keys: list[str]) -> StreamDays:
    if not keys:
        return {}
    by_path = {lake.objects.path(key): key for key in keys}
    with lake.reader() as connection:
        rows = connection.execute(
            """
            select
                file_name,
                any_value(value::varchar) filter (key::varchar = 'least_traded_at'),
                any_value(value::varchar) filter (key::varchar = 'greatest_traded_at'),
            from parquet_kv_metadata(?)
            group by file_name
            """,
            [list(by_path)],
        ).fetchall()
    return {by_path[path]: _days_between(least, greatest) for path, least, greatest in rows}


def _days_between(least: str | None, greatest: str | None) -> frozenset[date]:
    if least is None or greatest is None:
        return frozenset()
    first, last = datetime.fromisoformat(least).date(), datetime.fromisoformat(greatest).date()
    return frozenset(first + timedelta(days=n) for n in range((last - first).days + 1))
