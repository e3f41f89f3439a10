"""SQL that says in words what is unusual about a window: each feature beside its usual range."""

from duckdb import DuckDBPyRelation

from assets.anomaly.features import FEATURES, Feature

# the middle nine tenths of the earlier windows
USUAL = (0.05, 0.95)
# a model calibrates on the later slice of its fourteen days: six of them, if all are there
MAX_CALIBRATION_WINDOWS = 6 * 288
FEATURES_NAMED = 5


def explained(windows: DuckDBPyRelation, anomaly_inputs_5m: DuckDBPyRelation) -> DuckDBPyRelation:
    """Add to scored windows what was unusual about them, in words.

    `windows` have venue, symbol, cell_start_at, trade_day, p_value and contributions (JSON); the
    result has `inputs` (the window's row of features), `rarity` and `most_telling` beside them.
    """
    return windows.query(
        "unread",
        f"""
        with measured as (
            select windows.*, inputs
            from windows
            inner join anomaly_inputs_5m as inputs using (venue, symbol, cell_start_at)
        ),

        usual_ranges as (
            select days.venue, days.symbol, days.trade_day, {usual_ranges()}
            from (select distinct venue, symbol, trade_day from windows) as days
            inner join anomaly_inputs_5m as past
                on
                    past.venue = days.venue
                    and past.symbol = days.symbol
                    and past.trade_day >= days.trade_day - 14
                    and past.trade_day < days.trade_day
            group by days.venue, days.symbol, days.trade_day
        )

        select
            measured.*,
            {rarity("p_value")} as rarity,
            {strongest(FEATURES_NAMED)} as most_telling,
        from measured
        left join usual_ranges as usual using (venue, symbol, trade_day)
        """,
    )


def rarity(p_value: str) -> str:
    """Build SQL for how rare a window is in words: counted, or farther out than any that was."""
    return f"""
        if(
            {p_value} * ({MAX_CALIBRATION_WINDOWS} + 1) < 1,
            'farther from the usual than any five minutes of the days that it learned from',
            'of the days that it learned from, about one in '
            || format('{{:,.0f}}', 1 / {p_value}) || ' stretches of five minutes is as unusual'
        )
    """


def usual_ranges() -> str:
    """Build SQL columns that aggregate each feature to the ends of its usual range."""
    return ", ".join(
        f"quantile_disc({feature.name}, {list(USUAL)}) as {feature.name}" for feature in FEATURES
    )


def strongest(count: int) -> str:
    """Build SQL for the parts that add most to the distance, largest first, joined by semicolons.

    The row holds the features as `inputs`, their usual ranges as `usual` and the contributions as
    the JSON object `contributions`.
    """
    parts = ", ".join(
        f"{{'part': (contributions ->> '{feature.name}')::double, 'words': {_words(feature)}}}"
        for feature in FEATURES
    )
    # ties cannot be: of equal parts the later name comes first
    return f"""
        array_to_string(
            list_transform(
                list_sort(
                    list_filter([{parts}], lambda one: one.part > 0 and one.words is not null),
                    'desc'
                )[1:{count}],
                lambda one: one.words
            ),
            '; '
        )
    """


def _words(feature: Feature) -> str:
    value, low, high = (
        _number(feature.counted.format(f"({column})"))
        for column in (
            f"inputs.{feature.name}",
            f"usual.{feature.name}[1]",
            f"usual.{feature.name}[2]",
        )
    )
    words, unit = feature.words.replace("'", "''"), feature.unit
    # a symbol's first day has no usual range
    usual = f"' against the usual ' || {low} || ' to ' || {high}"
    return f"'{words} ' || {value} || '{unit}' || coalesce({usual}, '')"


def _number(expression: str) -> str:
    return (
        f"case when abs({expression}) >= 1000 then format('{{:,.0f}}', {expression}) "
        f"else format('{{:.3g}}', {expression}) end"
    )
