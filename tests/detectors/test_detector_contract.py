"""What each detector of the registry must be and do, whoever wrote it."""

import csv
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
from duckdb import DuckDBPyConnection, DuckDBPyRelation

from assets.alerts.description import names_in
from assets.clusters.tables import CLUSTERS
from assets.detection.coverage import judge_coverage
from assets.detection.detector import DataTier, Detector, detectors
from assets.detection.hit_rows import hit_rows
from assets.detection.hits import Hit, Stamps, find_hits
from assets.detection.query import cells_of, query_of, table_of
from assets.market.subject import SubjectKind
from assets.market.window import Window
from assets.transform.build import compute_features
from assets.transform.compiled_models import Model, models

ROOT = Path(__file__).resolve().parents[2]
STAMPS = Stamps(
    input_snapshot_id=1, code_version="test", run_id="test", detected_at=datetime(2026, 4, 1)
)
REGISTRY = {detector.name: detector for detector in detectors()}
# a detector of what Python writes has no input here; its own tests run it
WRITTEN_BY_PYTHON = {"anomaly_5m", CLUSTERS.name.removeprefix("features.")}
ON_FEATURES = [d for d in REGISTRY.values() if WRITTEN_BY_PYTHON.isdisjoint(d.inputs)]

HIT_COLUMNS = {
    "subject_kind": "VARCHAR",
    "subject_id": "VARCHAR",
    "venue": "VARCHAR",
    "symbol": "VARCHAR",
    "cell_start_at": "TIMESTAMP",
    "cell_end_at": "TIMESTAMP",
    "kind": "VARCHAR",
    "statistic": "DOUBLE",
    "threshold": "DOUBLE",
    "p_value": "DOUBLE",
    "notional": "DOUBLE",
    "notional_usd": "DOUBLE",
    "further_subjects": "VARCHAR",
    "evidence": "VARCHAR",
}

every_detector = pytest.mark.parametrize("detector", REGISTRY.values(), ids=REGISTRY)


def every_detector_on_features(test: Callable[..., None]) -> Callable[..., None]:
    """Each in turn; slow, for the markets that they judge are."""
    named = pytest.mark.parametrize("detector", ON_FEATURES, ids=[d.name for d in ON_FEATURES])
    return pytest.mark.slow(named(test))


def as_rows(hits: Iterable[Hit]) -> list[str]:
    return sorted(map(repr, hits))


def random_cuts(window: Window, seed: int) -> list[Window]:
    """Windows that make up the whole: cut in the midst of each abuse, and anywhere."""
    draw = random.Random(seed)
    length = (window.end_at - window.start_at) // timedelta(microseconds=1)
    hours = [1.4, 3.98, 4.05, 6, 6.004, 6.4, 8 + 1 / 6, 10, 10.005, 10.1, 12.03, 13 + 7 / 60, 14.52]
    hours += [16.1, 19.3]
    amid = [round(hour * 3.6e9) + draw.randrange(15_000_000) for hour in hours]
    anywhere = [draw.randrange(1, length) for _ in range(6)]
    # every other cut falls on a second, and so more often on an edge of a grid
    offsets = [n - n % 1_000_000 if i % 2 else n for i, n in enumerate(amid + anywhere)]
    bounds = [window.start_at + timedelta(microseconds=n) for n in sorted({0, *offsets, length})]
    return [Window(*pair) for pair in pairwise(bounds)]


@every_detector_on_features
def test_it_reads_no_row_while_its_query_is_built(
    detector: Detector, quiet_market: DuckDBPyConnection, abused_market: DuckDBPyConnection,
    whole_market: Window,
) -> None:  # fmt: skip
    def query(connection: DuckDBPyConnection) -> str:
        # sets the window that a detector would see
        cells_of(connection, detector, whole_market)
        tables = tuple(f"lake.{table_of(name)}" for name in detector.inputs)
        return re.sub("query_relation_[0-9a-f]+", "", query_of(connection, detector, tables))

    assert query(quiet_market) == query(abused_market)


@pytest.mark.slow
def test_a_detector_that_reads_rows_while_its_query_is_built_sees_none(
    abused_market: DuckDBPyConnection, last_day: Window
) -> None:
    seen: list[int] = []

    def curious(*arguments: Any) -> DuckDBPyRelation:
        seen.append(len(arguments[0].fetchall()))
        return REGISTRY["flash_crash"].detect(*arguments)

    detector = replace(REGISTRY["flash_crash"], detect=curious)
    found = find_hits(abused_market, detector, last_day, STAMPS)
    assert found == find_hits(abused_market, REGISTRY["flash_crash"], last_day, STAMPS)
    assert seen == [0]


@every_detector
def test_it_says_what_it_is_and_what_it_cannot_see(detector: Detector) -> None:
    assert detector.__doc__
    assert "Blind spot" in detector.__doc__
    assert detector.references
    assert detector.data_tier in get_args(DataTier)
    assert detector.version >= 1
    assert detector.subject in get_args(SubjectKind)


@every_detector
def test_every_threshold_has_a_default_and_a_description(detector: Detector) -> None:
    for name, threshold in type(detector.params).model_fields.items():
        assert threshold.description, name
        assert not threshold.is_required(), name
    assert type(detector.params)() is not None
    # the stream keeps judgements by detector
    assert hash(detector) is not None


@every_detector
def test_it_is_in_a_file_of_its_name_in_the_folder_of_its_data_tier(detector: Detector) -> None:
    module = f"assets.detectors.{detector.data_tier}.{detector.name}"
    assert detector.detect.__module__ == module


@every_detector
def test_its_typology_is_known(detector: Detector) -> None:
    with (ROOT / "dbt_project" / "seeds" / "typologies.csv").open() as seed:
        assert detector.typology in {row["typology"] for row in csv.DictReader(seed)}


@every_detector
def test_its_null_rate_is_documented(detector: Detector) -> None:
    assert 0 <= detector.null_rate_per_symbol_day <= 1
    assert "Null rate" in (detector.__doc__ or "")


@every_detector
def test_the_readme_states_its_null_rate(detector: Detector) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (row,) = (line for line in readme.splitlines() if line.startswith(f"| `{detector.name}` |"))
    assert row.endswith(f"| once in {round(1 / detector.null_rate_per_symbol_day):,} days |")


@every_detector
def test_its_fallback_states_a_weaker_rate_and_that_history_is_short(detector: Detector) -> None:
    fallback = detector.fallback
    if fallback is None:
        return
    assert detector.null_rate_per_symbol_day <= fallback.null_rate_per_symbol_day <= 1
    assert "History is" in fallback.description
    assert "short history" in (detector.__doc__ or "")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert (
        f"`{detector.name}` once in {round(1 / fallback.null_rate_per_symbol_day):,} days" in readme
    )


@every_detector
def test_its_score_lies_between_0_and_1_and_rises(detector: Detector) -> None:
    scores = [detector.score(n / 4, 1.0) for n in range(41)]

    assert all(0 <= score <= 1 for score in scores)
    assert scores == sorted(scores)
    assert len(set(scores)) > 1


@every_detector
def test_a_changed_threshold_changes_its_digest(detector: Detector) -> None:
    class Changed(type(detector.params)):
        one_more: int = 0

    assert replace(detector, params=Changed()).params_digest != detector.params_digest


@every_detector_on_features
def test_it_reads_only_features(detector: Detector, quiet_market: DuckDBPyConnection) -> None:
    found = quiet_market.execute(
        "select table_name from duckdb_tables() "
        "where database_name = 'lake' and schema_name = 'features'"
    ).fetchall()

    assert set(detector.inputs) <= {name for (name,) in found}


@every_detector_on_features
def test_it_returns_the_columns_of_hits(
    detector: Detector, quiet_market: DuckDBPyConnection
) -> None:
    inputs = {name: quiet_market.table(f"lake.features.{name}") for name in detector.inputs}
    hits = hit_rows(detector, inputs)

    kinds = {name: str(kind) for name, kind in zip(hits.columns, hits.types, strict=True)}
    assert kinds == HIT_COLUMNS


@every_detector_on_features
def test_it_is_silent_on_a_quiet_market(
    detector: Detector, quiet_market: DuckDBPyConnection, whole_market: Window
) -> None:
    assert find_hits(quiet_market, detector, whole_market, STAMPS) == []


@every_detector_on_features
def test_it_could_judge_the_last_day(
    detector: Detector, quiet_market: DuckDBPyConnection, last_day: Window
) -> None:
    runs = judge_coverage(quiet_market, detector, last_day, [], STAMPS)

    assert {run.symbol: run.outcome for run in runs} == {"AAA-USDT": "ran", "BBB-USDT": "ran"}
    for run in runs:
        assert run.cells_judged > run.cells_insufficient
        assert 0 <= run.expected_false_alerts <= detector.null_rate_per_symbol_day


@every_detector_on_features
def test_an_hour_with_missing_trades_was_not_judged(
    detector: Detector, quiet_market: DuckDBPyConnection, last_day: Window
) -> None:
    before = judge_coverage(quiet_market, detector, last_day, [], STAMPS)
    quiet_market.execute("begin")
    quiet_market.execute(
        "insert into lake.ops.completeness by name select venue, symbol, false as is_covered, "
        "time_bucket(interval 1 hour, cell_start_at) as cell_start_at, trade_day "
        "from lake.features.bars_1h where trade_day = ? and hour(cell_start_at) = 12",
        [last_day.days[0]],
    )
    after = judge_coverage(quiet_market, detector, last_day, [], STAMPS)
    quiet_market.execute("rollback")

    assert sum(run.cells_judged for run in after) < sum(run.cells_judged for run in before)
    assert [run.cells_judged + run.cells_insufficient for run in after] == [
        run.cells_judged + run.cells_insufficient for run in before
    ]


@every_detector_on_features
def test_it_finds_something_on_an_abused_market(
    detector: Detector, abused_market: DuckDBPyConnection, last_day: Window
) -> None:
    hits = find_hits(abused_market, detector, last_day, STAMPS)

    assert {hit.symbol for hit in hits} == {"AAA-USDT"}
    for hit in hits:
        assert 0 <= hit.score <= 1
        assert hit.p_value is None or 0 <= hit.p_value <= 1
        assert hit.statistic >= hit.threshold
        assert hit.cell_end_at - hit.cell_start_at == detector.grid


@every_detector_on_features
def test_a_cell_hits_once(
    detector: Detector, abused_market: DuckDBPyConnection, whole_market: Window
) -> None:
    hits = find_hits(abused_market, detector, whole_market, STAMPS)

    keys = Counter((hit.kind, hit.subject_id, hit.symbol, hit.cell_start_at) for hit in hits)
    assert set(keys.values()) == {1}


@every_detector_on_features
def test_its_words_ask_for_nothing_that_it_has_not_measured(
    detector: Detector, abused_market: DuckDBPyConnection, last_day: Window
) -> None:
    for hit in find_hits(abused_market, detector, last_day, STAMPS):
        evidence = json.loads(hit.evidence)
        asked = {
            "hit": names_in(detector.way_of(evidence).description)
            | names_in(detector.recommended_action),
            "confirmation": names_in(detector.confirmed),
        }
        assert asked[hit.kind] <= {*evidence, "quote", "subject"}


@every_detector_on_features
def test_its_evidence_leads_to_trades(
    detector: Detector, abused_market: DuckDBPyConnection, last_day: Window,
    trades_of: Callable[[DuckDBPyConnection, Hit], list[dict[str, Any]]],
) -> None:  # fmt: skip
    for hit in find_hits(abused_market, detector, last_day, STAMPS)[:20]:
        trades = trades_of(abused_market, hit)
        assert trades
        assert {trade["symbol"] for trade in trades} == {hit.symbol}
        assert trades[-1]["traded_at"] < hit.cell_end_at


@every_detector_on_features
def test_it_gives_the_same_rows_twice(
    detector: Detector, abused_market: DuckDBPyConnection, last_day: Window
) -> None:
    once = find_hits(abused_market, detector, last_day, STAMPS)

    assert find_hits(abused_market, detector, last_day, STAMPS) == once


@every_detector_on_features
def test_relations_built_before_either_is_read_stay_apart(
    detector: Detector, abused_market: DuckDBPyConnection
) -> None:
    inputs = {name: abused_market.table(f"lake.features.{name}") for name in detector.inputs}
    alone = hit_rows(detector, inputs).aggregate("count(*)").fetchall()

    found = hit_rows(detector, inputs)
    hit_rows(detector, {name: inputs[name].filter("false") for name in inputs})

    assert found.aggregate("count(*)").fetchall() == alone


@every_detector_on_features
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.proof)])
def test_a_cut_day_computed_in_random_order_gives_the_same_rows(
    detector: Detector, abused_market: DuckDBPyConnection, last_day: Window, seed: int
) -> None:
    windows = random_cuts(last_day, seed)
    random.Random(seed).shuffle(windows)

    in_parts = [
        hit for window in windows for hit in find_hits(abused_market, detector, window, STAMPS)
    ]

    assert as_rows(in_parts) == as_rows(find_hits(abused_market, detector, last_day, STAMPS))


@pytest.mark.path
@pytest.mark.slow
def test_a_day_that_comes_in_pieces_gives_the_features_and_hits_of_a_whole_one(
    abused_market: DuckDBPyConnection, last_day: Window, dbt_root: Path
) -> None:
    in_parts: dict[str, list[Hit]] = {detector.name: [] for detector in ON_FEATURES}
    whole = {
        detector.name: find_hits(abused_market, detector, last_day, STAMPS)
        for detector in ON_FEATURES
    }
    features = [model for model in models(dbt_root) if model.folder == "features"]
    tables = [model for model in features if model.materialized == "window"]
    at_once = {model.name: digest(abused_market, model) for model in tables}

    abused_market.execute("begin")
    try:
        for model in tables:
            abused_market.execute(
                f"delete from {model.relation} where {model.window_column} >= ?",
                [last_day.start_at],
            )
        for window in random_cuts(last_day, seed=3):
            compute_features(abused_market, window, dbt_root)
            for detector in ON_FEATURES:
                in_parts[detector.name] += find_hits(abused_market, detector, window, STAMPS)
        differing = [m.name for m in tables if digest(abused_market, m) != at_once[m.name]]
    finally:
        abused_market.execute("rollback")

    assert differing == []
    for detector in ON_FEATURES:
        assert as_rows(in_parts[detector.name]) == as_rows(whole[detector.name]), detector.name


def digest(connection: DuckDBPyConnection, model: Model) -> Sequence[Any]:
    """What two feature tables share that are equal, bit by bit, as multisets."""
    return connection.execute(
        f"select count(*), sum(hash(stored)::hugeint) from {model.relation} as stored"
    ).fetchall()
