"""Commands about instruments: what a venue's symbols mean, and the venue's own descriptions."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from orchestration.command_line.output import FAILED, errors, print_json, print_rows
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
    from assets.landing.formats.venue_names import venue_of
    from assets.landing.venues.descriptions import described_markets
    from assets.landing.venues.paging import FetchError
    from assets.transform.instruments import of_markets, save

    settings = load_settings()
    # as the files that name this venue land
    name = venue_of(venue) or venue
    try:
        found = of_markets(name, described_markets(name, settings.venue_url(name)))
    except FetchError as error:
        errors.print(said(error, "bold red", label="failed:"))
        raise typer.Exit(FAILED) from None
    key = save(Lake(settings).objects, name, found, datetime.now(UTC))
    if as_json:
        print_json({"venue": name, "instruments": len(found), "object": key})
    else:
        errors.print(said(f"{name}: {len(found):,} names of instruments, in {key}"))
