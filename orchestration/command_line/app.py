"""`tapewatch`: every command, what it takes and how it ends (0 fine, 1 failed, 2 wrong usage)."""

import gc
import os
import sys
import warnings
from datetime import datetime
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.markup import escape

from assets.landing.kafka import StreamError
from orchestration.command_line.output import (
    FAILED,
    OK,
    WRONG_USAGE,
    console,
    errors,
    print_json,
    print_rows,
)
from orchestration.command_line.processes import ProcessError
from orchestration.lake import Lake, LakeError
from orchestration.lock import CatalogError, LockTimeoutError
from orchestration.object_store import ObjectStoreError
from orchestration.settings import Settings, SettingsError, load_settings

app = typer.Typer(
    name="tapewatch",
    help="Open market surveillance for crypto: trades in, explained alerts and a risk report out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
evaluate = typer.Typer(help="Measure detection against labelled data.", no_args_is_help=True)
app.add_typer(evaluate, name="evaluate")
bench = typer.Typer(help="Measure speed against the running services.", no_args_is_help=True)
app.add_typer(bench, name="bench")

TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
# what a user can mend; anything else is a defect of ours and shows its traceback
KNOWN = (
    *(LakeError, ObjectStoreError, LockTimeoutError, CatalogError),
    *(StreamError, ProcessError, duckdb.Error),
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


class WrongUsageError(Exception):
    """The command was called with something it cannot use; exit code 2."""


def settings_of_run() -> Settings:
    """The settings, with Dagster pointed at the same home."""
    settings = load_settings()
    os.environ.setdefault("DAGSTER_HOME", str(settings.dagster_home))
    return settings


@app.command()
def doctor(
    apply: Annotated[
        bool, typer.Option("--apply", help="First set the bucket's versioning as the settings say.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is configured, reachable and missing."""
    from orchestration.command_line import doctor as doctors

    settings = load_settings()
    if apply:
        doctors.apply(settings)
    findings = doctors.examine(settings)
    print_rows(doctors.rows(findings), title="tapewatch doctor", as_json=as_json)
    if any(finding.state == "failed" for finding in findings):
        raise typer.Exit(FAILED)


@app.command()
def run(
    inputs: Annotated[
        list[Path] | None,
        typer.Option("--input", help="Files or folders of trades; may be given more than once."),
    ] = None,
    days: Annotated[
        list[datetime] | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="UTC days; default: those of the input."),
    ] = None,
    from_stage: Annotated[
        str,
        typer.Option(
            "--from", help="First stage: land, normalise, features, detect, score, publish."
        ),
    ] = "land",
    only: Annotated[str | None, typer.Option(help="Run this detector and no other.")] = None,
    venue: Annotated[str | None, typer.Option(help="Venue of files that do not say.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take trades through the whole path, to alerts and a risk report per symbol."""
    from orchestration.command_line.run import Request, run_path, show_outcome

    request = Request(
        inputs=tuple(inputs or ()),
        days=tuple(day.date() for day in days or ()),
        from_stage=from_stage,
        only=only,
        venue=venue,
    )
    outcome = run_path(settings_of_run(), request)
    show_outcome(outcome, as_json=as_json)
    raise typer.Exit(OK if outcome.succeeded else FAILED)


@app.command()
def land(
    topic: Annotated[
        str | None, typer.Option(help="Topic of trade messages; default TAPEWATCH_KAFKA_TOPIC.")
    ] = None,
    max_seconds: Annotated[
        float, typer.Option(min=0.05, help="An object is written at least this often.")
    ] = 1.0,
    max_rows: Annotated[
        int, typer.Option(min=1, help="An object is written when it has so many messages.")
    ] = 50_000,
    style: Annotated[
        str, typer.Option("--format", help="auto (by each message's first byte), json or avro.")
    ] = "auto",
    until_end: Annotated[
        bool, typer.Option("--until-end", help="Stop when what the topic holds now has landed.")
    ] = False,
    metrics_port: Annotated[
        int | None, typer.Option(help="Show counters to Prometheus on this port, /metrics.")
    ] = None,
) -> None:
    """Land a Kafka topic in the object store, exactly once, until it is stopped."""
    from assets.landing.kafka.lander import Limits
    from orchestration.command_line.landing import land as land_topic
    from orchestration.command_line.landing import lander_of

    if style not in {"auto", "json", "avro"}:
        raise WrongUsageError(f"--format is auto, json or avro, was {style!r}")
    settings = load_settings()
    lander = lander_of(
        settings, topic or settings.kafka_topic, Limits(max_seconds, max_rows), style
    )
    land_topic(settings, lander, until_end=until_end, metrics_port=metrics_port)


@app.command()
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
    """Land a venue's public trades; the same command goes on where it was cut off."""
    from orchestration.command_line.fetch import fetch_archive, fetch_trades, span_of

    if archive:
        if venue != "binance" or start is None or end is None or minutes is not None:
            raise WrongUsageError("--archive goes with binance, --from and --to")
        is_done = fetch_archive(load_settings(), symbol, start, end, as_json=as_json)
        raise typer.Exit(OK if is_done else FAILED)
    span = span_of(minutes, start, end)
    if span is None:
        raise WrongUsageError("say --minutes N, or --from and a later --to")
    is_done = fetch_trades(load_settings(), venue, symbol, span, as_json=as_json)
    raise typer.Exit(OK if is_done else FAILED)


@app.command()
def stream(
    venue: Annotated[str, typer.Argument(help="binance, bitstamp, bybit, coinbase, kraken, ...")],
    symbols: Annotated[list[str], typer.Argument(help="BTC-USDT ETH-USDT")],
    style: Annotated[str, typer.Option("--format", help="json or avro.")] = "json",
    as_json: AsJson = False,
) -> None:
    """Send a venue's live trades to Kafka until it is stopped; `land` takes them from there."""
    from orchestration.command_line.stream import stream_trades

    if style not in {"json", "avro"}:
        raise WrongUsageError(f"--format is json or avro, was {style!r}")
    stream_trades(load_settings(), venue, symbols, style=style, as_json=as_json)


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="Another seed is another market.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Run a real recording and a simulated market with planted abuse through the whole path."""
    from orchestration.command_line.demo import run_demo, show_demo

    outcome = run_demo(settings_of_run(), seed)
    show_demo(outcome, as_json=as_json)
    raise typer.Exit(OK if outcome.run.succeeded else FAILED)


@app.command()
def simulate(
    trades: Annotated[
        int | None, typer.Option(min=1, help="Write files of exactly so many trades.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the files.")] = None,
    orders: Annotated[
        bool, typer.Option("--orders", help="Write every order's events beside the trades.")
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
    """Make a market of several venues with abuse planted in it, and labels that say where."""
    from orchestration.command_line.simulate import simulate_to_kafka, write_files

    if kafka == (trades is not None):
        raise WrongUsageError("say either --trades and --out, for files, or --kafka")
    if style not in {"json", "avro"}:
        raise WrongUsageError(f"--format is json or avro, was {style!r}")
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


@app.command("simulate-service")
def simulate_service(
    port: Annotated[int, typer.Option(help="Port of the service, on this machine only.")] = 8085,
    mock_trading: Annotated[
        bool, typer.Option("--mock-trading/--no-mock-trading", help="Allow mock trades.")
    ] = True,
) -> None:
    """Serve trades by HTTP: into Kafka where a broker is set, else into the landing zone."""
    from orchestration.command_line.simulate import serve

    serve(load_settings(), port, mock_enabled=mock_trading)


@app.command()
def alerts(
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], help="UTC."),
    ] = None,
    style: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    as_json: AsJson = False,
) -> None:
    """List the current alerts."""
    from orchestration.command_line.alerts import list_alerts, show_alerts

    if style not in {"table", "csv", "json"}:
        raise WrongUsageError(f"--format is table, csv or json, was {style!r}")
    show_alerts(list_alerts(Lake(load_settings()), since), "json" if as_json else style)


@app.command("publish-alerts")
def publish_alerts(
    style: Annotated[
        str | None,
        typer.Option("--format", help="avro or json; default: avro where a registry is set."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send the alert revisions that were not sent yet to the Kafka topic risk_alerts."""
    from assets.alert_stream import publish_alerts as publish
    from orchestration.tables import PUBLISHED, REVISIONS

    if style not in {None, "avro", "json"}:
        raise WrongUsageError(f"--format is avro or json, was {style!r}")
    lake = Lake(load_settings())
    lake.create([REVISIONS, PUBLISHED])
    count = publish(lake, format=style)
    topic = lake.settings.kafka_alert_topic
    print_rows([{"topic": topic, "sent": count}], title="alerts out", as_json=as_json)


@app.command()
def explain(alert_id: str, as_json: AsJson = False) -> None:
    """Print an alert's evidence and the trades behind it."""
    from orchestration.command_line.alerts import explain_alert, show_explanation

    show_explanation(explain_alert(Lake(load_settings()), alert_id), as_json=as_json)


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
        console.print(f"{outcome.alert_id}: [bold]{outcome.verdict}[/bold]")
        if outcome.reason:
            console.print(outcome.reason)
        print_rows(outcome.differences, title="differences", as_json=False)
    raise typer.Exit(OK if outcome.verdict == "identical" else FAILED)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="Any SELECT, e.g. 'from marts.symbol_days'.")],
    as_json: AsJson = False,
) -> None:
    """Ask the lake in SQL; read-only, also while runs write."""
    with Lake(load_settings()).connect() as connection:
        connection.execute("use lake")
        relation = connection.sql(sql)
        rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    print_rows(rows, title="result", as_json=as_json)


@app.command()
def maintain(
    keep_days: Annotated[
        int, typer.Option(min=0, help="Keep snapshots younger than this many days.")
    ] = 7,
    as_json: AsJson = False,
) -> None:
    """Merge small files, expire snapshots that no open alert cites, delete what nobody reads."""
    from dataclasses import asdict
    from datetime import UTC, timedelta

    from orchestration.maintenance import maintain as maintain_lake

    before = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=keep_days)
    done = maintain_lake(Lake(load_settings()), before)
    print_rows([asdict(done)], title="maintenance", as_json=as_json)


@app.command()
def rebuild(
    discard_lake: Annotated[
        bool,
        typer.Option("--discard-lake", help="Yes, delete tables, alerts, revisions."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the lake anew from the landed objects, which are the truth."""
    from orchestration.command_line.run import rebuild_lake, show_outcome

    if not discard_lake:
        raise WrongUsageError(
            "this deletes the lake's tables, alerts and their revisions (the landed objects stay): "
            "say --discard-lake if you mean it"
        )
    outcome = rebuild_lake(settings_of_run())
    show_outcome(outcome, as_json=as_json)
    raise typer.Exit(OK if outcome.succeeded else FAILED)


@evaluate.command("pumps")
def evaluate_pumps(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="Labelled files.")],
    as_json: AsJson = False,
) -> None:
    """Find announced pumps in SYM_<announced UTC>.csv.gz files, judged by pump_labels.csv."""
    from orchestration.command_line.evaluation import evaluate_pump_files

    evaluate_pump_files(load_settings(), data, as_json=as_json)


@evaluate.command("simulator")
def evaluate_simulator(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="Folder of real data.")],
    seed: Annotated[int, typer.Option(help="Another seed is another market.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Write the table as Markdown.")] = None,
    as_json: AsJson = False,
) -> None:
    """Hold the simulated market's statistics against real trades."""
    from orchestration.command_line.evaluation import evaluate_simulated_market

    is_within = evaluate_simulated_market(data, seed, out, as_json=as_json)
    raise typer.Exit(OK if is_within else FAILED)


@bench.command("landing")
def bench_landing(
    messages: Annotated[int, typer.Option(min=1, help="Trades that the topic holds.")] = 1_000_000,
    style: Annotated[str, typer.Option("--format", help="json or avro.")] = "json",
    as_json: AsJson = False,
) -> None:
    """Fill a topic, then time the lander alone on it."""
    from dataclasses import asdict

    from orchestration.command_line.bench_landing import bench_landing as measure

    if style not in {"json", "avro"}:
        raise WrongUsageError(f"--format is json or avro, was {style!r}")
    result = asdict(measure(load_settings(), messages, style))
    if as_json:
        print_json(result)
    else:
        print_rows([result], title="landing", as_json=False)


@bench.command("latency")
def bench_latency(
    rate: Annotated[int, typer.Option(min=100, help="Trades a second.")] = 5_000,
    seconds: Annotated[int, typer.Option(min=10, help="How long.")] = 600,
    warm: Annotated[bool, typer.Option("--warm", help="Runs in a warm process.")] = False,
    as_json: AsJson = False,
) -> None:
    """Time alerts, from the record that closes a cell to their commit, over the whole path."""
    from dataclasses import asdict

    from orchestration.command_line.bench_latency import bench_latency as measure

    result = asdict(measure(load_settings(), rate, seconds, warm=warm))
    if as_json:
        print_json(result)
    else:
        print_rows([result], title="latency", as_json=False)


@app.command()
def live(
    rate: Annotated[int, typer.Option(min=1, help="Trades a second.")] = 1_000,
    seconds: Annotated[
        int | None, typer.Option(min=1, help="How long; default: on and on.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another market.")] = 1,
    port: Annotated[int, typer.Option(help="Port of the Dagster UI.")] = 3000,
) -> None:
    """Send a simulated market through Kafka, the object store and the sensor, to alerts."""
    from orchestration.command_line.live import live as show

    show(settings_of_run(), rate, seconds, seed, port)


@app.command()
def warm() -> None:
    """Keep a process ready for the runs of a stream's windows (with TAPEWATCH_WARM_RUNS)."""
    from orchestration import dagster_home
    from orchestration.warm_runs.worker import supervise

    settings = settings_of_run()
    dagster_home.prepare(settings)
    supervise(dagster_home.warm_socket(settings))


@app.command()
def dev(
    port: Annotated[int, typer.Option(help="Port of the UI.")] = 3000,
) -> None:
    """Open the Dagster UI over the lake of the settings, with its daemon."""
    from orchestration import dagster_home

    dagster_home.prepare(settings_of_run())
    # for each process that Dagster starts: it says once an asset that single-run backfills are beta
    os.environ.setdefault("PYTHONWARNINGS", "ignore:Parameter `backfill_policy`")
    root = Path(__file__).resolve().parent.parent.parent
    command = ["dagster", "dev", "-w", str(root / "workspace.yaml"), "-p", str(port)]
    os.execvp(Path(sys.executable).parent / "dagster", command)


def main() -> None:
    """Run a command; every known error becomes one message and its exit code."""
    # a backfill in one run is what we want of Dagster, beta or not; say no more of it
    warnings.filterwarnings("ignore", message=".*is currently in beta")
    # start-up makes millions of objects that stay; looking for garbage among them costs seconds
    gc.set_threshold(100_000, 20, 20)
    try:
        # ends the process itself: 0, the code of typer.Exit, or 2 for what it cannot parse
        app()
    except (SettingsError, WrongUsageError) as error:
        errors.print(f"[bold red]wrong usage:[/bold red] {error}", highlight=False)
        sys.exit(WRONG_USAGE)
    except KNOWN as error:
        errors.print(f"[bold red]failed:[/bold red] {error}", highlight=False)
        sys.exit(FAILED)
    except OSError as error:
        errors.print(
            f"[bold red]failed:[/bold red] {escape(str(error))}; free it for this user, or set "
            "TAPEWATCH_HOME to a folder that can be written to",
            highlight=False,
        )
        sys.exit(FAILED)
