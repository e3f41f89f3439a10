"""Commands that bring trades in: from venues, from the simulator, through Kafka."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from assets.lake.settings import load_settings
from assets.landing.kafka.cadence import Cadence
from orchestration.command_line.output import FAILED, OK
from orchestration.command_line.program import (
    DATA,
    EVALUATION,
    STREAMS,
    TIMES,
    AsJson,
    WrongUsageError,
    app,
    one_of,
    settings_of_run,
)


@app.command(rich_help_panel=DATA)
def fetch(
    venue: Annotated[str, typer.Argument(help="binance, bitstamp, bybit, coinbase, kraken, ...")],
    symbol: Annotated[str, typer.Argument(help="BTC-USDT")],
    minutes: Annotated[int | None, typer.Option(min=1, help="The last N minutes.")] = None,
    start: Annotated[datetime | None, typer.Option("--from", formats=TIMES, help="UTC.")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=TIMES, help="UTC.")] = None,
    archive: Annotated[
        bool, typer.Option("--archive", help="Binance's daily archives, with their checksums.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Land a venue's public trades; the same command resumes an interrupted fetch."""
    from orchestration.command_line.fetch import fetch_archive, fetch_trades, span_of

    if archive:
        if venue != "binance" or start is None or end is None or minutes is not None:
            raise WrongUsageError("--archive needs binance, --from and --to")
        is_done = fetch_archive(load_settings(), symbol, start, end, as_json=as_json)
        raise typer.Exit(OK if is_done else FAILED)
    span = span_of(minutes, start, end)
    if span is None:
        raise WrongUsageError("give --minutes N, or --from and a later --to")
    is_done = fetch_trades(load_settings(), venue, symbol, span, as_json=as_json)
    raise typer.Exit(OK if is_done else FAILED)


@app.command(rich_help_panel=STREAMS)
def stream(
    venue: Annotated[str, typer.Argument(help="binance, bitstamp, bybit, coinbase, kraken, ...")],
    symbols: Annotated[list[str], typer.Argument(help="BTC-USDT ETH-USDT")],
    style: Annotated[str, typer.Option("--format", help="json or avro.")] = "json",
    as_json: AsJson = False,
) -> None:
    """Send a venue's live trades to Kafka until it is stopped; `land` reads them there."""
    from orchestration.command_line.stream import stream_trades

    one_of("--format", style, ("json", "avro"))
    stream_trades(load_settings(), venue, symbols, style=style, as_json=as_json)


@app.command(rich_help_panel=STREAMS)
def land(
    topic: Annotated[
        str | None, typer.Option(help="Topic of trade messages; default TAPEWATCH_KAFKA_TOPIC.")
    ] = None,
    max_seconds: Annotated[
        float,
        typer.Option(
            min=0.05, help="Objects are written at each multiple of this period by the clock."
        ),
    ] = Cadence.seconds,
    max_rows: Annotated[
        int, typer.Option(min=1, help="An object is written when it has this many messages.")
    ] = Cadence.rows,
    style: Annotated[
        str, typer.Option("--format", help="auto (by each message's first byte), json or avro.")
    ] = "auto",
    until_end: Annotated[
        bool,
        typer.Option("--until-end", help="Stop when the topic's present messages have landed."),
    ] = False,
    metrics_port: Annotated[
        int | None, typer.Option(help="Show counters to Prometheus on this port, /metrics.")
    ] = None,
) -> None:
    """Land a Kafka topic in the object store, exactly once, until it is stopped."""
    from assets.landing.kafka.service import land as land_topic
    from assets.landing.kafka.service import lander_of

    one_of("--format", style, ("auto", "json", "avro"))
    settings = load_settings()
    lander = lander_of(
        settings, topic or settings.kafka_topic, Cadence(max_seconds, max_rows), style
    )
    land_topic(settings, lander, until_end=until_end, metrics_port=metrics_port)


@app.command(rich_help_panel=EVALUATION)
def simulate(
    trades: Annotated[
        int | None, typer.Option(min=1, help="Write files of exactly this many trades.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the files.")] = None,
    orders: Annotated[
        bool, typer.Option("--orders", help="Also write the events of every order.")
    ] = False,
    kafka: Annotated[bool, typer.Option("--kafka", help="Send them to Kafka instead.")] = False,
    rate: Annotated[float, typer.Option(min=0.1, help="Trades a second, into Kafka.")] = 1_000.0,
    seconds: Annotated[int, typer.Option(min=1, help="How long, into Kafka.")] = 60,
    style: Annotated[str, typer.Option("--format", help="json or avro, into Kafka.")] = "json",
    ledger: Annotated[
        Path | None, typer.Option(help="Write partition, offset and id of what Kafka confirmed.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another market.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Simulate a market of several venues with planted abuse, and its labels."""
    from orchestration.command_line.simulate import simulate_to_kafka, write_files

    if kafka == (trades is not None):
        raise WrongUsageError("give either --trades and --out, for files, or --kafka")
    one_of("--format", style, ("json", "avro"))
    if trades is None:
        simulate_to_kafka(
            load_settings(), seed, rate, seconds, style=style, ledger=ledger, as_json=as_json
        )
        return
    if out is None:
        raise WrongUsageError("--trades needs --out, the folder of the files")
    try:
        write_files(trades, seed, out, with_orders=orders, as_json=as_json)
    except ValueError as error:
        raise WrongUsageError(str(error)) from None


@app.command("simulate-service", rich_help_panel=STREAMS)
def simulate_service(
    port: Annotated[int, typer.Option(help="Port of the service, on this machine only.")] = 8085,
    mock_trading: Annotated[
        bool, typer.Option("--mock-trading/--no-mock-trading", help="Allow mock trades.")
    ] = True,
) -> None:
    """Serve trades by HTTP: into Kafka where a broker is set, else into the landing zone."""
    from orchestration.command_line.simulate import serve

    serve(load_settings(), port, mock_enabled=mock_trading)


@app.command(rich_help_panel=STREAMS)
def live(
    rate: Annotated[int, typer.Option(min=1, help="Trades a second.")] = 1_000,
    seconds: Annotated[
        int | None, typer.Option(min=1, help="How long; default: without end.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another market.")] = 1,
    port: Annotated[int, typer.Option(help="Port of the Dagster UI.")] = 3000,
    desk_port: Annotated[int, typer.Option(help="Port of the desk, for the live page.")] = 8090,
) -> None:
    """Send a simulated market through Kafka to alerts; the live page of the desk shows them."""
    from orchestration.command_line.live import live as show

    show(settings_of_run(), rate, seconds, seed, ui_port=port, desk_port=desk_port)


@app.command(rich_help_panel=STREAMS)
def warm() -> None:
    """Run a warm process for the runs of a stream's windows (with TAPEWATCH_WARM_RUNS)."""
    from orchestration import dagster_home
    from orchestration.warm_runs.worker import supervise

    settings = settings_of_run()
    dagster_home.prepare(settings)
    supervise(dagster_home.warm_socket(settings))
