"""What the UI's catalog shows of every asset, whatever its stage: its owner and its source file."""

import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dagster as dg

from assets.lake.previews import CODE, as_markdown, code_reference

DATA, SURVEILLANCE = "team:data", "team:surveillance"
OWNERS = {
    **dict.fromkeys(("land", "normalise", "features", "maintain"), DATA),
    **dict.fromkeys(("detect", "score", "publish"), SURVEILLANCE),
}


def catalogued(assets: Iterable[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """The assets with owner and code reference; one that names its source file keeps it."""
    return [_catalogued(asset) for asset in assets]


def _catalogued(asset: dg.AssetsDefinition) -> dg.AssetsDefinition:
    source = _source_of(asset)

    def described(spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec.replace_attributes(
            owners=[OWNERS[spec.group_name or ""]],
            description=as_markdown(spec.description or ""),
            metadata={CODE: source, **spec.metadata},
        )

    return asset.map_asset_specs(described)


def _source_of(asset: dg.AssetsDefinition) -> dg.CodeReferencesMetadataValue:
    function: Any = asset.op.compute_fn
    code = inspect.unwrap(getattr(function, "decorated_fn", function)).__code__
    return code_reference(Path(code.co_filename), code.co_firstlineno)
