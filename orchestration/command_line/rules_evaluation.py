"""`tapewatch evaluate rules`: the rules of the replaced systems beside our detectors."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow.parquet as pq

from assets.alerts.reading import list_alerts
from assets.evaluation.matching import Event, events_of, finding_of
from assets.evaluation.replaced_rules import alarms_of
from assets.evaluation.rules import RULES, RuleRow, compare_rules
from assets.lake.lake import Lake
from assets.lake.settings import Settings
from orchestration.command_line.market_evaluation import LABELS, processed
from orchestration.command_line.output import errors, print_json, print_rows
from orchestration.command_line.plain_text import said


def compare_in_lake(settings: Settings) -> list[RuleRow]:
    """Compare over what the lake holds."""
    lake = Lake(settings)
    lake.require()
    return _compare(lake, None)


def compare_on(settings: Settings, data: Path) -> list[RuleRow]:
    """Compare over files, or over a simulated market with its labels."""
    labels = data / LABELS
    is_labelled = labels.is_file()
    events = events_of(pq.read_table(labels).to_pylist()) if is_labelled else None
    with processed(settings, [data / "trades" if is_labelled else data]) as lake:
        return _compare(lake, events)


def show_rules(rows: Sequence[RuleRow], *, as_json: bool) -> None:
    """Print the rows; at a terminal also what each rule means."""
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    labelled = any(row.planted is not None for row in rows)
    unlabelled = {"planted", "found", "precision", "recall"}
    print_rows(
        [
            {
                name: value
                for name, value in asdict(row).items()
                if name != "detectors" and (labelled or name not in unlabelled)
            }
            for row in rows
        ],
        title="replaced rules and our detectors",
        as_json=False,
    )
    print_rows(
        [
            {"rule": f"{r.system} {r.name}", "fires": r.meaning, "here": ", ".join(r.ours)}
            for r in RULES
        ],
        title="the rules",
        as_json=False,
    )


def _compare(lake: Lake, events: Sequence[Event] | None) -> list[RuleRow]:
    alerts = [finding_of(row) for row in list_alerts(lake)]
    with lake.connect() as connection:
        symbol_days = connection.execute(
            "select count(distinct (venue, symbol, trade_day)) from lake.core.trades"
        ).fetchall()[0][0]
        raised = []
        for place, rule in enumerate(RULES, start=1):
            errors.print(said(f"  {place} of {len(RULES)}: {rule.system} {rule.name}"))
            raised.append((rule, alarms_of(connection, rule)))
    return compare_rules(raised, alerts, symbol_days, events)
