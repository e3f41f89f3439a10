"""The assets and checks are those that dagster-dbt makes of the same manifest."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import pytest
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from assets.lake.previews import as_markdown
from assets.transform.asset import FEATURES, MANIFEST, NORMALISE
from assets.transform.asset_specs import asset_key, specs_of
from assets.transform.build import selector

# what that library needs of a spec to call dbt itself
ITS_OWN = {
    *("dagster_dbt/manifest", "dagster_dbt/dagster_dbt_translator", "dagster_dbt/project_id"),
}
# what it finds only when it runs dbt itself, or not at all; and descriptions, in which it lets tags
# stand
OURS = {"dagster/code_references", "dagster/column_lineage"}


class Translator(DagsterDbtTranslator):
    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        return asset_key(dbt_resource_props)

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return dbt_resource_props.get("description") or ""


def by_dagster_dbt(folders: Sequence[str]) -> dg.AssetsDefinition:
    settings = DagsterDbtTranslatorSettings(enable_asset_checks=True, enable_code_references=False)
    select = " ".join(selector(folder) for folder in folders)

    @dbt_assets(
        manifest=MANIFEST, select=select, dagster_dbt_translator=Translator(settings=settings)
    )
    def made(): ...

    return made


def asset_words(spec: dg.AssetSpec) -> tuple[object, ...]:
    metadata = {key: value for key, value in spec.metadata.items() if key not in ITS_OWN | OURS}
    if "dagster/column_schema" in metadata:
        columns = metadata["dagster/column_schema"].columns
        metadata["dagster/column_schema"] = [
            (
                column.name,
                column.type,
                as_markdown(column.description or "").partition(" From `")[0],
            )
            for column in columns
        ]
    parents = {(dep.asset_key, dep.partition_mapping) for dep in spec.deps}
    said = (spec.group_name, spec.description, spec.code_version, spec.skippable, spec.owners)
    return (parents, metadata, spec.kinds, spec.tags, said, spec.automation_condition)


def check_words(spec: dg.AssetCheckSpec) -> tuple[object, ...]:
    parents = {dep.asset_key for dep in spec.additional_deps}
    return (spec.blocking, spec.description, spec.metadata, parents)


@pytest.mark.parametrize("folders", [NORMALISE, FEATURES], ids=["normalise", "features"])
def test_specs_are_those_of_dagster_dbt(folders: Sequence[str]) -> None:
    wanted = by_dagster_dbt(folders)
    specs, check_specs = specs_of(MANIFEST, folders)
    expected = {spec.key: asset_words(spec) for spec in wanted.specs}
    assert {spec.key: asset_words(spec) for spec in specs} == expected
    checks = {spec.key: check_words(spec) for spec in wanted.check_specs}
    assert {spec.key: check_words(spec) for spec in check_specs} == checks
    assert len(expected) > 10
    assert checks


def test_a_tag_in_a_description_is_code_and_code_stays_as_it_is() -> None:
    assert as_markdown("The id; a<id> for an aggregate; 1 < 2.") == (
        "The id; `a<id>` for an aggregate; 1 < 2."
    )
    assert as_markdown("`a<id>` and <b>x</b>, trades-<day>.csv") == (
        "`a<id>` and `<b>x</b>`, `trades-<day>.csv`"
    )


def test_columns_of_trades_come_from_the_accepted_ones() -> None:
    specs, _ = specs_of(MANIFEST, NORMALISE)
    (trades,) = [spec for spec in specs if spec.key.path == ["core", "trades"]]
    accepted = dg.AssetKey(["intermediate", "trades_accepted"])
    lineage = trades.metadata["dagster/column_lineage"].deps_by_column
    assert lineage["price"] == [dg.TableColumnDep(accepted, "price")]
    assert {dep.column_name for dep in lineage["notional_usd"]} == {"is_usd", "notional"}
    (told,) = [
        column.description
        for column in trades.metadata["dagster/column_schema"].columns
        if column.name == "notional_usd"
    ]
    assert told.endswith(
        " From `intermediate/trades_accepted.is_usd`, `intermediate/trades_accepted.notional`."
    )
    (place,) = trades.metadata["dagster/code_references"].code_references
    assert place.file_path.endswith("dbt_project/models/core/trades.sql")
