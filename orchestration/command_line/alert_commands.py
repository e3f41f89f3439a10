"""Commands for alerts and incidents: list, explain, verify; and for the topics they go out to."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from assets.alerts.incident_reading import SORTS as INCIDENT_SORTS
from assets.alerts.reading import SORTS, STATUSES, Wanted
from assets.alerts.severity import ORDER
from assets.cases.reading import STATES
from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from orchestration.command_line.moments import WRITTEN, moment
from orchestration.command_line.output import FAILED, OK, console, print_json, print_rows
from orchestration.command_line.plain_text import said
from orchestration.command_line.program import (
    EVERYDAY,
    STREAMS,
    AsJson,
    Style,
    WrongUsageError,
    app,
    checked_style,
    one_of,
)

Words = list[str] | None


def _wanted(since: str | None, until: str | None, words: Mapping[str, Sequence[str]]) -> Wanted:
    """What is asked for; WrongUsageError where its time ends before it begins."""
    wanted = Wanted(moment("--since", since), moment("--until", until), words)
    if wanted.since and wanted.until and wanted.since >= wanted.until:
        raise WrongUsageError(f"--since {since} is not before --until {until}")
    return wanted


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
    show_alerts(Lake(load_settings()), wanted, sort=sort, limit=limit, style=style)


@app.command(rich_help_panel=EVERYDAY)
def incidents(
    severity: Annotated[
        Words,
        typer.Option(help="low, medium, high or critical.", autocompletion=lambda: list(ORDER)),
    ] = None,
    symbol: Annotated[Words, typer.Option(help="As BTC-USDT.")] = None,
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
    state: Annotated[
        Words,
        typer.Option(
            help="open, in review, escalated, closed or muted; default: all but muted.",
            autocompletion=lambda: list(STATES),
        ),
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Those that you have taken.")] = False,
    sort: Annotated[
        str,
        typer.Option(
            help="rank (the gravest first) or time (the newest first).",
            autocompletion=lambda: list(INCIDENT_SORTS),
        ),
    ] = "rank",
    style: Style = "table",
    as_json: AsJson = False,
) -> None:
    """List incidents, the gravest first: alerts of one event, by several detectors or venues.

    CSV and JSON have every incident.
    """
    from assets.cases.deciding import decider
    from assets.cases.reading import worked_queue
    from orchestration.command_line.incidents import show_incidents

    style = checked_style(style, as_json=as_json)
    one_of("--sort", sort, INCIDENT_SORTS)
    for word in severity or ():
        one_of("--severity", word.lower(), ORDER)
    for word in state or ():
        one_of("--state", word.lower(), STATES)
    wanted = _wanted(
        since,
        until,
        {
            "severity": severity or (),
            "symbol": symbol or (),
            "venue": venue or (),
            "account": account or (),
            "detector": detector or (),
        },
    )
    lake = Lake(load_settings())
    worked = worked_queue(
        lake,
        wanted,
        sort=sort,
        states=[word.lower() for word in state or ()],
        assignee=decider(lake.settings) if mine else None,
    )
    show_incidents(worked, limit=limit, style=style)


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


@app.command("publish-alerts", rich_help_panel=STREAMS)
def publish_alerts(
    style: Annotated[
        str | None,
        typer.Option("--format", help="avro or json; default: avro where a registry is set."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send the alert revisions that were not sent yet to the Kafka topic risk_alerts."""
    from assets.alerts.tables import REVISIONS
    from assets.publishing.alert_topic import publish_alerts as publish
    from assets.publishing.tables import PUBLISHED

    if style is not None:
        one_of("--format", style, ("avro", "json"))
    lake = Lake(load_settings())
    lake.require()
    lake.create([REVISIONS, PUBLISHED])
    count = publish(lake, format=style)
    topic = lake.settings.kafka_alert_topic
    print_rows([{"topic": topic, "sent": count}], title="alerts out", as_json=as_json)


@app.command(rich_help_panel=STREAMS)
def publish(
    names: Annotated[
        Words,
        typer.Option(
            "--topic",
            help="risk_alerts, risk_events, risk_analyzed_trades, market_prices; default: each.",
        ),
    ] = None,
    style: Annotated[
        str | None,
        typer.Option("--format", help="avro or json; default: avro where a registry is set."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send to the Kafka topics what was not sent yet; the sensor `topics_out` does so by itself."""
    from assets.lake import NoLakeError
    from assets.publishing.topic_outbox import publish as send
    from assets.publishing.topics import TOPICS, name_of

    if style is not None:
        one_of("--format", style, ("avro", "json"))
    for name in names or ():
        one_of("--topic", name, [topic.name for topic in TOPICS])
    lake = Lake(load_settings())
    lake.require()
    sent: list[dict[str, object]] = []
    for topic in TOPICS:
        if names and topic.name not in names:
            continue
        lake.create([topic.record.table])
        name = name_of(topic, lake.settings)
        try:
            sent.append({"topic": name, "sent": send(topic, lake, format=style, name=name)})
        except NoLakeError as error:
            sent.append({"topic": name, "sent": 0, "reason": str(error)})
    print_rows(sent, title="topics", as_json=as_json, columns=("topic", "sent", "reason"))
