"""Every detector and every model of the last day, and how it last did."""

from collections.abc import Sequence

from duckdb import DuckDBPyConnection

from assets.anomaly.models import load
from assets.anomaly.tables import ANOMALY
from assets.detection.detector import Detector
from assets.detection.tables import DETECTOR_RUNS
from assets.lake.lake import Lake
from ml.registry import ModelCard
from reports.detectors import paragraphs
from reports.queries import Row, present_tables, rows

COUNTS = ("ran", "insufficient", "failed")


def catalogue(lake: Lake, known: Sequence[Detector]) -> list[Row]:
    """Detectors, then the models of the last day that has scores: name, kind, version, last run."""
    with lake.connect() as connection:
        runs = _last_runs(connection)
        scored = _last_models(connection)
    return [
        *(_detector(one, runs.get(one.name)) for one in known),
        *(_model(load(lake.objects, row["model_id"]), row) for row in scored),
    ]


def described(lake: Lake, known: Sequence[Detector], name: str) -> Row | None:
    """One detector with its docstring and sources, or one model with what it learnt from.

    A model goes by its id or the beginning of one. None where nothing has that name.
    """
    for one in known:
        if one.name == name:
            with lake.connect() as connection:
                run = _last_runs(connection).get(name)
            return _detector(one, run) | {
                "description": paragraphs(one),
                "references": one.references,
                "inputs": one.inputs,
                "grid_seconds": one.grid.total_seconds(),
                "recommended_action": one.recommended_action,
            }
    with lake.connect() as connection:
        scored = _last_models(connection)
    named = [row for row in scored if name and row["model_id"].startswith(name)]
    if len(named) != 1:
        return None
    card = load(lake.objects, named[0]["model_id"])
    return _model(card, named[0]) | {
        "data_digest": card.data_digest,
        "libraries": card.libraries,
        "parameters": card.parameters,
        "location": card.state["location"],
        "covariance": card.state["covariance"],
    }


def _detector(one: Detector, run: Row | None) -> Row:
    return {
        "name": one.name,
        "kind": "detector",
        "version": one.code_version,
        "typology": one.typology,
        "data_tier": one.data_tier,
        "thresholds": one.params.model_dump(),
        "null_rate_per_symbol_day": one.null_rate_per_symbol_day,
        "simulated_rate_per_symbol_day": one.simulated_rate_per_symbol_day,
        "last_run": run,
    }


def _model(card: ModelCard, row: Row) -> Row:
    """A model; `type` and `feature_names` are named as the service that this replaces had them."""
    return {
        "name": row["model_id"],
        "kind": "model",
        "version": f"{card.name} {card.version}",
        "type": "robust Mahalanobis distance of normal scores, with conformal p-values",
        "feature_names": card.features,
        "is_pooled": row["is_pooled"],
        "metrics": card.metrics,
        "trained_on": card.data_window,
        "last_run": {"trade_day": row["trade_day"], "cells_judged": row["cells_judged"]},
    }


def _last_runs(connection: DuckDBPyConnection) -> dict[str, Row]:
    """Of each detector the last day that has a row of it: symbols by outcome, cells, hits."""
    if DETECTOR_RUNS.name not in present_tables(connection):
        return {}
    counts = ", ".join(f"count(*) filter (where outcome = '{one}') as {one}" for one in COUNTS)
    found = rows(
        connection,
        f"""
        select
            detector,
            trade_day,
            {counts},
            sum(cells_judged)::bigint as cells_judged,
            sum(hit_count)::bigint as hit_count,
            max(detected_at) as detected_at,
        from lake.{DETECTOR_RUNS.name}
        group by detector, trade_day
        qualify trade_day = max(trade_day) over (partition by detector)
        """,
    )
    return {row.pop("detector"): row for row in found}


def _last_models(connection: DuckDBPyConnection) -> list[Row]:
    """The models that scored the last day, and how many cells each."""
    if ANOMALY.name not in present_tables(connection):
        return []
    return rows(
        connection,
        f"""
        select model_id, is_pooled, trade_day, count(*) as cells_judged
        from lake.{ANOMALY.name}
        where
            model_id is not null and score is not null
            and trade_day = (
                select max(trade_day) from lake.{ANOMALY.name} where model_id is not null
            )
        group by all
        order by is_pooled, model_id
        """,
    )
