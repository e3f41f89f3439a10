"""Names of measured values in plain words, where the name of the code is not plain."""

from reports.numbers import plain

NOT_LISTED = {
    # shown elsewhere
    *("trades", "contributions", "threshold", "p_value"),
    # the description says them
    *("rarity", "most_telling"),
    # the inverse of the p-value, which a reader would mistake for a count
    "usual_once_in_windows",
    # numbers of the method, which `explain` prints; the report has the counts and the money that
    # they are made of
    *("surprise_nats", "skewness", "log_notional_median", "log_notional_mad", "tail_exponent"),
    *("notional_score", "count_score"),
}
WORDS = {
    "baseline_minutes": "minutes that say what is usual",
    "baseline_cells": "stretches that say what is usual",
    "baseline_days": "days that say what is usual",
    "deviation": "standard deviation of what chance matches",
    "expected_buyer_orders": "orders to buy that are usual",
    "expected_days": "days to one so large, by the tail",
    "expected_matched_share": "quantity that chance matches",
    "expected_opposite_pair_quantity": "quantity of such pairs by chance",
    "expected_orders": "orders that are usual",
    "expected_per_day": "orders so large in a day, by the tail",
    "expected_rush_orders": "such orders that are usual",
    "fall_volatilities": "fall, in usual moves",
    "largest_before": "largest order before",
    "matched_share": "quantity in matched pairs",
    "move_volatilities": "move, in usual moves",
    "rise_volatilities": "rise, in usual moves",
    "rush_hours": "that money, in hours of usual trading",
    "rush_notional": "money of orders that swept the book",
    "rush_order_count": "orders that swept the book",
    "tail_count": "orders of the largest 1 %",
    "tail_start_notional": "the largest 1 % start at",
    "times_usual": "money, in times the usual",
    "usual_notional": "money that is usual",
    "usual_trade_count": "trades that are usual",
    "volatility_1m": "usual move of a minute",
    "volatility_5m": "usual move of five minutes",
    "volatility_30m": "usual move of half an hour",
    "z": "distance from the usual, standard deviations",
}


def words_of(name: str) -> str:
    """What a value is called; the name of the code with blanks where that is plain."""
    return WORDS.get(name, plain(name))


def is_share(name: str) -> bool:
    """Whether a value of this name is a share or a move of the price, shown as a percentage."""
    return name.endswith("_share") or name.startswith(("share_", "volatility_")) or name in {
        *("rise", "fall", "move", "burst"),
    }  # fmt: skip
