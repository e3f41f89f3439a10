"""SQL that says in words what is unusual about a window: each feature beside its usual range."""

from assets.anomaly.features import FEATURES, Feature

# the middle nine tenths of the earlier windows
USUAL = (0.05, 0.95)


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
    return f"'{words} ' || {value} || '{unit} against the usual ' || {low} || ' to ' || {high}"


def _number(expression: str) -> str:
    return (
        f"case when abs({expression}) >= 1000 then format('{{:,.0f}}', {expression}) "
        f"else format('{{:.3g}}', {expression}) end"
    )
