"""Commands for alerts and incidents: list, explain, verify."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from assets.alerts.reading import SORTS, STATUSES, Wanted
from assets.alerts.severity import ORDER
from assets.cases.filters import SORTS as INCIDENT_SORTS
from assets.cases.filters import STATES, Filter, FilterError, filter_of, filter_of_parameters
from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from orchestration.command_line.moments import WRITTEN, moment
from orchestration.command_line.output import FAILED, OK, console, print_json, print_rows
from orchestration.command_line.plain_text import said
from orchestration.command_line.program import (
    EVERYDAY,
    AsJson,
    Style,
    WrongUsageError,
    app,
    checked_style,
    one_of,
)

Words = list[str] | None
With = Annotated[Words, typer.Option("--with", help="Who has taken it: a name, me or nobody.")]
Mine = Annotated[bool, typer.Option("--mine", help="Those that you have taken: --with me.")]
Money = Annotated[Words, typer.Option(help="US dollars at stake, as '>100k'.")]
Score = Annotated[Words, typer.Option(help="As '>0.9'.")]
Text = Annotated[Words, typer.Option(help="Words of what happened, the typology or who.")]


def _wanted(since: str | None, until: str | None, words: Mapping[str, Sequence[str]]) -> Wanted:
    """What is asked for; WrongUsageError where its time ends before it begins."""
    wanted = Wanted(moment("--since", since), moment("--until", until), words)
    if wanted.since and wanted.until and wanted.since >= wanted.until:
        raise WrongUsageError(f"--since {since} is not before --until {until}")
    return wanted


def _filter(given: Mapping[str, Sequence[str] | None], words: str = "") -> Filter:
    """The filter of options and words; WrongUsageError where it names what there is not."""
    parameters = [(key, value) for key, values in given.items() for value in values or ()]
    try:
        return filter_of_parameters([*filter_of(words).parameters, *parameters])
    except FilterError as error:
        raise WrongUsageError(str(error)) from None


@app.command(rich_help_panel=EVERYDAY)
def alerts(
    severity: Annotated[
        Words,
        typer.Option(help="low, medium, high or critical.", autocompletion=lambda: list(ORDER)),
    ] = None,
    symbol: Annotated[Words, typer.Option(help="As BTC-USDT.")] = None,
    venue: Annotated[Words, typer.Option(help="As binance.")] = None,
    detector: Annotated[Words, typer.Option(help="As flash_crash.")] = None,
    status: Annotated[
        Words,
        typer.Option(
            help="open, closed or superseded; default: all but superseded.",
            autocompletion=lambda: list(STATUSES),
        ),
    ] = None,
    since: Annotated[str | None, typer.Option(help=f"Ends then or later. {WRITTEN}")] = None,
    until: Annotated[str | None, typer.Option(help=f"Starts before. {WRITTEN}")] = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=0, help="Most alerts.")] = None,
    with_: With = None,
    mine: Mine = False,
    account: Annotated[Words, typer.Option(help="The account that it is about.")] = None,
    money: Money = None,
    score: Score = None,
    text: Text = None,
    sort: Annotated[
        str,
        typer.Option(
            help=f"{', '.join(SORTS)}: gravest, highest and newest first.",
            autocompletion=lambda: list(SORTS),
        ),
    ] = "time",
    style: Style = "table",
    as_json: AsJson = False,
) -> None:
    """List the current alerts, newest first; a filter that is given twice means either.

    `tapewatch alerts --severity high --severity critical --since 2d --sort severity`
    """
    from assets.cases.deciding import asker_of
    from orchestration.command_line.alerts import show_alerts

    style = checked_style(style, as_json=as_json)
    one_of("--sort", sort, SORTS)
    for word in severity or ():
        one_of("--severity", word.lower(), ORDER)
    for word in status or ():
        one_of("--status", word.lower(), STATUSES)
    wanted = _wanted(
        since,
        until,
        {
            "severity": severity or (),
            "symbol": symbol or (),
            "venue": venue or (),
            "detector": detector or (),
            "status": status or (),
        },
    )
    lake = Lake(load_settings())
    rest = _filter(
        {"with": with_, "account": account, "money": money, "score": score, "text": text}
    )
    if mine:
        rest = rest.with_term("with", "me")
    show_alerts(lake, wanted, rest, asker_of(lake.settings), sort=sort, limit=limit, style=style)


@app.command(rich_help_panel=EVERYDAY)
def incidents(
    words: Annotated[
        Words,
        typer.Argument(
            help="A filter in the words of the queue's box: `is:open severity:high,medium pump`; "
            "after `--` where it begins with `-`."
        ),
    ] = None,
    severity: Annotated[
        Words,
        typer.Option(help="low, medium, high or critical.", autocompletion=lambda: list(ORDER)),
    ] = None,
    symbol: Annotated[Words, typer.Option(help="As BTC-USDT, or BTC*.")] = None,
    venue: Annotated[Words, typer.Option(help="As binance.")] = None,
    account: Annotated[Words, typer.Option(help="An account that it names.")] = None,
    detector: Annotated[Words, typer.Option(help="As flash_crash.")] = None,
    since: Annotated[str | None, typer.Option(help=f"Ends then or later. {WRITTEN}")] = None,
    until: Annotated[str | None, typer.Option(help=f"Starts before. {WRITTEN}")] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", "-n", min=0, help="Most incidents; default: 20 a day for 100 symbols."
        ),
    ] = None,
    status: Annotated[
        Words,
        typer.Option(
            "--status",
            "--state",
            help="open, in-review, escalated, closed or muted; default: all but muted.",
            autocompletion=lambda: list(STATES),
        ),
    ] = None,
    with_: With = None,
    mine: Mine = False,
    money: Money = None,
    score: Score = None,
    text: Text = None,
    after: Annotated[str | None, typer.Option(help="Those after the incident of this id.")] = None,
    sort: Annotated[
        str,
        typer.Option(
            help="rank (the gravest first), worst (of equals most money first), time (the newest).",
            autocompletion=lambda: list(INCIDENT_SORTS),
        ),
    ] = "",
    style: Style = "table",
    as_json: AsJson = False,
) -> None:
    """List incidents, the gravest first: alerts of one event, by several detectors or venues.

    A comma means or, `-` before a value not: `--detector=-market_anomaly`. CSV and JSON have every
    incident. `tapewatch incidents 'is:open severity:high -detector:market_anomaly money:>100k'`
    """
    from assets.cases.deciding import asker_of
    from assets.cases.filtering import filtered_queue
    from orchestration.command_line.incidents import show_incidents

    style = checked_style(style, as_json=as_json)
    _wanted(since, until, {})
    wanted = _filter(
        {
            "status": status, "severity": severity, "symbol": symbol, "venue": venue,
            "account": account, "detector": detector, "since": [since or ""],
            "until": [until or ""], "with": with_, "money": money, "score": score, "text": text,
            "after": [after or ""], "sort": [sort],
        },
        " ".join(words or ()),
    )  # fmt: skip
    if mine:
        wanted = wanted.with_term("with", "me")
    most = wanted.value("limit")
    lake = Lake(load_settings())
    worked = filtered_queue(lake, wanted.without("limit"), asker_of(lake.settings))
    show_incidents(
        worked, limit=limit if most is None or limit is not None else int(most), style=style
    )


@app.command(rich_help_panel=EVERYDAY)
def explain(
    alert_id: Annotated[str, typer.Argument(help="The id of an alert or incident, or its start.")],
    trades: Annotated[
        bool, typer.Option("--trades", help="All trades behind it, as CSV, and nothing else.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print an alert's evidence and the trades behind it; of an incident, its alerts before.

    Of an incident these are the evidence and the trades of the alert that leads it.
    """
    from assets.alerts.incident_reading import incident_named
    from assets.alerts.reading import explain_alert
    from orchestration.command_line.alerts import show_explanation, show_trades
    from orchestration.command_line.incidents import show_incident

    settings = load_settings()
    lake = Lake(settings)
    incident = incident_named(lake, alert_id)
    explanation = explain_alert(lake, incident["lead_alert_id"] if incident else alert_id)
    if incident and not trades and not as_json:
        show_incident(lake, incident)
    if trades:
        show_trades(lake, explanation)
    else:
        show_explanation(explanation, settings.program, as_json=as_json)


@app.command(rich_help_panel=EVERYDAY)
def verify(
    alert_id: Annotated[
        str | None, typer.Argument(help="The id of an alert, or its start.")
    ] = None,
    pack: Annotated[
        Path | None, typer.Option(help="Check a case's pack instead: a folder or its archive.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Derive an alert again from the trades of its snapshot, and compare; or check a case's pack.

    A pack is checked from itself alone: files, decisions, and what follows from the evidence.
    """
    from orchestration.verify_alert import verify_alert

    if pack is not None and alert_id is None:
        from orchestration.command_line.case_pack import verify_pack

        raise typer.Exit(OK if verify_pack(pack, as_json=as_json) else FAILED)
    if alert_id is None or pack is not None:
        raise WrongUsageError("either an alert's id, or --pack with a case's pack")
    outcome = verify_alert(Lake(load_settings()), alert_id)
    if as_json:
        print_json(
            {
                "alert_id": outcome.alert_id,
                "verdict": outcome.verdict,
                "reason": outcome.reason,
                "differences": outcome.differences,
            }
        )
    else:
        console.print(said(outcome.verdict, "bold", label=f"{outcome.alert_id}:"))
        if outcome.reason:
            console.print(said(outcome.reason))
        print_rows(outcome.differences, title="differences", as_json=False)
    raise typer.Exit(OK if outcome.verdict == "identical" else FAILED)
