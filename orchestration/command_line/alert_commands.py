"""Commands for alerts: list, explain, verify, publish."""

from datetime import datetime
from typing import Annotated

import typer

from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from orchestration.command_line.output import FAILED, OK, console, print_json, print_rows
from orchestration.command_line.plain_text import said
from orchestration.command_line.program import (
    TIMES,
    AsJson,
    Style,
    WrongUsageError,
    app,
    checked_style,
)


@app.command()
def alerts(
    since: Annotated[
        datetime | None,
        typer.Option(formats=TIMES, help="UTC."),
    ] = None,
    style: Style = "table",
    as_json: AsJson = False,
) -> None:
    """List the current alerts."""
    from assets.alerts.reading import list_alerts
    from orchestration.command_line.alerts import show_alerts

    style = checked_style(style, as_json=as_json)
    show_alerts(list_alerts(Lake(load_settings()), since), style)


@app.command()
def explain(
    alert_id: str,
    trades: Annotated[
        bool, typer.Option("--trades", help="All trades behind it, as CSV, and nothing else.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print an alert's evidence and the trades behind it."""
    from assets.alerts.reading import explain_alert
    from orchestration.command_line.alerts import show_explanation, show_trades

    settings = load_settings()
    lake = Lake(settings)
    explanation = explain_alert(lake, alert_id)
    if trades:
        show_trades(lake, explanation)
    else:
        show_explanation(explanation, settings.program, as_json=as_json)


@app.command()
def verify(alert_id: str, as_json: AsJson = False) -> None:
    """Derive an alert again from the trades of its snapshot, and compare."""
    from orchestration.command_line.verify import verify_alert

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


@app.command("publish-alerts")
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

    if style not in {None, "avro", "json"}:
        raise WrongUsageError(f"--format is avro or json, was {style!r}")
    lake = Lake(load_settings())
    lake.create([REVISIONS, PUBLISHED])
    count = publish(lake, format=style)
    topic = lake.settings.kafka_alert_topic
    print_rows([{"topic": topic, "sent": count}], title="alerts out", as_json=as_json)
