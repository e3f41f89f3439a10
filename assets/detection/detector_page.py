"""The page of all detectors, made from their declarations, docstrings and measured figures.

`python -m assets.detection.detector_page` writes the committed one, and the rates in the README's
table of detectors; tests compare both.
"""

import re
from pathlib import Path

from assets.detection.catalogue import PATTERNS
from assets.detection.detector import Detector, shipped_detectors
from assets.detection.measured import measured
from assets.detection.null_rate import Judging, null_rate_on
from assets.market.venue import SIMULATED
from reports.detectors import paragraphs
from reports.detectors_page import DetectorEntry

PAGE = Path(__file__).parents[1] / "detectors" / "DETECTORS.md"
README = Path(__file__).parents[2] / "README.md"
PREFACE = """# Detectors

Made by `python -m assets.detection.detector_page` from what each detector declares and from figures
that `tapewatch evaluate` and `make bench` measured. A rate is of alerts where nothing is wrong, by
symbol and day.
"""


def detector_page() -> str:
    """The whole page as Markdown."""
    parts = [PREFACE, *(_markdown(one) for one in detector_entries()), _catalogue()]
    return "\n".join(parts)


def detector_entries() -> list[DetectorEntry]:
    """Every detector in words, for this page and that of the reports."""
    return [_entry(one) for one in shipped_detectors()]


def readme_with_rates(readme: str) -> str:
    """The README, with each detector's rate in the last column of its row, and its fallback's."""
    for one in shipped_detectors():
        row = rf"^(\| `{one.name}` \|.*\|) [^|]+ \|$"
        rate = _once_in(one.null_rate_per_symbol_day)
        readme = re.sub(row, rf"\1 {rate} |", readme, flags=re.MULTILINE)
        if one.fallback is not None:
            rate = _once_in(one.fallback.null_rate_per_symbol_day)
            readme = re.sub(rf"(`{one.name}`) once in [\d,]+ days", rf"\1 {rate}", readme)
    return readme


def _stated(way: Judging) -> str:
    """Its rate, and that of simulated markets where it is another."""
    simulated = null_rate_on(way, SIMULATED)
    rate = f"{way.null_rate_per_symbol_day:g} a symbol-day"
    if simulated == way.null_rate_per_symbol_day:
        return rate
    return f"{rate}, {simulated:g} in simulated markets"


def _once_in(rate_per_day: float) -> str:
    return f"once in {round(1 / rate_per_day):,} days"


def _entry(one: Detector) -> DetectorEntry:
    facts = [
        f"Data tier: {one.data_tier}; subject: {one.subject}; cells of {one.grid}; looks back "
        f"{one.look_back}; reads {', '.join(f'`{name}`' for name in one.inputs)}.",
        f"Stated rate: {_stated(one)}.",
        f"Sources: {'; '.join(one.references)}.",
    ]
    if one.fallback is not None:
        facts.insert(2, f"Stated rate where history is short: {_stated(one.fallback)}.")
    return DetectorEntry(
        name=one.name,
        paragraphs=paragraphs(one),
        facts=facts,
        thresholds=[
            (name, str(getattr(one.params, name)), field.description or "")
            for name, field in type(one.params).model_fields.items()
        ],
        figures=measured(one.name) or ("Not measured on fresh markets yet.",),
    )


def _markdown(one: DetectorEntry) -> str:
    thresholds = [f"| `{name}` | {value} | {meaning} |" for name, value, meaning in one.thresholds]
    table = ["| threshold | value | meaning |", "| --- | --- | --- |", *thresholds]
    return "\n".join(
        [
            f"## {one.name}",
            "",
            "\n\n".join(one.paragraphs),
            "",
            *(f"- {fact}" for fact in one.facts),
            "",
            *table,
            "",
            *(f"- {figure}" for figure in one.figures),
            "",
        ]
    )


def _catalogue() -> str:
    rows = [f"| {one.name} | {one.state} | {one.reason} |" for one in PATTERNS]
    return "\n".join(
        [
            "## What raises no alert",
            "",
            "| pattern | state | reason |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(detector_page(), encoding="utf-8")
    README.write_text(readme_with_rates(README.read_text(encoding="utf-8")), encoding="utf-8")
