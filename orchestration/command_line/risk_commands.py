"""Commands for risk: the scored trades, and the accounts of a day."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any

import typer

from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.scoring.levels import LEVELS
from assets.scoring.reading import BOARDS, WantedTrades, rated_accounts, scored_trades
from assets.scoring.tables import ACCOUNT_RISK, TRADE_RISK
from orchestration.command_line.account_commands import accounts
from orchestration.command_line.moments import WRITTEN, moment
from orchestration.command_line.output import print_csv, print_json, print_rows
from orchestration.command_line.program import (
    EVERYDAY,
    AsJson,
    Style,
    app,
    checked_style,
    one_of,
)

Day = Annotated[str | None, typer.Option(help=f"Default: the last scored day. {WRITTEN}")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=0, help="Most rows.")]
# tables leave out what was not checked: it is much the same in each row
NOT_CHECKED = "NOT_CHECKED"


@app.command(rich_help_panel=EVERYDAY)
def trades(
    day: Day = None,
    symbol: Annotated[str | None, typer.Option(help="As BTC-USDT.")] = None,
    account: Annotated[str | None, typer.Option(help="Its buyer or seller.")] = None,
    level: Annotated[
        str | None,
        typer.Option(help="LOW, MEDIUM, HIGH or CRITICAL.", autocompletion=lambda: [*LEVELS]),
    ] = None,
    pattern: Annotated[str | None, typer.Option(help="As flash_crash.")] = None,
    limit: Limit = 20,
    style: Style = "table",
    as_json: AsJson = False,
) -> None:
    """List the scored trades of a day, those of the highest risk first.

    CSV and JSON have every part, and what is not known or was not checked.
    """
    if level is not None:
        one_of("--level", level.upper(), LEVELS)
    wanted = WantedTrades(_day(day), symbol, account, level, pattern)
    with Lake(load_settings()).connect() as connection:
        found = scored_trades(connection, wanted, limit)
    _show(found, _trade_listed, TRADE_RISK.column_names, "trades", style, as_json=as_json)


@accounts.command("risk")
def accounts_by_risk(
    day: Day = None,
    sort: Annotated[
        str,
        typer.Option(help=f"{', '.join(BOARDS)}.", autocompletion=lambda: [*BOARDS]),
    ] = "risk",
    limit: Limit = 20,
    style: Style = "table",
    as_json: AsJson = False,
) -> None:
    """List the accounts that traded on a day, those of the highest risk first."""
    one_of("--sort", sort, BOARDS)
    with Lake(load_settings()).connect() as connection:
        found = rated_accounts(connection, _day(day), sort, limit)
    _show(found, _account_listed, ACCOUNT_RISK.column_names, "accounts", style, as_json=as_json)


def _day(text: str | None) -> date | None:
    named = moment("--day", text)
    return named.date() if named else None


def _show(
    found: Sequence[Mapping[str, Any]],
    listed: Callable[[Mapping[str, Any]], dict[str, Any]],
    names: Sequence[str],
    title: str,
    style: str,
    *,
    as_json: bool,
) -> None:
    style = checked_style(style, as_json=as_json)
    if style == "csv":
        print_csv(found, names)
    elif style == "json":
        print_json(found)
    else:
        print_rows([listed(row) for row in found], title=title, as_json=False)


def _trade_listed(trade: Mapping[str, Any]) -> dict[str, Any]:
    """A trade's row that fits into a terminal."""
    sides = [trade["buyer_account_id"] or "?", trade["seller_account_id"] or "?"]
    return {
        "at": trade["traded_at"],
        "symbol": trade["symbol"],
        "trade_id": trade["trade_id"],
        "level": trade["level"],
        "score": trade["score"],
        "notional": trade["notional"],
        "buyer, seller": ", ".join(sides),
        "patterns": ", ".join(trade["triggered_patterns"]),
        "flags": _checked(trade["compliance_flags"]),
    }


def _account_listed(account: Mapping[str, Any]) -> dict[str, Any]:
    """An account's row that fits into a terminal."""
    return {
        "rank": account["rank"],
        "account": account["account_id"],
        "level": account["level"],
        "score": account["score"],
        "notional_usd": account["notional_usd"],
        "trades": account["trade_count"],
        "alerts": account["alert_count"],
        "former_alerts": account["former_alert_count"],
        "patterns": ", ".join(account["triggered_patterns"]),
        "flags": _checked(account["compliance_flags"]),
    }


def _checked(flags: Sequence[str]) -> str:
    return ", ".join(flag for flag in flags if not flag.startswith(NOT_CHECKED))
