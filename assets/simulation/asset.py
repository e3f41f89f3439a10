"""A simulated market as an asset: each day is written, landed, and judged as any other trades."""

from datetime import UTC, date, datetime
from typing import Any

import dagster as dg

from assets.lake.resource import LakeResource
from assets.landing.files.importer import land_files

FIRST_DAY = date(2024, 8, 7)
# a day can be simulated when it has ended: its trades are in no future
days = dg.DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), timezone="UTC")


class MarketConfig(dg.Config):
    """How many trades a day, 20,000 or more, and the seed: another seed is another market."""

    trades: int = 40_000
    seed: int = 1


@dg.asset(
    key=["landing", "simulated_trades"],
    partitions_def=days,
    group_name="land",
    kinds={"parquet", "s3"},
    description="A UTC day of a simulated market of several venues with planted abuse, the same "
    "whenever it is simulated. The sensor fresh_files then runs the day. What is planted is in "
    "labels.parquet beside the files.",
)
def simulated_trades(
    context: dg.AssetExecutionContext, config: MarketConfig, lake: LakeResource
) -> dg.MaterializeResult:
    from assets.simulation.market_files import write_plan
    from assets.simulation.market_plan import MarketPlan

    opened = lake.open()
    settings = opened.settings
    folder = settings.root / "simulation" / f"{config.trades}_trades_a_day_seed_{config.seed}"
    try:
        plan = MarketPlan.of_day(
            config.trades, config.seed, date.fromisoformat(context.partition_key)
        )
        market = write_plan(plan, folder / context.partition_key)
    except ValueError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    reports = land_files(
        [market.trades_folder],
        opened.objects,
        now=datetime.now(UTC).replace(tzinfo=None),
        scratch=settings.scratch,
    )
    metadata: dict[str, Any] = {
        "dagster/row_count": sum(report.rows for report in reports),
        "planted abuses": market.abuses,
        "labels": dg.MetadataValue.path(str(market.labels_file)),
    }
    return dg.MaterializeResult(metadata=metadata)
