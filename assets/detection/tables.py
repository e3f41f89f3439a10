"""The tables of detection: hits, and what each detector could judge."""

from assets.detection.coverage import DetectorRun
from assets.detection.hits import Hit
from assets.lake.tables import Table

HITS = Table.of(
    "alerts.hits",
    Hit,
    meaning="Every cell that fired, of each detector; alerts join them to episodes.",
    partitioned_by="trade_day",
)
DETECTOR_RUNS = Table.of(
    "ops.detector_runs",
    DetectorRun,
    meaning="What each detector could judge of each symbol and day; silence does not mean clear.",
    like=(Hit,),
)
