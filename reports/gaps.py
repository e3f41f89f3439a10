"""Where trades of a day are missing, by their ids, or none was made, by its minutes."""

from datetime import date, timedelta

from duckdb import DuckDBPyConnection

from reports.queries import Row, bounds, rows

SILENCE = timedelta(minutes=10)
"""The shortest time without a trade that counts as a silence."""


def silences(connection: DuckDBPyConnection, day: date) -> list[Row]:
    """By symbol of the day, or of the one before: minutes with a trade, and the silences.

    A silence ends with the day; of a day that is not over, whose completeness is not known, with
    the last minute in which any symbol traded. It begins with the day where the symbol traded in
    the 24 hours before.
    """
    return rows(
        connection,
        """
        with minutes as (
            select venue, symbol, cell_start_at as silent_until, cell_end_at as silent_from
            from lake.features.bars_1m
            where cell_start_at >= $start_at and cell_start_at < $end_at
        ),
        ends as (
            select if(
                exists (from lake.ops.completeness where trade_day = $day),
                $end_at::timestamp,
                max(silent_from)
            ) as last_until
            from minutes
        ),
        edges as (
            select venue, symbol, silent_until, silent_from, true as has_trade
            from minutes
            union all
            select distinct venue, symbol, null, $start_at::timestamp, false
            from lake.features.bars_1h
            where cell_start_at >= $start_at - interval 24 hours and cell_start_at < $start_at
        ),
        stretches as (
            select
                venue, symbol, silent_from, has_trade,
                coalesce(
                    lead(silent_until) over (
                        partition by venue, symbol order by silent_from, has_trade
                    ),
                    last_until
                ) as silent_until,
            from edges
            cross join ends
        )
        select
            venue, symbol,
            count(*) filter (where has_trade) as minutes_traded,
            count(*) filter (where silent_until - silent_from >= $silence) as silence_count,
            -- of equal ones the first: a struct orders by its fields
            max({
                'length': silent_until - silent_from,
                'until_midnight': $end_at::timestamp - silent_from,
                'silent_from': silent_from
            }) filter (where silent_until > silent_from) as longest
        from stretches
        group by venue, symbol
        order by venue, symbol
        """,
        dict(zip(("start_at", "end_at"), bounds(day), strict=True))
        | {"day": day, "silence": SILENCE},
    )


def id_holes(connection: DuckDBPyConnection, day: date) -> list[Row]:
    """Stretches of the day in which ids prove trades to be missing, the most missing first."""
    return rows(
        connection,
        """
        select venue, symbol, starts_at, ends_at, missing_id_count
        from lake.ops.id_holes
        where starts_at < ? and ends_at >= ? and trade_day between ?::date and ?::date + 1
        order by missing_id_count desc, venue, symbol, starts_at
        """,
        [bounds(day)[1], bounds(day)[0], day, day],
    )
