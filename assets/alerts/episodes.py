"""From hits to alerts: neighbouring hits of one detector and subject are one episode, one alert.

Everything here is pure: the alerts of a set of hits depend on the set alone, not on the order in
which the hits were found, nor on how windows were cut.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from assets.alerts.description import describe, fill
from assets.alerts.severity import Severity, severity
from assets.detection.detector import DataTier, Detector
from assets.detection.evidence import join_selections
from assets.detection.hits import Hit, Stamps
from assets.detection.null_rate import null_rate_on
from assets.market.subject import SubjectKind
from reports.currency import quote_of

# A confirmation belongs to the episode before it, if that ended no longer ago than this.
CONFIRMED_WITHIN = timedelta(hours=2)
# More hits than these add length to the evidence, and nothing to see in it.
MAX_HITS_WITH_TRADES = 50

Scope = tuple[str, str, str, str]
"""Kind and id of a subject, and the venue and symbol of its hits, which may be empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """One row of `alerts.alerts`, in the order of its columns."""

    alert_id: str
    """The same while the episode grows; the message's key."""
    revision: int
    """Grows; of several revisions of an alert the one with the greatest is valid."""
    status: str
    """open, closed or superseded."""
    is_confirmed: bool
    """Whether a later move confirmed it, as a fall after a pump."""
    detector: str
    typology: str
    detector_version: Annotated[int, "integer"]
    params_digest: str
    severity: Severity
    """low, medium, high or critical."""
    score: float
    subject_kind: SubjectKind
    subject_id: str
    venue: str
    symbol: str
    further_subjects: str
    window_start_at: datetime
    """Start of the first hit, UTC."""
    window_end_at: datetime
    """End of the last hit, UTC; not part of it."""
    statistic: float
    threshold: float
    p_value: float | None
    null_rate_per_symbol_day: float
    """How often the detector alerts by chance, on a symbol and day."""
    evidence: str
    description: str
    """What happened, in a sentence."""
    recommended_action: str
    """What to do next."""
    data_tier: DataTier
    input_snapshot_id: int | None
    code_version: str
    run_id: str
    detected_at: datetime
    first_hit_start_at: datetime
    """Start of the first hit's cell, UTC."""
    first_hit_end_at: datetime
    """End of the first hit's cell, UTC; not part of it."""
    hit_count: int
    """Hits that the episode joins."""
    trade_day: date

    @property
    def identity(self) -> str:
        return self.alert_id


@dataclass(frozen=True)
class Episode:
    """A chain of hits, each within the detector's reach of the one before, and what confirms it."""

    hits: tuple[Hit, ...]
    confirmations: tuple[Hit, ...]

    @property
    def first(self) -> Hit:
        return self.hits[0]

    @property
    def end_at(self) -> datetime:
        return self.hits[-1].cell_end_at

    @property
    def strongest(self) -> Hit:
        """The hit of the highest score, of equals the earliest."""
        return min(self.hits, key=lambda hit: (-hit.score, hit.cell_start_at))


def join_episodes(hits: Iterable[Hit], reach: timedelta) -> list[Episode]:
    """Join hits of one detector into episodes, each of one subject and version, in order of time.

    A hit opens an episode if it starts more than `reach` after the end of the hit before it;
    a confirmation belongs to the latest episode that had begun, unless that ended two hours ago.
    """
    by_scope: dict[tuple[Any, ...], list[Hit]] = defaultdict(list)
    for hit in sorted(hits, key=lambda hit: (hit.cell_start_at, hit.kind)):
        version = (hit.detector, hit.detector_version, hit.params_digest)
        by_scope[(*version, *scope_of(hit))].append(hit)
    joined = [episode for scope in by_scope.values() for episode in _join(scope, reach)]
    return sorted(joined, key=lambda episode: (episode.first.cell_start_at, _alert_id(episode)))


def scope_of(row: Hit | Alert) -> Scope:
    """What the hits of one episode share."""
    return row.subject_kind, row.subject_id, row.venue, row.symbol


def _join(rows: Sequence[Hit], reach: timedelta) -> list[Episode]:
    chains: list[list[Hit]] = []
    for hit in (row for row in rows if row.kind == "hit"):
        if chains and hit.cell_start_at - chains[-1][-1].cell_end_at <= reach:
            chains[-1].append(hit)
        else:
            chains.append([hit])
    confirmations: list[list[Hit]] = [[] for _ in chains]
    for row in (row for row in rows if row.kind == "confirmation"):
        begun = [n for n, chain in enumerate(chains) if chain[0].cell_start_at <= row.cell_start_at]
        if begun and row.cell_start_at - chains[begun[-1]][-1].cell_end_at <= CONFIRMED_WITHIN:
            confirmations[begun[-1]].append(row)
    return [
        Episode(tuple(chain), tuple(confirming))
        for chain, confirming in zip(chains, confirmations, strict=True)
    ]


def derive_alerts(hits: Iterable[Hit], detector: Detector, stamps: Stamps) -> list[Alert]:
    """Derive the alerts of one detector's hits, each in its first revision."""
    return [_alert(episode, detector, stamps) for episode in join_episodes(hits, detector.reach)]


def _alert_id(episode: Episode) -> str:
    first = episode.first
    identity = (
        first.detector,
        str(first.detector_version),
        first.params_digest,
        *scope_of(first),
        first.cell_start_at.isoformat(),
    )
    return hashlib.sha256("|".join(identity).encode()).hexdigest()[:32]


def _alert(episode: Episode, detector: Detector, stamps: Stamps) -> Alert:
    first, strongest = episode.first, episode.strongest
    measured = json.loads(strongest.evidence)
    confirmation = json.loads(episode.confirmations[0].evidence) if episode.confirmations else None
    words = {"quote": quote_of(first.symbol), "subject": first.subject_id}
    evidence = measured | {"trades": _trades(episode)}
    if confirmation is not None:
        evidence |= {"confirmation": confirmation}
    return Alert(
        alert_id=_alert_id(episode),
        revision=1,
        status="open",
        is_confirmed=confirmation is not None,
        detector=first.detector,
        typology=first.typology,
        detector_version=first.detector_version,
        params_digest=first.params_digest,
        severity=severity(
            strongest.p_value,
            _largest(hit.notional for hit in episode.hits),
            _largest(hit.notional_usd for hit in episode.hits),
            measured.get("usual_notional_per_day"),
            first.data_tier,
        ),
        score=strongest.score,
        subject_kind=first.subject_kind,
        subject_id=first.subject_id,
        venue=first.venue,
        symbol=first.symbol,
        further_subjects=_further_subjects(episode),
        window_start_at=first.cell_start_at,
        window_end_at=episode.end_at,
        statistic=strongest.statistic,
        threshold=strongest.threshold,
        p_value=strongest.p_value,
        null_rate_per_symbol_day=null_rate_on(detector.way_of(measured), first.venue),
        evidence=json.dumps(evidence, allow_nan=False),
        description=describe(detector, measured | words, confirmation and confirmation | words),
        recommended_action=fill(detector.recommended_action, measured | words),
        data_tier=first.data_tier,
        first_hit_start_at=first.cell_start_at,
        first_hit_end_at=first.cell_end_at,
        hit_count=len(episode.hits),
        trade_day=first.trade_day,
        **vars(stamps),
    )


def _trades(episode: Episode) -> list[dict[str, Any]]:
    """The trades behind the strongest hits, in order of time."""
    strongest = sorted(episode.hits, key=lambda hit: (-hit.score, hit.cell_start_at))
    chosen = sorted(strongest[:MAX_HITS_WITH_TRADES], key=lambda hit: hit.cell_start_at)
    return join_selections(json.loads(hit.evidence)["trades"] for hit in chosen)


def _further_subjects(episode: Episode) -> str:
    """Each subject in its role once, in order of their first hits."""
    named = (one for hit in episode.hits for one in json.loads(hit.further_subjects))
    return json.dumps(list({tuple(one.items()): one for one in named}.values()))


def _largest(amounts: Iterable[float | None]) -> float | None:
    return max((amount for amount in amounts if amount is not None), default=None)
