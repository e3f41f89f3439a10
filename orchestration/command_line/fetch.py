"""`tapewatch fetch`: a venue's public trades of a window into the landing zone."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from orchestration.command_line.output import errors, print_rows
from orchestration.lake import Lake
from orchestration.settings import Settings, SettingsError

Window = tuple[int, int]


def window_of(minutes: int | None, start: datetime | None, end: datetime | None) -> Window | None:
    """The window in ms, [from, to); None unless exactly one way of saying it was used."""
    if minutes is not None and start is None and end is None:
        end = datetime.now(UTC).replace(tzinfo=None)
        start = end - timedelta(minutes=minutes)
    elif minutes is not None or start is None or end is None or start >= end:
        return None
    first, last = (int(time.replace(tzinfo=UTC).timestamp() * 1000) for time in (start, end))
    return first, last


def fetch_trades(
    settings: Settings, venue: str, symbol: str, window: Window, *, as_json: bool
) -> bool:
    """Fetch, tell each page on standard error and the sum at the end; False if it failed."""
    from assets.landing.venues.backfill import Fetched, FetchError, backfill, open_exchange
    from assets.landing.venues.known import VENUES

    if venue not in VENUES:
        raise SettingsError(f"the venue is one of {', '.join(VENUES)}, was {venue!r}")

    def tell(fetched: Fetched) -> None:
        errors.print(f"{venue} {symbol}: {fetched.pages} pages, {fetched.trades:,} trades")

    try:
        fetched = backfill(
            VENUES[venue],
            open_exchange(VENUES[venue], settings.venue_urls.get(venue)),
            symbol,
            window,
            Lake(settings).objects,
            settings.root / "fetches" / f"{venue}_{symbol}_{window[0]}_{window[1]}.json",
            progress=tell,
        )
    except FetchError as error:
        errors.print(f"[bold red]failed:[/bold red] {error}", highlight=False)
        return False
    summary = asdict(fetched) if as_json else asdict(fetched) | {"objects": len(fetched.objects)}
    print_rows([{"venue": venue, "symbol": symbol, **summary}], title="fetch", as_json=as_json)
    return True
