"""The assets' resource: the lake of the settings."""

from functools import cache

import dagster as dg

from assets.lake.code_version import code_version
from assets.lake.lake import Lake
from assets.lake.settings import load_settings


class LakeResource(dg.ConfigurableResource):
    """The lake and object store of the TAPEWATCH_* settings (environment and `.env`)."""

    def open(self) -> Lake:
        """Read the settings now: an invalid one fails the run with the variable's name."""
        return _cached(Lake(load_settings()))


@cache
def _cached(lake: Lake) -> Lake:
    # a code server is called every few seconds, and creating an S3 client costs 0.1 s
    return lake


def commit_info(context: dg.OpExecutionContext | dg.AssetExecutionContext) -> dict[str, str]:
    """The origin of a run, recorded with each of its commits."""
    return {"run_id": context.run.run_id, "code_version": code_version()}
