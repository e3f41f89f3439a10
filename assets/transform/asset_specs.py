"""The models, seeds and data tests of the compiled manifest as Dagster's assets and checks.

They are what dagster-dbt makes of the manifest, which a test compares, with the lineage of columns
as far as their SQL tells it. A run of a few rows would spend a tenth of its time on importing that
library, and dbt with it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import dagster as dg

from assets.lake.partitions import daily
from assets.lake.previews import CODE, as_markdown, code_reference
from assets.landing.venues.asset import exchange_trades
from assets.transform.dbt_project import LINEAGE, PROJECT

UNIQUE_ID, TABLE_NAME = "dagster_dbt/unique_id", "dagster/table_name"
ASSETS = ("model", "seed")
LANDED, SIMULATED = (dg.AssetKey(["landing", name]) for name in ("trades", "simulated_trades"))

Node = Mapping[str, Any]
Origins = Mapping[str, Sequence[tuple[str, str]]]
"""Of each column of a model the (model's unique id, column) that it comes from."""


def specs_of(
    manifest: Path, folders: Sequence[str]
) -> tuple[list[dg.AssetSpec], list[dg.AssetCheckSpec]]:
    """What Dagster shows of some folders of models (or the seeds), and of their tests."""
    read = json.loads(manifest.read_text())
    nodes: dict[str, Node] = read["nodes"] | read["sources"]
    made = [node for node in nodes.values() if _is_asset(node) and node["fqn"][1] in folders]
    # dbt keeps seeds in no folder of that name
    made += [
        node for node in nodes.values() if node["resource_type"] == "seed" and "seeds" in folders
    ]
    ids = {node["unique_id"] for node in made}
    tests = [
        node for node in nodes.values() if node["resource_type"] == "test" and _tested(node) in ids
    ]
    lineage = _lineage(manifest)
    specs = [_asset(nodes, node, lineage.get(node["unique_id"], {})) for node in made]
    return specs, [_check(nodes, node) for node in tests]


def _lineage(manifest: Path) -> Mapping[str, Origins]:
    """The lineage of columns by model; empty where the installation did not compute it."""
    path = manifest.with_name(LINEAGE)
    return json.loads(path.read_text()) if path.exists() else {}


def with_every_landing(spec: dg.AssetSpec) -> dg.AssetSpec:
    """What reads landed objects reads those of each asset that lands."""
    if not any(dep.asset_key == LANDED for dep in spec.deps):
        return spec
    # their days begin and end elsewhere than the lake's
    days = dg.TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)
    by_day = [SIMULATED, *(asset.key for asset in exchange_trades)]
    landed = [dg.AssetDep(key, partition_mapping=days) for key in by_day]
    return spec.replace_attributes(deps=[*spec.deps, *landed])


def asset_key(node: Node) -> dg.AssetKey:
    """A model under its schema and the plain part of its name, which is the node's label."""
    if node["resource_type"] == "source":
        return dg.AssetKey([node["source_name"], node["name"]])
    config = node["config"]
    path = config["meta"].get("dagster", {}).get("asset_key") or [config["schema"], node["name"]]
    plain = path[-1].removeprefix("int_").removeprefix("stg_")
    return dg.AssetKey([*path[:-1], plain.replace("__", "_")])


def _is_asset(node: Node) -> bool:
    return node["resource_type"] == "model" and not _is_ephemeral(node)


def _is_ephemeral(node: Node) -> bool:
    return node["config"].get("materialized") == "ephemeral"


def _asset(nodes: Mapping[str, Node], node: Node, origins: Origins) -> dg.AssetSpec:
    config = node["config"]
    parents = {asset_key(nodes[key]) for key in _parents(nodes, node)}
    metadata: dict[str, Any] = {
        "dagster-dbt/materialization_type": config["materialized"],
        TABLE_NAME: ".".join((node["database"], node["schema"], node["alias"])),
        "dagster/storage_kind": "duckdb",
        UNIQUE_ID: node["unique_id"],
        CODE: code_reference(PROJECT / node["original_file_path"]),
    }
    if node["columns"]:
        metadata["dagster/column_schema"] = dg.TableSchema(
            [
                dg.TableColumn(
                    name,
                    column["data_type"] or "?",
                    as_markdown(column["description"]) + _in_words(nodes, origins.get(name, ())),
                )
                for name, column in node["columns"].items()
            ]
        )
    if origins:
        metadata["dagster/column_lineage"] = dg.TableColumnLineage(
            {
                column: [dg.TableColumnDep(asset_key(nodes[key]), name) for key, name in known]
                for column, known in origins.items()
            }
        )
    return dg.AssetSpec(
        asset_key(node),
        deps=sorted(parents),
        # its own words alone
        description=as_markdown(node["description"] or ""),
        metadata=metadata,
        skippable=True,
        group_name=config["meta"]["dagster"]["group"],
        code_version=_code_version(node),
        kinds={"dbt", "duckdb"},
    )


def _in_words(nodes: Mapping[str, Node], known: Sequence[tuple[str, str]]) -> str:
    """The origins of a column in words: Dagster's open-source UI draws no lineage of columns."""
    if not known:
        return ""
    places = [f"`{'/'.join(asset_key(nodes[key]).path)}.{column}`" for key, column in known]
    return f" From {', '.join(places)}."


def _code_version(node: Node) -> str:
    code = node.get("raw_code")
    if not code:
        return node["checksum"]["checksum"]
    # as dagster-dbt tells versions apart
    return hashlib.sha1(code.encode(), usedforsecurity=False).hexdigest()


def _parents(nodes: Mapping[str, Node], node: Node) -> Iterator[str]:
    """What it reads; of what stands inside of it, what that reads."""
    for key in node.get("depends_on", {}).get("nodes", []):
        if _is_ephemeral(nodes[key]):
            yield from _parents(nodes, nodes[key])
        else:
            yield key


def _tested(test: Node) -> str | None:
    """The model that a test is shown beside; None where it reads several."""
    attached = test.get("attached_node")
    parents = test["depends_on"]["nodes"]
    return attached or (parents[0] if len(parents) == 1 else None)


def _check(nodes: Mapping[str, Node], test: Node) -> dg.AssetCheckSpec:
    asset = asset_key(nodes[_tested(test) or ""])
    others: AbstractSet[dg.AssetKey] = {
        asset_key(nodes[key]) for key in test["depends_on"]["nodes"]
    } - {asset}
    return dg.AssetCheckSpec(
        test["name"],
        asset=asset,
        additional_deps=sorted(others),
        metadata={UNIQUE_ID: test["unique_id"]},
        blocking=test["config"]["severity"].lower() == "error",
        partitions_def=daily,
    )
