"""The decisions as an asset: recorded in the lake, their chain checked."""

import dagster as dg

from assets.cases.chain import ChainError, verify_chain
from assets.cases.recording import noted_digests, record_decisions
from assets.cases.tables import DECISIONS
from assets.lake.resource import LakeResource

KEY = dg.AssetKey(DECISIONS.name.split("."))
CHECK = "chain_is_whole"


@dg.asset(
    key=KEY,
    group_name="maintain",
    description=DECISIONS.meaning,
    kinds={"duckdb"},
    check_specs=[
        dg.AssetCheckSpec(
            CHECK,
            asset=KEY,
            description="Each decision's object names the one before, none is missing, and none "
            "differs from what the lake has read.",
        )
    ],
)
def recorded_decisions(
    context: dg.AssetExecutionContext, lake: LakeResource
) -> dg.MaterializeResult:
    opened = lake.open()
    broken, count = None, 0
    try:
        record_decisions(opened, {"run_id": context.run_id})
        with opened.connect() as connection:
            noted = noted_digests(connection)
        count = verify_chain(opened.objects, noted)
    except ChainError as error:
        # the asset goes on, its check is what turns red
        broken = str(error)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": count},
        check_results=[
            dg.AssetCheckResult(check_name=CHECK, passed=broken is None, description=broken)
        ],
    )
