"""What a run gives its stages: the lake of the settings, the window, the run's name."""

import logging
from dataclasses import dataclass
from functools import cache

import dagster as dg

from assets.lake.code_version import code_version
from assets.lake.lake import Lake
from assets.lake.partitions import window_of
from assets.lake.settings import load_settings
from assets.market.window import Window


class LakeResource(dg.ConfigurableResource):
    """The lake and object store of the TAPEWATCH_* settings (environment and `.env`)."""

    def open(self) -> Lake:
        """Read the settings now: an invalid one fails the run with the variable's name."""
        return _cached(Lake(load_settings()))


@cache
def _cached(lake: Lake) -> Lake:
    # a code server is called every few seconds, and creating an S3 client costs 0.1 s
    return lake


@dataclass(frozen=True)
class Run:
    """One run over a window, as each of its stages knows it."""

    lake: Lake
    window: Window
    run_id: str
    log: logging.Logger

    @property
    def commit_info(self) -> dict[str, str]:
        return commit_info(self.run_id)


def run_of(context: dg.AssetExecutionContext | dg.OpExecutionContext, lake: LakeResource) -> Run:
    """The run of an asset's partition, or of its range of partitions."""
    return Run(lake.open(), window_of(context), context.run.run_id, context.log)


def commit_info(run_id: str) -> dict[str, str]:
    """The origin of a run's rows, recorded with each of its commits."""
    return {"run_id": run_id, "code_version": code_version()}
