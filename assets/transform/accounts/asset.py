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
    opened = lake.open()
    record_accounts(opened, {"run_id": context.run_id})
    with opened.connect() as connection:
        for table in (ACCOUNTS, ACCOUNT_LINKS, OWNERS):
            counted = connection.execute(f"select count(*) from lake.{table.name}").fetchall()
            yield dg.MaterializeResult(
                asset_key=table.name.split("."),
                metadata={"dagster/row_count": counted[0][0]},
            )
