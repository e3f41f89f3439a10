"""Precision and recall over planted abuse, by typology and severity, with intervals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from assets.evaluation.matching import Event, Finding, Judged, Market, detectors_of, judge
from assets.market.window import ONE_DAY
from assets.simulation.episodes import SEVERITIES
from ml.intervals import ratio_interval, resampled

ALL = "all"
ALWAYS, NEVER = "always_fire", "never_fire"
FIRES_EVERY = timedelta(minutes=30)
FALSE = {"false", "look_alike"}

Block = tuple[int, str, str, date]
"""A symbol-day: the run, venue, symbol, UTC day."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One typology at one severity, or at all; times in seconds.

    Precision is found events over found events and false alerts: those of the detector that the
    typology is named after, and of any other that found one of its events. A severity bears the
    part of them that its planted events are of all. Delay is from an event's start to the end of
    the cell that found it. Intervals hold 95 of 100 resamplings of symbol-days.
    """

    typology: str
    severity: str
    planted: int
    found: int
    false: float
    precision: float | None
    precision_interval: tuple[float, float] | None
    recall: float | None
    recall_interval: tuple[float, float] | None
    median_delay_s: float | None
    p90_delay_s: float | None
    alerts_per_symbol_day: float | None


@dataclass(frozen=True)
class DetectorRow:
    """What one detector's alerts are worth; of the false ones, which fell on look-alikes."""

    detector: str
    alerts: int
    found: int
    repeated: int
    related: int
    false: int
    false_on_look_alikes: int
    false_per_symbol_day: float


@dataclass(frozen=True)
class MarketEvaluation:
    """Every planted event and every alert over some symbol-days."""

    rows: list[Row]
    detectors: list[DetectorRow]
    symbol_days: int


def evaluate_market(
    findings: Sequence[Finding], events: Sequence[Event], blocks: Sequence[Block]
) -> MarketEvaluation:
    """Compare findings with labelled events over the symbol-days that had trades.

    Events of no market of these, as labels of transfers, are left out.
    """
    traded = {(run, (venue, symbol)) for run, venue, symbol, _ in blocks}
    events = [event for event in events if (event.run, event.market) in traded]
    judged = judge(findings, events)
    typologies = sorted({event.typology for event in events if event.is_abuse})
    rows = [row for typology in typologies for row in _rows(typology, judged, events, blocks)]
    return MarketEvaluation(
        rows=[*rows, _always(events, blocks), _never(events)],
        detectors=_by_detector(judged, len(blocks)),
        symbol_days=len(blocks),
    )


def _rows(
    typology: str, judged: Sequence[Judged], events: Sequence[Event], blocks: Sequence[Block]
) -> list[Row]:
    planted = [event for event in events if event.is_abuse and event.typology == typology]
    found = [(one.finding, event) for one in judged for event in one.found if event in planted]
    named = {typology} | {
        detector
        for finding, _ in found
        for detector in finding.detectors
        if detector in detectors_of(typology)
    }
    of_named = [one for one in judged if named & {*one.finding.detectors}]
    false = [one for one in of_named if one.outcome in FALSE]
    rows = []
    for severity in (*SEVERITIES, ALL):
        chosen = [event for event in planted if severity in {event.severity, ALL}]
        if chosen:
            found_there = [pair for pair in found if pair[1] in chosen]
            borne = len(chosen) / len(planted)
            alerts = len(of_named) / len(blocks) if severity == ALL and blocks else None
            rows.append(
                _row((typology, severity), chosen, found_there, false, borne, blocks, alerts)
            )
    return rows


def _row(
    name: tuple[str, str],
    planted: Sequence[Event],
    found: Sequence[tuple[Finding, Event]],
    false: Sequence[Judged],
    borne: float,
    blocks: Sequence[Block],
    alerts_per_symbol_day: float | None,
) -> Row:
    """One row; it bears a part of the false alerts."""
    counts = resampled(
        np.column_stack(
            [
                _by_block(((one.run, one.market, one.start_at) for one in planted), blocks),
                _by_block((_of(event) for _, event in found), blocks),
                borne * _by_block((_where(one.finding) for one in false), blocks),
            ]
        )
    )
    delays = [(finding.known_at - event.start_at).total_seconds() for finding, event in found]
    wrong = borne * len(false)
    judged = len(found) + wrong
    return Row(
        typology=name[0],
        severity=name[1],
        planted=len(planted),
        found=len(found),
        false=wrong,
        precision=len(found) / judged if judged else None,
        precision_interval=ratio_interval(counts[:, 1], counts[:, 1] + counts[:, 2]),
        recall=len(found) / len(planted),
        recall_interval=ratio_interval(counts[:, 1], counts[:, 0]),
        median_delay_s=float(np.median(delays)) if delays else None,
        p90_delay_s=float(np.percentile(delays, 90)) if delays else None,
        alerts_per_symbol_day=alerts_per_symbol_day,
    )


def _of(event: Event) -> tuple[int, Market, datetime]:
    return event.run, event.market, event.start_at


def _where(finding: Finding) -> tuple[int, Market, datetime]:
    return finding.run, finding.place, finding.start_at


def _by_block(
    places: Iterable[tuple[int, Market, datetime]], blocks: Sequence[Block]
) -> np.ndarray:
    """Counts by symbol-day, and last those of no symbol-day, as an account's alert may be."""
    rows = {block: row for row, block in enumerate(blocks)}
    counts = np.zeros(len(blocks) + 1)
    for run, (venue, symbol), at in places:
        counts[rows.get((run, venue, symbol, at.date()), len(blocks))] += 1
    return counts


def _by_detector(judged: Sequence[Judged], symbol_days: int) -> list[DetectorRow]:
    rows = []
    for detector in sorted({one.finding.detectors[0] for one in judged}):
        outcomes = [one.outcome for one in judged if one.finding.detectors[0] == detector]
        false = sum(outcome in FALSE for outcome in outcomes)
        rows.append(
            DetectorRow(
                detector=detector,
                alerts=len(outcomes),
                found=outcomes.count("found"),
                repeated=outcomes.count("repeated"),
                related=outcomes.count("related"),
                false=false,
                false_on_look_alikes=outcomes.count("look_alike"),
                false_per_symbol_day=false / symbol_days if symbol_days else 0.0,
            )
        )
    return rows


def _always(events: Sequence[Event], blocks: Sequence[Block]) -> Row:
    """What an alert on every market in every half hour would come to."""
    every = tuple(sorted({event.typology for event in events if event.is_abuse}))
    steps = ONE_DAY // FIRES_EVERY
    findings = [
        Finding(
            finding_id=f"{venue} {symbol} {start_at}",
            detectors=every,
            severity=ALL,
            place=(venue, symbol),
            start_at=start_at,
            end_at=start_at + FIRES_EVERY,
            known_at=start_at + FIRES_EVERY,
            markets=frozenset({(venue, symbol)}),
            run=run,
        )
        for run, venue, symbol, day in blocks
        for start_at in (datetime.combine(day, time.min) + n * FIRES_EVERY for n in range(steps))
    ]
    judged = judge(findings, events)
    found = [(one.finding, event) for one in judged for event in one.found]
    # whatever is not the first on an event is of no use
    false = [one for one in judged if one.outcome != "found"]
    planted = [event for event in events if event.is_abuse]
    if not planted:
        return _never(events, ALWAYS)
    return _row((ALWAYS, ALL), planted, found, false, 1.0, blocks, float(steps))


def _never(events: Sequence[Event], name: str = NEVER) -> Row:
    planted = sum(event.is_abuse for event in events)
    return Row(
        typology=name,
        severity=ALL,
        planted=planted,
        found=0,
        false=0.0,
        precision=None,
        precision_interval=None,
        recall=0.0 if planted else None,
        recall_interval=None,
        median_delay_s=None,
        p90_delay_s=None,
        alerts_per_symbol_day=0.0,
    )
