"""The features of the model are columns of the dbt model that states them."""

import re

import yaml

from assets.anomaly.features import FEATURE_NAMES, FEATURES
from assets.transform.dbt_project import PROJECT

YAML = PROJECT / "models" / "features" / "model" / "_anomaly_inputs.yml"
# what the model does not learn from: the cell, its raw figures, its baselines
OTHERS = re.compile(
    "venue|symbol|cell_.*_at|trade_day|notional(_usd)?|trade_count|.*_(center|scale)"
)


def columns() -> list[str]:
    (model,) = yaml.safe_load(YAML.read_text())["models"]
    return [column["name"] for column in model["columns"]]


def test_the_features_are_the_columns_of_the_dbt_model_in_its_order() -> None:
    assert tuple(name for name in columns() if not OTHERS.fullmatch(name)) == FEATURE_NAMES


def test_what_a_feature_counts_is_computed_from_columns_of_the_dbt_model() -> None:
    read = {name for one in FEATURES for name in re.findall(r"inputs\.(\w+)", one.counted)}
    assert read
    assert read <= set(columns())
