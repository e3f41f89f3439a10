"""Who is who as assets: accounts, their links, their owners."""

from collections.abc import Iterator

import dagster as dg

from assets.lake.resource import LakeResource
from assets.transform.accounts.recording import record_accounts
from assets.transform.accounts.tables import ACCOUNT_LINKS, ACCOUNTS, OWNERS


@dg.multi_asset(
    name="recorded_accounts",
    specs=[
        dg.AssetSpec(
            table.name.split("."),
            deps=[dg.AssetKey(["landing", "trades"])],
            group_name="land",
            description=table.meaning,
            kinds={"duckdb"},
        )
        for table in (ACCOUNTS, ACCOUNT_LINKS, OWNERS)
    ],
)
def recorded_accounts(
    context: dg.AssetExecutionContext, lake: LakeResource
) -> Iterator[dg.MaterializeResult]:
    counts = record_accounts(lake.open(), {"run_id": context.run_id})
    for table in (ACCOUNTS, ACCOUNT_LINKS, OWNERS):
        yield dg.MaterializeResult(
            asset_key=table.name.split("."), metadata={"dagster/row_count": counts[table.name]}
        )
