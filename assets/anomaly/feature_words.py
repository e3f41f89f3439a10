"""What was odd about a window, in words: each measure beside its own symbol's usual range."""

from dataclasses import dataclass

# the middle nine tenths of the earlier windows
USUAL = (0.05, 0.95)


@dataclass(frozen=True)
class Measure:
    """How a feature of the model is told.

    Parameters
    ----------
    natural
        SQL that turns the feature, written `{}`, into what a person counts in.
    unit
        Follows the number, with its blank.
    """

    feature: str
    words: str
    natural: str
    unit: str = ""


def _natural(name: str) -> str:
    """SQL that turns a robust score back into what was scored, on the scale of the cell itself."""
    return f"exp(inputs.{name}_center + inputs.{name}_scale * {{}})"


MEASURES = (
    Measure("notional_z", "money traded", _natural("notional")),
    Measure("trade_count_z", "trades", _natural("trade_count")),
    Measure("mean_trade_z", "mean trade", _natural("mean_trade")),
    Measure("largest_order_share", "largest order's share of the money", "100 * {}", " %"),
    Measure("return_volatilities", "price change", "{}", " volatilities"),
    Measure("range_volatilities", "price range", "{}", " volatilities"),
    Measure("return_1h_volatilities", "price change in the hour", "{}", " volatilities"),
    Measure("flow_imbalance_5m", "buyers' less sellers' money", "100 * {}", " %"),
    Measure("trade_imbalance_5m", "buyers' less sellers' trades", "100 * {}", " %"),
    Measure("flow_imbalance_1h", "buyers' less sellers' money in the hour", "100 * {}", " %"),
    Measure("rush_rate", "rush orders", "exp({}) - 0.5"),
    Measure("rush_share", "rush orders' share of the money", "100 * {}", " %"),
    Measure("matched_share", "matched opposite pairs' share of the money", "100 * {}", " %"),
    Measure("fills_per_order", "fills an order", "exp({})"),
)


def usual_ranges() -> str:
    """Build SQL columns that aggregate each feature to the ends of its usual range."""
    return ", ".join(
        f"quantile_disc({measure.feature}, {list(USUAL)}) as {measure.feature}"
        for measure in MEASURES
    )


def strongest(count: int) -> str:
    """Build SQL for the parts that add most to the distance, largest first, joined by semicolons.

    The row holds the features as `inputs`, their usual ranges as `usual` and the contributions as
    the JSON object `contributions`.
    """
    told = ", ".join(
        f"{{'part': (contributions ->> '{measure.feature}')::double, 'words': {_words(measure)}}}"
        for measure in MEASURES
    )
    # ties cannot be: of equal parts the later name comes first
    return f"""
        array_to_string(
            list_transform(
                list_sort(
                    list_filter([{told}], lambda one: one.part > 0 and one.words is not null),
                    'desc'
                )[1:{count}],
                lambda one: one.words
            ),
            '; '
        )
    """


def _words(measure: Measure) -> str:
    name = measure.feature
    value, low, high = (
        _number(measure.natural.format(f"({column})"))
        for column in (f"inputs.{name}", f"usual.{name}[1]", f"usual.{name}[2]")
    )
    words, unit = measure.words.replace("'", "''"), measure.unit
    return f"'{words} ' || {value} || '{unit} against the usual ' || {low} || ' to ' || {high}"


def _number(expression: str) -> str:
    return (
        f"case when abs({expression}) >= 1000 then format('{{:,.0f}}', {expression}) "
        f"else format('{{:.3g}}', {expression}) end"
    )
