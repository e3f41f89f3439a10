"""`tapewatch evaluate`: detection measured on labelled data."""

from dataclasses import asdict
from pathlib import Path

from assets.evaluation.pumps import evaluate_pumps
from assets.lake.settings import Settings, SettingsError
from orchestration.command_line.output import errors, print_json, print_rows
from orchestration.command_line.plain_text import said

SHOWN = ("pumps", "found", "false_alerts", "symbol_days", "false_alerts_per_symbol_day",
         "median_delay_s", "rows", "rows_in_core", "rows_dropped", "rows_quarantined")  # fmt: skip


def evaluate_pump_files(settings: Settings, folder: Path, *, as_json: bool) -> None:
    """Evaluate `pump_and_dump` on the folder's recordings and print the figures."""

    def progress(place: int, count: int, name: str) -> None:
        errors.print(said(f"  {place} of {count}: {name}"))

    try:
        evaluation = evaluate_pumps(folder, settings.root, progress)
    except FileNotFoundError as missing:
        raise SettingsError(str(missing)) from missing
    if as_json:
        print_json(asdict(evaluation))
        return
    figures = asdict(evaluation)
    print_rows(
        [{"measure": name.replace("_", " "), "value": figures[name]} for name in SHOWN],
        title="pumps",
        as_json=False,
    )
    for title in ("missed", "false_alerts_at", "unlabelled"):
        print_rows(
            [{"recording": name} for name in figures[title]],
            title=title.replace("_", " "),
            as_json=False,
        )


def evaluate_simulated_market(data: Path, seed: int, out: Path | None, *, as_json: bool) -> bool:
    """Print real and simulated measures, write them to a file if asked; True if all are allowed."""
    from assets.simulation.realism import (
        as_markdown,
        compare,
        real_markets,
        simulated_markets,
        table_rows,
    )

    try:
        real = real_markets(data)
    except FileNotFoundError as missing:
        raise SettingsError(str(missing)) from missing
    compared = compare(real, simulated_markets(seed))
    if out is not None:
        out.write_text(as_markdown(compared, seed))
    if as_json:
        print_json([asdict(one) | {"is_within": one.is_within} for one in compared])
    else:
        print_rows(table_rows(compared), title="simulated beside real", as_json=False)
    return all(one.is_within for one in compared)
