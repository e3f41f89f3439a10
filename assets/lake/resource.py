"""What the assets are given: the lake that the settings name."""

from functools import cache

import dagster as dg

from assets.lake.code_version import code_version
from assets.lake.lake import Lake
from assets.lake.settings import load_settings


class LakeResource(dg.ConfigurableResource):
    """The lake and object store of the TAPEWATCH_* settings (environment and `.env`)."""

    def open(self) -> Lake:
        """Read the settings now: a wrong one fails the run with the variable's name."""
        return _kept(Lake(load_settings()))


@cache
def _kept(lake: Lake) -> Lake:
    # a code server is asked every few seconds, and making an S3 client costs a tenth of one
    return lake


def commit_info(context: dg.OpExecutionContext | dg.AssetExecutionContext) -> dict[str, str]:
    """The origin of a run, for each of its commits."""
    return {"run_id": context.run.run_id, "code_version": code_version()}
