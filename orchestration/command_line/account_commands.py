"""Commands about accounts: who is who, what is known of a person, and its erasure."""

from typing import Annotated

import typer

from assets.lake import LakeError
from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.lake.tables import refuse_other_versions
from orchestration.command_line.output import errors, print_json, print_rows
from orchestration.command_line.plain_text import said
from orchestration.command_line.program import DATA, HELP, AsJson, app

accounts = typer.Typer(
    help="Who is who: owners, links, and the private data behind an account.",
    no_args_is_help=True,
    context_settings=HELP,
)
app.add_typer(accounts, name="accounts", rich_help_panel=DATA)

Account = Annotated[str, typer.Argument(help="The account's id.")]
Venue = Annotated[str | None, typer.Option(help="On one venue; without it on all.")]


@accounts.command("list")
def list_accounts(
    owner: Annotated[str | None, typer.Option(help="Of one owner.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the accounts that files describe, with their owners."""
    from assets.transform.accounts.tables import ACCOUNTS
    from reports.queries import rows

    with Lake(load_settings()).connect() as connection:
        refuse_other_versions(connection, [ACCOUNTS])
        found = rows(
            connection,
            f"select * exclude (source) from lake.{ACCOUNTS.name} "
            "where coalesce(owner_id = ?, ?::varchar is null) order by venue, account_id",
            [owner, owner],
        )
    print_rows(found, title="accounts", as_json=as_json)


@accounts.command()
def identify(account_id: Account, venue: Venue = None, as_json: AsJson = False) -> None:
    """Show what is kept of the person behind an account: name, birth date, devices."""
    from dataclasses import asdict

    from assets.landing.accounts.private import PrivateData

    found = PrivateData(load_settings().private_file).of_account(account_id, venue)
    print_rows([asdict(one) for one in found], title="private data", as_json=as_json)


@accounts.command()
def erase(account_id: Account, venue: Venue = None, as_json: AsJson = False) -> None:
    """Erase name, birth date and devices of the person behind an account.

    Landed objects, the lake and alerts have pseudonyms only: they stay, and verify as before.
    Files and backups outside of the home are yours to erase.
    """
    from assets.landing.accounts.private import PrivateData

    erased = PrivateData(load_settings().private_file).erase(account_id, venue)
    if not erased:
        where = f" on {venue}" if venue else ""
        raise LakeError(f"nothing is kept of an account {account_id!r}{where}: nothing was erased")
    if as_json:
        print_json({"account_id": account_id, "venue": venue, "erased": erased})
    else:
        errors.print(said(f"{account_id}: {erased:,} private values erased"))
