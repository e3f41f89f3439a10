"""Land files: recognise their format, read them block by block, sort their rows by day."""

import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from assets.lake.objects.object_store import ObjectStore
from assets.landing.accounts.importer import land_accounts
from assets.landing.accounts.private import PrivateData
from assets.landing.files.by_venue import VenueSorter
from assets.landing.files.containers import DamagedFileError, content_digest, open_container
from assets.landing.files.days import DaySorter
from assets.landing.files.folders import SUFFIXES, files_below
from assets.landing.files.report import (
    LandingError,
    LandingProgress,
    LandingReport,
    Problem,
    ProblemLog,
    ProgressCallback,
)
from assets.landing.files.sources import Source, open_source
from assets.landing.formats.venue_archives import TARDIS
from assets.landing.formats.venue_names import NO_VENUE, VENUE
from assets.landing.schema import TRADES
from assets.landing.texts import readable_text
from assets.landing.writer import ObjectWriter, put_columns


def land_files(
    paths: Iterable[Path | str],
    store: ObjectStore,
    *,
    venue: str | None = None,
    progress: ProgressCallback | None = None,
    now: datetime | None = None,
    scratch: Path | None = None,
    private: Path | None = None,
) -> list[LandingReport]:
    """Land files, and the files of folders (recursively, in the order of their names).

    Landing a file again adds nothing. A bad file does not stop the others: they land first, then
    LandingError is raised, with their reports in `reports`.

    Parameters
    ----------
    venue
        Overrides the venue that the file itself names; without either it is `file`.
    progress
        Called after each block of about 8 MB.
    now
        The current time, which limits the trades' times; the clock's by default.
    scratch
        Where unfinished objects are written; the system's temporary folder by default.
    private
        The database of what identifies persons, for files of accounts; without it they are refused.
    """
    if venue is not None and (not VENUE.fullmatch(venue) or venue == NO_VENUE):
        raise ValueError(f"a venue is written in a-z, 0-9 and _, and not {NO_VENUE}; was {venue!r}")
    reports: list[LandingReport] = []
    errors: list[LandingError] = []
    for path in _files_of(map(Path, paths), errors, reports):
        try:
            reports.append(
                land_file(
                    path,
                    store,
                    venue=venue,
                    progress=progress,
                    now=now,
                    scratch=scratch,
                    private=private,
                )
            )
        except LandingError as error:
            errors.append(error)
    if errors:
        errors[0].reports, errors[0].others = tuple(reports), tuple(errors[1:])
        raise errors[0]
    return reports


def digest_of(path: Path) -> str:
    """The digest that begins the names of a file's objects; LandingError as `land_file`."""
    with open_container(path) as container:
        return _digest(path, open_source(container))


def _digest(path: Path, source: Source) -> str:
    return content_digest(path, salt=source.venue_symbol or "")


def land_file(
    path: Path,
    store: ObjectStore,
    *,
    venue: str | None = None,
    progress: ProgressCallback | None = None,
    now: datetime | None = None,
    scratch: Path | None = None,
    private: Path | None = None,
) -> LandingReport:
    """Land one file; the parameters are those of `land_files`."""
    if scratch is not None:
        scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="landing-", dir=scratch) as folder:
        put_columns(store, Path(folder))
        with open_container(path) as container:
            source = open_source(container)
            if source.dataset != TRADES:
                if private is None:
                    what = f"this file holds {source.format.replace('_', ' ')}, not trades"
                    raise LandingError(path, None, what, "land it by `tapewatch run --input`")
                at = (now or datetime.now(UTC)).replace(tzinfo=None)
                return land_accounts(
                    source,
                    store,
                    PrivateData(private),
                    digest=_digest(path, source),
                    venue=venue,
                    now=at,
                    scratch=Path(folder),
                )
            constants = {
                "format": source.format,
                "venue": venue or source.venue,
                "source_file": readable_text(path.name),
                "source_digest": _digest(path, source),
            }
            if source.venue_symbol is not None:
                constants["venue_symbol"] = source.venue_symbol
            problems = ProblemLog(readable_text(str(path)))
            at = now or datetime.now(UTC)
            writers: list[ObjectWriter] = []
            with ExitStack() as stack:

                def sorter_of(named: str) -> DaySorter:
                    own = Path(folder) / named
                    own.mkdir()
                    writer = ObjectWriter(
                        store, own, constants | {"venue": named}, constants["source_digest"]
                    )
                    writers.append(stack.enter_context(writer))
                    return DaySorter(writer, problems, source.time_columns, now=at)

                sorter = VenueSorter(
                    constants["venue"],
                    None if venue else source.venue_column,
                    source.format == TARDIS.name,
                    sorter_of,
                )
                damage = _read(source, sorter, problems, progress)
    return LandingReport(
        file=readable_text(str(path)),
        format=source.format,
        venue=sorter.venues,
        rows=sorter.rows,
        rejected=sorter.rejected,
        skipped=dict(sorted(sorter.skipped.items())),
        objects=tuple(sorted(key for writer in writers for key in writer.objects)),
        new_objects=tuple(sorted(key for writer in writers for key in writer.new_objects)),
        first_traded_at=sorter.first_traded_at,
        last_traded_at=sorter.last_traded_at,
        dates=tuple(sorted(sorter.dates)),
        problems=problems.problems(),
        damage=damage,
    )


def _read(
    source: Source, sorter: VenueSorter, problems: ProblemLog, progress: ProgressCallback | None
) -> Problem | None:
    """Land the rows; return the damage that cut the file off, if any."""
    container = source.container
    total = container.path.stat().st_size

    def report(bytes_read: int) -> None:
        if progress:
            progress(LandingProgress(problems.file, bytes_read, total, sorter.rows))

    broken: Problem | None = None
    try:
        for batch in source.batches:
            sorter.add(batch)
            report(min(container.bytes_read, total))
    except DamagedFileError as damage:
        what = f"{damage.what}; the {sorter.rows - sorter.rejected:,} good rows before have landed"
        broken = problems.add(sorter.last_line or None, what, damage.cure)
    report(total)
    if container.ignored:
        broken = problems.add(
            None,
            f"only {container.member} was read of the zip, not {', '.join(container.ignored[:3])}",
            "unzip it and land each file by itself",
        )
    if not sorter.rows:
        problems.add(source.header_line, "there is no trade in the file", source.cure_without_rows)
    return broken


def _files_of(
    paths: Iterable[Path], errors: list[LandingError], reports: list[LandingReport]
) -> list[Path]:
    """The files to land, each once; of the others of a folder there is a report."""
    files: dict[Path, Path] = {}
    for path in paths:
        found, passed = files_below(path) if path.is_dir() else ([path], [])
        reports += passed
        if not found:
            cure = f"check the path; files of trades end in {', '.join(SUFFIXES)}"
            errors.append(LandingError(path, None, "there is no file of trades below it", cure))
        for file in found:
            files.setdefault(file.resolve(), file)
    return list(files.values())
