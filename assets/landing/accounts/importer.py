"""Land a file of accounts or links: an object of each, private values apart."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assets.lake.objects.object_store import ObjectStore
from assets.landing.accounts.private import PrivateData
from assets.landing.accounts.rows import (
    ACCOUNT_SCHEMA,
    LINK_SCHEMA,
    SORTERS,
    Sorted,
    reject,
    table_of,
)
from assets.landing.files.by_venue import NO_VENUE
from assets.landing.files.containers import DamagedFileError
from assets.landing.files.report import LandingReport, Problem, ProblemLog
from assets.landing.files.sources import Source
from assets.landing.formats.venue_names import venue_of
from assets.landing.texts import readable_text

CURE = "mend it and land the file again; the other rows have landed"


def land_accounts(
    source: Source,
    store: ObjectStore,
    private: PrivateData,
    *,
    digest: str,
    venue: str | None,
    now: datetime,
    scratch: Path,
) -> LandingReport:
    """Land one file; `venue` overrides what its rows name, `now` is naive and in UTC.

    A file that has landed already adds nothing. Without a venue an account is of the venue `file`,
    as a trade is.
    """
    path = source.container.path
    problems = ProblemLog(readable_text(str(path)))
    found, damage = _sorted(source, venue, problems)
    for line, error in found.errors:
        problems.add(line, error, CURE)
    for line, what in found.unread_times:
        problems.add(line, f"{what} cannot be read as a time", "write it as ISO 8601", "opened_at")
    pseudonyms = private.pseudonyms(found.devices()) if found.devices() else {}
    if found.identities:
        private.keep(found.identities, now)
    origin = {"source_file": readable_text(path.name), "landed_at": now.isoformat(" ")}
    objects, new = [], []
    for dataset, rows in (
        ("accounts", table_of(found.accounts, ACCOUNT_SCHEMA)),
        ("account_links", table_of(found.with_pseudonyms(pseudonyms), LINK_SCHEMA)),
    ):
        if rows.num_rows:
            key = f"landing/{dataset}/venue={venue or 'named'}/{digest}.parquet"
            objects.append(key)
            if not store.exists(key) and _put(store, key, rows, origin, scratch):
                new.append(key)
    row_count = len(found.accounts if source.dataset == "accounts" else found.links)
    if not row_count:
        problems.add(source.header_line, "there is no account in the file", CURE)
    named = {str(row["venue"]) for row in (*found.accounts, *found.links)}
    return LandingReport(
        file=readable_text(str(path)),
        format=source.format,
        venue=", ".join(sorted(named)) or source.venue,
        rows=row_count,
        rejected=len(found.errors),
        skipped={},
        objects=tuple(objects),
        new_objects=tuple(new),
        first_traded_at=None,
        last_traded_at=None,
        dates=(),
        problems=problems.problems(),
        damage=damage,
    )


def _sorted(
    source: Source, venue: str | None, problems: ProblemLog
) -> tuple[Sorted, Problem | None]:
    found, sort = Sorted(), SORTERS[source.dataset]
    try:
        for batch in source.batches:
            # the text of a bad line may name a person, so its fault alone lands
            for bad in batch.bad:
                fault = bad.error.split(" (")[0]
                reject(found, source.dataset, bad.line, venue or source.venue, fault)
            for line, row in zip(batch.lines.tolist(), batch.fields.to_pylist(), strict=True):
                texts = {name: (text or "").strip() or None for name, text in row.items()}
                said = texts.pop(source.venue_column, None) if source.venue_column else None
                named = venue or venue_of(said or source.venue)
                if named is None:
                    reject(found, source.dataset, line, source.venue, NO_VENUE)
                    continue
                sort(found, line, named, texts)
    except DamagedFileError as error:
        return found, problems.add(None, error.what, error.cure)
    return found, None


def _put(
    store: ObjectStore, key: str, rows: pa.Table, origin: dict[str, str], scratch: Path
) -> bool:
    for name, text in origin.items():
        rows = rows.append_column(name, pa.repeat(pa.scalar(text), rows.num_rows))
    path = scratch / "accounts.parquet"
    pq.write_table(rows, path, compression="zstd")
    return store.put_new(key, path)
