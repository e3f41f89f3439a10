"""Commands about instruments: what a venue's symbols mean, and the venue's own descriptions."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from assets.lake.lake import Lake
from assets.lake.settings import Settings, SettingsError, load_settings
from orchestration.command_line.output import errors, print_json, print_rows
from orchestration.command_line.plain_text import said
from orchestration.command_line.program import DATA, HELP, AsJson, app

instruments = typer.Typer(
    help="What each symbol means: kind, currencies, contract size.",
    no_args_is_help=True,
    context_settings=HELP,
)
app.add_typer(instruments, name="instruments", rich_help_panel=DATA)

SHOWN = ("venue", "symbol", "venue_symbol", "kind", "settlement", "contract_size", "source")


@instruments.command("list")
def list_instruments(
    venue: Annotated[str | None, typer.Option(help="Of one venue.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the instruments of the trades in the lake, and who says what they are."""
    from reports.queries import rows

    with Lake(load_settings()).connect() as connection:
        found = rows(
            connection,
            "select * from lake.core.instruments where coalesce(venue = ?, true) "
            "order by venue, symbol",
            [venue],
        )
    print_rows(found, title="instruments", as_json=as_json, columns=SHOWN)


@instruments.command()
def refresh(
    venue: Annotated[str, typer.Argument(help="binance, bybit, deribit, kraken, okx, ...")],
    as_json: AsJson = False,
) -> None:
    """Ask a venue what it trades; the next run of a day reads its trades by the answer."""
    settings = load_settings()
    count, key = refreshed(settings, venue, datetime.now(UTC))
    if as_json:
        print_json({"venue": venue, "instruments": count, "object": key})
    else:
        errors.print(said(f"{venue}: {count:,} names of instruments, in {key}"))


def refreshed(settings: Settings, venue: str, now: datetime) -> tuple[int, str]:
    """Store the venue's present descriptions; their number and the object's key."""
    import ccxt

    from assets.landing.venues.exchange import open_markets
    from assets.transform.instruments import of_markets, save

    try:
        exchange = open_markets(venue, settings.venue_url(venue))
        markets = exchange.load_markets()
    except KeyError:
        raise SettingsError(f"{venue!r} is no venue of ccxt's; one of theirs is meant") from None
    except ccxt.BaseError as error:
        raise SettingsError(f"{venue} did not say what it trades: {error}; try again") from None
    found = of_markets(venue, markets.values())
    return len(found), save(Lake(settings).objects, venue, found, now)
