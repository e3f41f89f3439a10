"""From what a detector selects to rows of hits: the columns that are the same in every detector.

A detector selects its subject's columns, the cell's bounds, `statistic`, `threshold` and `evidence`
(a struct), where they apply `p_value`, `notional`, `notional_usd`, `further_subjects` and
`by_fallback`, and what its `trades` name. Score, stamps and storage are added later (`hits.py`).
"""

from collections.abc import Mapping

from duckdb import DuckDBPyRelation

from assets.detection.detector import Detector
from assets.market.subject import SUBJECT_COLUMNS, SUBJECT_ID

REQUIRED = ("cell_start_at", "cell_end_at", "statistic", "threshold", "evidence")
# what a detector may leave out, and what it then is
DEFAULTS = {
    "venue": "''",
    "symbol": "''",
    "p_value": "null::double",
    "notional": "null::double",
    "notional_usd": "null::double",
    # of structs of a role, a kind and an id
    "further_subjects": "[]",
    # whether the detector's fallback found it; written into the evidence where it did
    "by_fallback": "null::boolean",
}


class DetectionError(Exception):
    """A detector cannot run as it is: an input is missing, or its rows have the wrong columns."""


def hit_rows(detector: Detector, inputs: Mapping[str, DuckDBPyRelation]) -> DuckDBPyRelation:
    """The detector's hits over these inputs, and what confirms them.

    Columns: subject_kind, subject_id, venue, symbol (empty where they say nothing), the cell's
    bounds, kind (`hit` or `confirmation`), statistic, threshold, p_value, notional, notional_usd,
    further_subjects and evidence, which are JSON; evidence has `trades`, a `Selection`, and
    `by_fallback`, true or null.
    """
    found = detector(*inputs.values())
    _check_columns(detector, found)
    hits = _completed(
        detector, found.project(f"*, {detector.trades.selection} as selection"), "hit"
    )
    if detector.confirmed_by is None:
        return hits
    confirmations = detector.confirmed_by.confirmations(
        found, inputs, detector.params, SUBJECT_COLUMNS[detector.subject], detector.reach
    )
    return hits.union(
        _completed(detector, confirmations.project("*, trades as selection"), "confirmation")
    )


def _check_columns(detector: Detector, found: DuckDBPyRelation) -> None:
    wanted = {*REQUIRED, *SUBJECT_COLUMNS[detector.subject], *detector.trades.columns}
    missing = wanted - set(found.columns)
    unknown = set(found.columns) - wanted - set(DEFAULTS)
    if missing or unknown:
        parts = [
            f"{words} {', '.join(sorted(names))}"
            for words, names in (("lacks", missing), ("has the unknown columns", unknown))
            if names
        ]
        raise DetectionError(
            f"{detector.name} returned {sorted(found.columns)}: it {' and '.join(parts)}"
        )


def _completed(detector: Detector, rows: DuckDBPyRelation, kind: str) -> DuckDBPyRelation:
    given = {name: name if name in rows.columns else default for name, default in DEFAULTS.items()}
    return rows.project(
        f"""
        '{detector.subject}' as subject_kind,
        {SUBJECT_ID[detector.subject]} as subject_id,
        {given["venue"]} as venue,
        {given["symbol"]} as symbol,
        cell_start_at,
        cell_end_at,
        '{kind}' as kind,
        statistic::double as statistic,
        threshold::double as threshold,
        {given["p_value"]} as p_value,
        {given["notional"]} as notional,
        {given["notional_usd"]} as notional_usd,
        to_json({given["further_subjects"]})::varchar as further_subjects,
        to_json(
            struct_insert(
                evidence, trades := selection, by_fallback := nullif({given["by_fallback"]}, false)
            )
        )::varchar as evidence
        """
    )
