"""Write `reference_days.json` from recordings: `python -m assets.risk.reference_scales <folder>`.

Each recording goes the real way, from its file to the marts, in a scratch database. Small coins
against bitcoin are what the committed scales are made of: they have no money in US dollars, so the
measures that compare symbols in dollars have no scale.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from assets.lake.objects.object_store import LocalObjectStore
from assets.landing.files.importer import land_file
from assets.landing.schema import COLUMNS_KEY
from assets.market.window import Window
from assets.risk.inputs import MEASURES, Row, measured_days
from assets.risk.reference_days import FILE, LEVELS, Scale
from assets.transform.build import compute, scratch_lake
from assets.transform.compiled_models import Model, models

MARTS = ("symbol_days", "market_risk_days", "liquidity_days")
LEAST_SEEN_SHARE = 0.95
LEAST_DAYS = 100
SOURCE = (
    "25 files of Binance trades of small coins against bitcoin, 2018 to 2020, around announced "
    "pumps: theblockbrain/pump-and-dump-detection @ 9121f451 and "
    "TimurPugoev/pump-and-dump-detection-marterthesis @ 43e272e5; by "
    "`python -m assets.risk.reference_scales <folder>`"
)


def days_of(path: Path, root: Path) -> list[Row]:
    """The measured days of one file of trades; `root` is where compiled models are stored."""
    with tempfile.TemporaryDirectory(prefix="reference-") as scratch:
        store = LocalObjectStore(Path(scratch))
        report = land_file(path, store)
        first, last = report.dates[0], report.dates[-1]
        landed = [store.path(key) for key in (COLUMNS_KEY, *report.objects)]
        with scratch_lake(root) as connection:
            compute(connection, Window.of_days(first, last), models_behind(MARTS, root), landed)
            return measured_days(connection, first, last)


def models_behind(names: Sequence[str], root: Path) -> list[Model]:
    """The named models and all that they are computed from, in the order to compute them."""
    every = models(root)
    wanted = set(names)
    for model in reversed(every):
        if model.name in wanted:
            wanted.update(model.parents)
    return [model for model in every if model.name in wanted]


def scales_of(days: Sequence[Row]) -> dict[str, Scale]:
    """The scale of each measure that at least a hundred of the whole days have."""
    whole = [day for day in days if day["seen_share"] >= LEAST_SEEN_SHARE]
    values = {
        name: [day[f"{name}_across"] for day in whole if day[f"{name}_across"] is not None]
        for names in MEASURES.values()
        for name in names
    }
    return {
        name: Scale(len(found), [float(f"{q:.6g}") for q in np.quantile(found, LEVELS)])
        for name, found in values.items()
        if len(found) >= LEAST_DAYS
    }


def write_scales(folder: Path) -> None:
    """Replace the committed scales by those of the recordings below a folder."""
    with tempfile.TemporaryDirectory(prefix="models-") as root:
        paths = sorted(folder.rglob("*.csv.gz"))
        days = [day for path in paths for day in days_of(path, Path(root))]
    measures = {name: asdict(scale) for name, scale in scales_of(days).items()}
    text = json.dumps({"source": SOURCE, "measures": measures}, indent=1)
    FILE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_scales(Path(sys.argv[1]))
