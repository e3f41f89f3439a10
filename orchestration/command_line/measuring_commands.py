"""Commands that measure: detection against labels, speed against running services."""

from pathlib import Path
from typing import Annotated

import typer

from assets.lake.settings import load_settings
from orchestration.command_line.output import FAILED, OK, print_json, print_rows
from orchestration.command_line.program import AsJson, WrongUsageError, bench, evaluate, one_of


@evaluate.command("pumps")
def evaluate_pumps(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="Labelled files.")],
    as_json: AsJson = False,
) -> None:
    """Find announced pumps in SYM_<announced UTC>.csv.gz files, judged by pump_labels.csv."""
    from orchestration.command_line.evaluation import evaluate_pump_files

    evaluate_pump_files(load_settings(), data, as_json=as_json)


@evaluate.command("market")
def evaluate_market(
    data: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="A folder that `simulate` wrote."),
    ] = None,
    events: Annotated[
        int, typer.Option(min=1, help="Without --data: fewest planted events a typology.")
    ] = 60,
    seed: Annotated[
        int | None, typer.Option(help="Without --data: the first seed, from 1000000 on.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare alerts with planted abuse, on a simulated market or on fresh ones, by severity."""
    from orchestration.command_line import market_evaluation

    settings = load_settings()
    if data is not None and seed is not None:
        raise WrongUsageError("--data is a market that exists, --seed makes another: give one")
    if data is not None:
        evaluation = market_evaluation.evaluate_market_folder(settings, data)
    else:
        evaluation = market_evaluation.evaluate_fresh_markets(settings, events, seed)
    market_evaluation.show_market_evaluation(evaluation, as_json=as_json)


@evaluate.command("rings")
def evaluate_rings(
    seed: Annotated[
        int, typer.Option(help="Days and rings are drawn by it; from 1000000 on it is fresh.")
    ] = 1_000_000,
    clean_days: Annotated[int, typer.Option(min=1, help="Days without a ring.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Plant 270 rings of accounts into simulated days, and look at days without one.

    Rings of 3 to 20 accounts, 0.5 to 10 % of the day, up to 70 % of whose trading is honest.
    """
    from orchestration.command_line.rings_evaluation import show_rings

    show_rings(seed, clean_days, as_json=as_json)


@evaluate.command("rules")
def evaluate_rules(
    data: Annotated[
        Path | None,
        typer.Option(exists=True, help="Files, or a folder that `simulate` wrote; else the lake."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what the rules of the systems replaced here raise, beside our detectors.

    Over the trades of the lake, or of --data in a home of its own; a simulated market's labels say
    what of it is right.
    """
    from orchestration.command_line import rules_evaluation

    settings = load_settings()
    rows = (
        rules_evaluation.compare_in_lake(settings)
        if data is None
        else rules_evaluation.compare_on(settings, data)
    )
    rules_evaluation.show_rules(rows, as_json=as_json)


@evaluate.command("clean")
def evaluate_clean(
    data: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help="Clean files or folders; may be given more than once."),
    ] = None,
    simulated: Annotated[
        int | None, typer.Option(min=1, help="Instead: fewest simulated symbol-days a class.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the table as Markdown.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count alerts a symbol-day on data without abuse, beside the rate that each detector states.

    The hours about a pump that a pump_labels.csv beside the files names are left out.
    """
    from dataclasses import asdict

    from orchestration.command_line import clean_evaluation

    settings = load_settings()
    if (data is None) == (simulated is None):
        raise WrongUsageError("give clean files with --data, or a number with --simulated")
    if simulated is not None:
        rows = clean_evaluation.evaluate_simulated_classes(settings, simulated)
    else:
        found = clean_evaluation.evaluate_clean_files(settings, data or [])
        rows = [asdict(row) for row in found]
    clean_evaluation.show_clean(rows, out, as_json=as_json)


@evaluate.command("value-at-risk")
def evaluate_value_at_risk(
    data: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Folder of real data: hours of it too."),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="First of thirty seeds; from 1000000 on they are fresh.")
    ] = 1_000_000,
    as_json: AsJson = False,
) -> None:
    """Count losses beyond the value at risk on 30 markets of 2,000 simulated days, by method.

    Filtered history must lie in its exact 95 % band on 27 of them; the others are shown as they
    are. Of real markets the hours are pooled.
    """
    from orchestration.command_line import value_at_risk_evaluation

    rows = value_at_risk_evaluation.evaluate(seed, data)
    is_as_demanded = value_at_risk_evaluation.show(rows, as_json=as_json)
    raise typer.Exit(OK if is_as_demanded else FAILED)


@evaluate.command("simulator")
def evaluate_simulator(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="Folder of real data.")],
    seed: Annotated[int, typer.Option(help="Another seed is another market.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Write the table as Markdown.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the simulated market's statistics with real trades."""
    from orchestration.command_line.evaluation import evaluate_simulated_market

    is_within = evaluate_simulated_market(data, seed, out, as_json=as_json)
    raise typer.Exit(OK if is_within else FAILED)


@bench.command("landing")
def bench_landing(
    messages: Annotated[int, typer.Option(min=1, help="Trades in the topic.")] = 1_000_000,
    style: Annotated[str, typer.Option("--format", help="json or avro.")] = "json",
    as_json: AsJson = False,
) -> None:
    """Fill a topic, then time the lander alone on it."""
    from dataclasses import asdict

    from orchestration.command_line.bench_landing import bench_landing as measure

    one_of("--format", style, ("json", "avro"))
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
