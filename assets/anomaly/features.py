"""The features of the model of market behaviour: each once, with its words and what it counts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    """A column of `features.anomaly_inputs_5m` that the model learns from.

    Parameters
    ----------
    words
        What it measures, in the words of an alert.
    counted
        SQL that turns the feature, written `{}`, into what a person counts; the row of its inputs
        is `inputs`.
    unit
        Follows the number, with its blank.
    """

    name: str
    words: str
    counted: str
    unit: str = ""


def _exponential(baseline: str) -> str:
    """SQL that turns a robust score of a logarithm back into what was scored."""
    return f"exp(inputs.{baseline}_center + inputs.{baseline}_scale * {{}})"


# in the order that a stored model names them
FEATURES = (
    Feature("notional_z", "money traded", _exponential("notional")),
    Feature("trade_count_z", "trades", _exponential("trade_count")),
    Feature("mean_trade_z", "mean trade", _exponential("mean_trade")),
    Feature("largest_order_share", "largest order's share of the money", "100 * {}", " %"),
    Feature("return_volatilities", "price change", "{}", " volatilities"),
    Feature("range_volatilities", "price range", "{}", " volatilities"),
    Feature("return_1h_volatilities", "price change in the hour", "{}", " volatilities"),
    Feature("flow_imbalance_5m", "buyers' less sellers' money", "100 * {}", " %"),
    Feature("trade_imbalance_5m", "buyers' less sellers' trades", "100 * {}", " %"),
    Feature("flow_imbalance_1h", "buyers' less sellers' money in the hour", "100 * {}", " %"),
    Feature("rush_rate", "rush orders", "exp({}) - 0.5"),
    Feature("rush_share", "rush orders' share of the money", "100 * {}", " %"),
    Feature("matched_share", "matched opposite pairs' share of the money", "100 * {}", " %"),
    Feature("fills_per_order", "fills an order", "exp({})"),
)
FEATURE_NAMES = tuple(feature.name for feature in FEATURES)
# those that compare with the same time of the days before, which a young symbol has not
OF_TIME_OF_DAY = ("notional_z", "trade_count_z")
POOLED_NAMES = tuple(name for name in FEATURE_NAMES if name not in OF_TIME_OF_DAY)
