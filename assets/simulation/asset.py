"""A simulated market as an asset: written, landed, and judged as any other trades."""

from datetime import UTC, datetime
from typing import Any

import dagster as dg

from assets.lake.resource import LakeResource
from assets.landing.files.importer import land_files


class MarketConfig(dg.Config):
    """How many trades, 20,000 or more, and the seed: another seed is another market."""

    trades: int = 100_000
    seed: int = 1


@dg.asset(
    key=["landing", "simulated_trades"],
    group_name="land",
    kinds={"parquet", "s3"},
    description="Trades of a simulated market of several venues with planted abuse. The sensor "
    "fresh_files then runs its days. What is planted is in labels.parquet beside the files.",
)
def simulated_trades(config: MarketConfig, lake: LakeResource) -> dg.MaterializeResult:
    from assets.simulation.market_files import write_market

    opened = lake.open()
    settings = opened.settings
    folder = settings.root / "simulation" / f"{config.trades}_trades_seed_{config.seed}"
    try:
        market = write_market(config.trades, config.seed, folder)
    except ValueError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    reports = land_files(
        [market.trades_folder],
        opened.objects,
        now=datetime.now(UTC).replace(tzinfo=None),
        scratch=settings.scratch,
    )
    days = sorted({str(day) for report in reports for day in report.dates})
    metadata: dict[str, Any] = {
        "dagster/row_count": sum(report.rows for report in reports),
        "days": ", ".join(days),
        "planted abuses": market.abuses,
        "labels": dg.MetadataValue.path(str(market.labels_file)),
    }
    return dg.MaterializeResult(metadata=metadata)
