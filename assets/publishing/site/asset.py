"""The asset of the site: new data for pages that are built, and nothing where there are none."""

import dagster as dg

from assets.lake.partitions import daily, whole_range
from assets.lake.resource import LakeResource, Run, run_of
from assets.publishing.site.build import PAGES, SiteError, find_node, is_current
from assets.publishing.site.data import refresh


@dg.asset(
    key=["reports", "site"],
    deps=[["alerts", "alerts"], ["alerts", "incidents"], ["scores", "symbol_risk"],
          ["marts", "symbol_days"], ["marts", "symbol_hours"], ["marts", "market_risk_days"],
          ["marts", "data_quality_days"]],
    partitions_def=daily,
    backfill_policy=whole_range,
    group_name="publish",
    kinds={"evidence"},
    description="The data of the Evidence site, of its last months whichever days run: marts, "
    "alerts and scores as Parquet, which its pages read in the browser. Where `make site` has "
    "built no pages it writes nothing and says so.",
)  # fmt: skip
def site(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
    return refresh_site(run_of(context, lake))


def refresh_site(run: Run) -> dg.MaterializeResult:
    """Give the site the lake's newest facts, if this home has a site; no build, no Node."""
    pages = run.lake.settings.site / PAGES
    if not pages.exists():
        return dg.MaterializeResult(metadata={"skipped": _why_not()})
    counts = refresh(run.lake, pages / "data", run.run_id)
    metadata: dict[str, dg.MetadataValue] = {
        "folder": dg.MetadataValue.path(str(pages)),
        **{f"rows of {table}": dg.MetadataValue.int(count) for table, count in counts.items()},
    }
    if not is_current(pages):
        metadata["outdated"] = dg.MetadataValue.text(
            "the pages were built by another version: `make site` builds them again"
        )
    return dg.MaterializeResult(metadata=metadata)


def _why_not() -> str:
    reason = "this home has no Evidence site: `make site` builds it"
    try:
        find_node()
    except SiteError as error:
        return f"{reason}; {error}"
    return reason
