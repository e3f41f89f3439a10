"""Commands that send alerts, scores and prices to Kafka topics."""

from typing import Annotated

import typer

from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from orchestration.command_line.output import print_rows
from orchestration.command_line.program import STREAMS, AsJson, app, one_of

Words = list[str] | None
Style = Annotated[
    str | None,
    typer.Option("--format", help="avro or json; default: avro where a registry is set."),
]


@app.command("publish-alerts", rich_help_panel=STREAMS)
def publish_alerts(
    style: Style = None,
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
    style: Style = None,
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
