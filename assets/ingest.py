"""Files land as immutable objects: the first asset, and the only one that reads the clock."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from assets.landing.reports import LandingReport
from assets.landing.landing import land_files
from orchestration.resources import LakeResource


class LandingConfig(dg.Config):
    """What to land; with nothing named, the files of the inbox below the home."""

    paths: list[str] = []
    venue: str | None = None


@dg.asset(
    key=["landing", "trades"],
    group_name="land",
    description="Trade files, as they came: every field as text, with its file and line, in immutable "
    "Parquet objects by venue and day. A row that cannot be read lands too, with the reason.",
    kinds={"parquet", "s3"},
)
def landed_trades(
    context: dg.AssetExecutionContext, config: LandingConfig, lake: LakeResource
) -> dg.MaterializeResult:
    opened = lake.open()
    inbox = opened.settings.root / "inbox"
    paths = [Path(path) for path in config.paths] or ([inbox] if inbox.is_dir() else [])
    reports = land_files(
        paths, opened.objects, config.venue, now=datetime.now(UTC).replace(tzinfo=None)
    )
    return dg.MaterializeResult(metadata=landing_metadata(reports, inbox))


def landing_metadata(reports: list[LandingReport], inbox: Path) -> dict[str, object]:
    """Counts, problems and a line a file."""
    lines = ["| file | format | venue | rows | rejected | new objects |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {r.file} | {r.format} | {r.venue} | {r.rows} | {r.rejected} | {r.new_objects} |"
        for r in reports
    ]
    problems = [f"- {p.file} line {p.line}: {p.what}. {p.cure}" for r in reports for p in r.problems]
    return {
        "dagster/row_count": sum(report.rows for report in reports),
        "rejected": sum(report.rejected for report in reports),
        "files": dg.MetadataValue.md("\n".join(lines)),
        "problems": dg.MetadataValue.md("\n".join(problems) or "none"),
        "inbox": dg.MetadataValue.path(str(inbox)),
    }
