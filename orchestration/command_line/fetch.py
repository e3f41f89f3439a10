"""`tapewatch fetch`: land a venue's public trades of a window."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from assets.lake.objects.object_store import object_store
from assets.lake.settings import Settings, SettingsError
from orchestration.command_line.output import errors, print_rows
from orchestration.command_line.plain_text import said

if TYPE_CHECKING:
    from assets.landing.venues.checkpoint import Fetched
    from assets.landing.venues.venue import Venue

REPORT_EVERY_SECONDS = 1.0


@dataclass(frozen=True)
class Span:
    """A window [from, to) in ms, and a name that is the same if the command is repeated."""

    window: tuple[int, int]
    name: str
    is_rolling: bool = False
    """Whether the same command means a later window the next time."""


def span_of(minutes: int | None, start: datetime | None, end: datetime | None) -> Span | None:
    """The window to fetch; None unless the options define exactly one."""
    if minutes is not None and start is None and end is None:
        last = datetime.now(UTC).replace(tzinfo=None)
        window = _milliseconds(last - timedelta(minutes=minutes), last)
        return Span(window, f"last_{minutes}_minutes", is_rolling=True)
    if minutes is not None or start is None or end is None or start >= end:
        return None
    first, last = window = _milliseconds(start, end)
    return Span(window, f"{first}_{last}")


def fetch_trades(
    settings: Settings, venue_name: str, symbol: str, span: Span, *, as_json: bool
) -> bool:
    """Fetch, print the progress to standard error and then the totals; False if it failed."""
    from assets.landing.venues.backfill import backfill
    from assets.landing.venues.checkpoint import checkpoint_path
    from assets.landing.venues.exchange import open_exchange
    from assets.landing.venues.paging import FetchError

    venue = venue_of(venue_name)
    path = checkpoint_path(settings.root, venue, symbol, span.name)
    try:
        fetched = backfill(
            venue,
            open_exchange(venue, settings.venue_url(venue.name)),
            symbol,
            span.window,
            object_store(settings),
            path,
            progress=_progress_reporter(f"{venue.name} {symbol}"),
        )
    except FetchError as error:
        errors.print(said(error, "bold red", label="failed:"))
        return False
    if span.is_rolling and fetched.resumed:
        errors.print("this resumed an interrupted fetch: run it again for newer trades")
    _conclude(venue.name, symbol, fetched, as_json=as_json)
    return True


def fetch_archive(
    settings: Settings, symbol: str, start: datetime, end: datetime, *, as_json: bool
) -> bool:
    """Land Binance's daily archives; False if one was refused, unreadable or could not be
    loaded."""
    import msgspec

    from assets.landing.venues.archive import days_between, fetch_archives
    from assets.landing.venues.paging import FetchError

    days = days_between(start.date(), end.date())
    if not days:
        raise SettingsError("archives are whole days: --to is a later day than --from")
    found = []
    try:
        for day in fetch_archives(
            symbol, days, settings.binance_archive_url, object_store(settings),
            settings.root / "fetches" / "archives",
        ):  # fmt: skip
            errors.print(said(f"{day.file}: {day.state} {day.detail}".rstrip()))
            found.append(msgspec.structs.asdict(day) | {"objects": len(day.objects)})
    except FetchError as error:
        errors.print(said(error, "bold red", label="failed:"))
        return False
    columns = ("file", "state", "rows", "objects")
    print_rows(found, title="archives; next: tapewatch run --yes", as_json=as_json, columns=columns)
    return all(day["state"] not in {"refused", "unreadable"} for day in found)


def venue_of(name: str) -> "Venue":
    """The venue of this name; SettingsError names the known venues."""
    from assets.landing.venues.known import VENUES

    if name not in VENUES:
        raise SettingsError(f"the venue is one of {', '.join(VENUES)}, was {name!r}")
    return VENUES[name]


def _conclude(venue: str, symbol: str, fetched: "Fetched", *, as_json: bool) -> None:
    for gap in fetched.gaps:
        errors.print(said(f"{venue} {symbol} served {gap}", "yellow", label="gap:"))
    row = {
        "venue": venue,
        "symbol": symbol,
        "pages": fetched.pages,
        "trades": fetched.trades,
        "unreadable": fetched.unreadable,
        "gaps": len(fetched.gaps),
        "objects": len(set(fetched.objects)),
        "resumed": fetched.resumed,
    }
    print_rows([row], title="fetched; next: tapewatch run --yes", as_json=as_json)


def _progress_reporter(subject: str) -> "Callable[[Fetched, float], None]":
    reported_at = float("-inf")

    def report(fetched: "Fetched", share: float) -> None:
        nonlocal reported_at
        if time.monotonic() - reported_at >= REPORT_EVERY_SECONDS or share == 1.0:
            reported_at = time.monotonic()
            pages = f"{fetched.pages:,} pages, {fetched.trades:,} trades"
            errors.print(said(f"{subject}: {share:.0%}, {pages}"))

    return report


def _milliseconds(*times: datetime) -> tuple[int, int]:
    first, last = (int(time.replace(tzinfo=UTC).timestamp() * 1000) for time in times)
    return first, last
