"""`tapewatch evaluate rings`: rings of accounts planted into simulated days."""

from dataclasses import asdict
from typing import Any

from assets.evaluation.rings import evaluate_rings
from orchestration.command_line.output import errors, print_json, print_rows
from orchestration.command_line.plain_text import said

STEP = 15


def show_rings(seed: int, clean_days: int, *, as_json: bool) -> None:
    """Evaluate, and print a row a kind of ring and the figures over all."""

    def progress(done: int, total: int) -> None:
        if done % STEP == 0 or done == total:
            errors.print(said(f"  {done} of {total} days"))

    evaluation = evaluate_rings(seed, clean_days, progress)
    if as_json:
        print_json([asdict(evaluation)])
        return
    print_rows(
        [{name: _text(value) for name, value in asdict(row).items()} for row in evaluation.rows],
        title="rings by kind",
        as_json=False,
    )
    figures = {name: value for name, value in asdict(evaluation).items() if name != "rows"}
    print_rows(
        [{"measure": name.replace("_", " "), "value": _text(v)} for name, v in figures.items()],
        title="rings",
        as_json=False,
    )


def _text(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return " to ".join(map(_text, value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)
