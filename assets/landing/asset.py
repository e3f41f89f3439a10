"""Land files as immutable objects: the first asset, and the only one that reads the clock."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from assets.lake.markdown import plain_markdown
from assets.lake.resource import LakeResource
from assets.landing.files.importer import land_files
from assets.landing.files.report import LandingError, LandingReport
from assets.landing.progress_bar import LandingBar

COLUMNS = ("file", "format", "venue", "rows", "rejected", "skipped", "objects", "new_objects")


class LandingConfig(dg.Config):
    """What to land; with nothing named, the files of the inbox below the home."""

    paths: list[str] = []  # noqa: RUF012 (a pydantic field, copied for each instance)
    venue: str | None = None


@dg.asset(
    key=["landing", "trades"],
    group_name="land",
    description="Trade files, as they came: every field as text, with its file and line, in "
    "immutable Parquet objects by venue and day. A row that cannot be read lands too, with the "
    "reason.",
    kinds={"parquet", "s3"},
)
def landed_trades(config: LandingConfig, lake: LakeResource) -> Iterator[dg.MaterializeResult]:
    opened = lake.open()
    inbox = opened.settings.root / "inbox"
    paths = [Path(path) for path in config.paths] or ([inbox] if inbox.is_dir() else [])
    error: LandingError | None = None
    try:
        with LandingBar() as bar:
            reports: Sequence[LandingReport] = land_files(
                paths,
                opened.objects,
                venue=config.venue,
                progress=bar,
                now=datetime.now(UTC).replace(tzinfo=None),
                scratch=opened.settings.scratch,
                private=opened.settings.private_file,
            )
    except LandingError as caught:
        error, reports = caught, caught.reports
    # the readable rows have landed: report them before the run fails on the rest
    yield dg.MaterializeResult(metadata=landing_metadata(reports, error, inbox))
    bad = [str(report.damage) for report in reports if report.damage is not None]
    bad += [str(error)] if error is not None else []
    if bad:
        raise dg.Failure("\n".join(bad), allow_retries=False)


def landing_metadata(
    reports: Sequence[LandingReport], error: LandingError | None, inbox: Path
) -> dict[str, Any]:
    """Counts, problems and a line per file; `summary` contains the same for programs."""
    files = [_summary(report) for report in reports]
    problems = [str(problem) for report in reports for problem in report.problems]
    if error is not None:
        problems += str(error).splitlines()
    days = sorted({day.isoformat() for report in reports for day in report.dates})
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    lines += [
        "| " + " | ".join(plain_markdown(file[name]) for name in COLUMNS) + " |" for file in files
    ]
    return {
        "dagster/row_count": sum(report.rows for report in reports),
        "rejected": sum(report.rejected for report in reports),
        "files": dg.MetadataValue.md("\n".join(lines)),
        "problems": dg.MetadataValue.md(
            "\n".join(f"- {plain_markdown(line)}" for line in problems) or "none"
        ),
        "inbox": dg.MetadataValue.path(str(inbox)),
        "summary": dg.MetadataValue.json({"files": files, "problems": problems, "dates": days}),
    }


def _summary(report: LandingReport) -> dict[str, Any]:
    counts = {
        name: getattr(report, name) for name in ("file", "format", "venue", "rows", "rejected")
    }
    skipped = ", ".join(f"{count:,} {kind}" for kind, count in report.skipped.items())
    return counts | {
        "skipped": skipped or "none",
        "objects": len(report.objects),
        "new_objects": len(report.new_objects),
    }
