"""Let detectors judge a window of the lake; save what each found, or that it failed."""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from duckdb import DuckDBPyConnection

from assets.detection.coverage import DetectorRun, judge_coverage
from assets.detection.detector import Detector
from assets.detection.hits import Hit, Stamps, find_hits
from assets.detection.tables import DETECTOR_RUNS, HITS
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.lake.source import Source, in_lake
from assets.lake.writers import REPLACE, Writer
from assets.market.window import Window


@dataclass(frozen=True)
class Judgement:
    """A detector's hits and coverage (None: not stated now), or the traceback of its failure."""

    hits: list[Hit]
    runs: list[DetectorRun] | None
    error: str | None = None


def judge(
    lake: Lake, chosen: Sequence[Detector], window: Window, commit_info: dict[str, str]
) -> dict[Detector, Judgement]:
    """Replace the detectors' hits of the window in one commit.

    Of those that fail the earlier hits become stale; the others are judged all the same.
    """

    def read(connection: DuckDBPyConnection) -> dict[Detector, Judgement]:
        # coverage is a day's figure: a micro-batch states it for the day so far
        day_so_far = Window(Window.of_day(window.days[0]).start_at, window.end_at)
        found: dict[Detector, Judgement] = {}
        stamps = None
        for detector in chosen:
            # the hits name the snapshot that they were judged on
            stamps = stamps or stamps_of(lake.snapshot_id(connection), commit_info)
            found[detector] = judgement_of(
                connection, detector, window, stamps, covering=day_so_far
            )
            if found[detector].error is not None:
                # a detector's error may have ended the transaction
                connection.execute("rollback")
                connection.execute("begin")
                stamps = None
        return found

    return lake.revise(
        read,
        lambda connection, judgements: save_judgements(connection, judgements, window),
        tables=(HITS, DETECTOR_RUNS),
        message=f"hits of {', '.join(detector.name for detector in chosen)}",
        commit_info=commit_info,
    )


def judgement_of(
    connection: DuckDBPyConnection,
    detector: Detector,
    window: Window,
    stamps: Stamps,
    *,
    covering: Window | None,
    source: Source = in_lake,
) -> Judgement:
    """The detector's hits of the window, and what of `covering` (None: not now) it could judge."""
    try:
        hits = find_hits(connection, detector, window, stamps, source)
        runs = (
            judge_coverage(connection, detector, covering, hits, stamps, source)
            if covering is not None
            else None
        )
        return Judgement(hits, runs)
    except Exception:  # a failed detector must not stop the others, and must not hide
        failure = traceback.format_exc()
        return Judgement([], _failed(detector, window, stamps, failure), failure)


def stamps_of(snapshot_id: int, commit_info: dict[str, str]) -> Stamps:
    """What this run writes on the rows that it makes now."""
    return Stamps(
        input_snapshot_id=snapshot_id,
        code_version=commit_info["code_version"],
        run_id=commit_info["run_id"],
        detected_at=datetime.now(UTC).replace(tzinfo=None),
    )


def _failed(detector: Detector, window: Window, stamps: Stamps, error: str) -> list[DetectorRun]:
    return [
        DetectorRun(
            detector=detector.name,
            venue=None,
            symbol=None,
            trade_day=day,
            outcome="failed",
            reason=None,
            cells_judged=0,
            cells_insufficient=0,
            hit_count=0,
            expected_false_alerts=0.0,
            error=error,
            run_id=stamps.run_id,
            detected_at=stamps.detected_at,
        )
        for day in window.days
    ]


def save_judgements(
    connection: DuckDBPyConnection,
    judgements: Mapping[Detector, Judgement],
    window: Window,
    writer: Writer = REPLACE,
) -> None:
    """Write the window's hits, and replace the days' coverage where a judgement states it.

    One statement for all detectors, as each opens the lake's files.
    """
    cells = [window.start_at, window.end_at]
    closing = "list_contains(?, detector) and cell_end_at > ? and cell_end_at <= ?"
    failed = [one.name for one, judgement in judgements.items() if judgement.error is not None]
    if failed:
        connection.execute(
            f"update lake.{HITS.name} set is_stale = true where {closing}", [failed, *cells]
        )
    judged = [one.name for one in judgements if one.name not in failed]
    if judged:
        writer.clear(connection, f"delete from lake.{HITS.name} where {closing}", [judged, *cells])
    insert_rows(connection, HITS.name, [hit for one in judgements.values() for hit in one.hits])
    _save_coverage(
        connection,
        {one.name: made for one, made in judgements.items() if made.runs is not None},
        window,
    )


def _save_coverage(
    connection: DuckDBPyConnection, judgements: Mapping[str, Judgement], window: Window
) -> None:
    """Replace the days' coverage by detector, with the number of hits that the lake now has.

    That a detector failed remains until the whole day has been judged again: a later window of the
    day does not judge the one that failed.
    """
    if not judgements:
        return
    days = [list(judgements), window.days[0], window.days[-1]]
    counted = connection.execute(
        f"select detector, venue, symbol, trade_day, count(*) from lake.{HITS.name} "
        "where list_contains(?, detector) and trade_day between ? and ? and kind = 'hit' "
        "group by all",
        days,
    ).fetchall()
    counts = {tuple(place): count for *place, count in counted}
    connection.execute(
        f"""
        delete from lake.{DETECTOR_RUNS.name}
        where
            list_contains(?, detector) and trade_day between ? and ?
            and (
                (outcome = 'failed') = list_contains(?, detector) or list_contains(?, trade_day)
            )
        """,
        [
            *days,
            [name for name, one in judgements.items() if one.error is not None],
            [day for day in window.days if window.holds(Window.of_day(day))],
        ],
    )
    runs = [
        replace(run, hit_count=counts.get((run.detector, run.venue, run.symbol, run.trade_day), 0))
        for one in judgements.values()
        for run in one.runs or ()
    ]
    insert_rows(connection, DETECTOR_RUNS.name, runs)
