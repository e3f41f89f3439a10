"""The jobs: which stages a run takes, by the names of their groups; no stage is imported."""

import dagster as dg

from assets.market.stages import STAGES

# they are about all days: a job of their own evaluates them
FRESHNESS = dg.AssetCheckKey(dg.AssetKey(["reports", "daily"]), "days_are_fresh")
DELIVERY = dg.AssetCheckKey(dg.AssetKey(["reports", "daily"]), "messages_were_taken")

surveillance = dg.define_asset_job(
    "daily_surveillance",
    selection=dg.AssetSelection.groups(*STAGES[1:]) - dg.AssetSelection.checks(FRESHNESS, DELIVERY),
    description="One UTC day (or a range of days) from landed objects to the risk report.",
    executor_def=dg.in_process_executor,
)


land_inbox = dg.define_asset_job(
    "land_inbox",
    selection=dg.AssetSelection.assets(
        ["landing", "trades"], ["core", "accounts"], ["core", "account_links"], ["core", "owners"]
    ),
    description="Land the files that lie in the inbox, or those that the run's config names.",
    executor_def=dg.in_process_executor,
)


pull_exchange_trades = dg.define_asset_job(
    "pull_exchange_trades",
    selection=dg.AssetSelection.key_prefixes(["landing", "exchange_trades"]),
    description="A UTC day of the markets that markets.toml lists, from each venue.",
    executor_def=dg.in_process_executor,
)


simulate_market = dg.define_asset_job(
    "simulate_market",
    selection=dg.AssetSelection.assets(["landing", "simulated_trades"]),
    description="Land a UTC day of a simulated market with planted abuse, which runs then.",
    executor_def=dg.in_process_executor,
)


maintain_lake = dg.define_asset_job(
    "maintain_lake",
    selection=dg.AssetSelection.groups("maintain"),
    description="Merge small files, expire snapshots that nothing cites, delete orphans.",
    executor_def=dg.in_process_executor,
)
