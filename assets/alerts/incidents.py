"""From alerts to incidents: what several detectors, or several venues, saw of one event.

Pure, as episodes are: the incidents of a set of alerts depend on the set alone. Hits, alerts and
messages do not depend on incidents.

Two alerts see one event where their times touch and they name one subject or one symbol. An alert
of hours says of whom, and not when: its symbol joins it to no other.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from assets.alerts.episodes import Alert
from assets.alerts.severity import ORDER, Severity
from assets.detection.hits import Stamps

# What a cell of five minutes measures may lie behind the trades of the event by as much again.
TOUCHING = timedelta(minutes=10)
LONG = timedelta(hours=4)
# What a typology concludes: an unusual number, a move of the market, or (all others) what somebody
# did. The alert that concludes most leads.
SIGNALS = frozenset({"market_anomaly", "volume_spike", "large_order"})
EVENTS = frozenset({"flash_crash", "price_spike"})
PERSONS = frozenset({"account", "owner", "wallet"})

Name = tuple[str, str, str]
"""Kind and id of a subject with its venue; or `symbol` and a symbol."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """One row of `alerts.incidents`, in the order of its columns."""

    incident_id: str
    """The same while the incident grows: made of its first alert's id."""
    revision: int
    """Grows; of several revisions of an incident the one with the greatest is valid."""
    status: str
    """open, closed or superseded."""
    lead_alert_id: str
    """The alert that concludes most: an act before a move of the market before an unusual number;
    of equals one that names accounts, then a confirmed one, the gravest, the highest score."""
    detector: str
    """The lead alert's."""
    typology: str
    """The lead alert's."""
    is_confirmed: bool
    """Whether a later move confirmed one of its alerts."""
    severity: Severity
    """The gravest of its alerts': low, medium, high or critical."""
    score: float
    """The highest of its alerts'."""
    subject_kind: str
    """The lead alert's: market, account, owner, wallet or venue."""
    subject_id: str
    """The lead alert's."""
    venues: str
    """Every venue of its alerts, as a list in JSON."""
    symbols: str
    """Every symbol of its alerts, as a list in JSON."""
    accounts: str
    """Every account, owner and wallet that its alerts name, as a list in JSON."""
    detectors: str
    """Every detector of its alerts, as a list in JSON."""
    alert_ids: str
    """Its alerts in order of time, as a list in JSON."""
    alert_count: int
    """Alerts that the incident joins."""
    window_start_at: datetime
    """Start of the first alert, UTC."""
    window_end_at: datetime
    """End of the last alert, UTC; not part of it."""
    description: str
    """What the lead alert says happened."""
    recommended_action: str
    """What to do next, by the lead alert."""
    trade_day: date
    input_snapshot_id: int | None
    code_version: str
    run_id: str
    detected_at: datetime

    @property
    def identity(self) -> str:
        return self.incident_id


def join_incidents(alerts: Iterable[Alert], stamps: Stamps) -> list[Incident]:
    """Join alerts into incidents, each in its first revision, in order of time.

    Superseded alerts belong to none.
    """
    present = [alert for alert in alerts if alert.status != "superseded"]
    ordered = sorted(present, key=lambda alert: (alert.window_start_at, alert.alert_id))
    joined: dict[int, list[Alert]] = defaultdict(list)
    for alert, number in zip(ordered, _components(ordered), strict=True):
        joined[number].append(alert)
    return [_incident(members, stamps) for members in joined.values()]


def names_of(alert: Alert) -> set[Name]:
    """What joins an alert to others: its subjects and, where it says when, its symbol."""
    further = json.loads(alert.further_subjects)
    subjects = [(alert.subject_kind, alert.subject_id), *((o["kind"], o["id"]) for o in further)]
    # an account has the name that its venue gives it; a market is one through its symbol
    named: set[Name] = {(kind, one, alert.venue) for kind, one in subjects if kind != "market"}
    if alert.symbol and not _is_long(alert):
        named.add(("symbol", alert.symbol, ""))
    return named


def _components(ordered: Sequence[Alert]) -> Sequence[int]:
    """The number of each alert's incident; alerts are sorted by their start."""
    if not ordered:
        return []
    # costs half a CPU second, and every command imports this module
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = [
        link
        for group in _groups(ordered)
        for link in (
            # two days of one ring touch at midnight, and are two incidents
            *_touching(ordered, group, timedelta(0)),
            *_touching(ordered, [n for n in group if not _is_long(ordered[n])], TOUCHING),
        )
    ]
    size = (len(ordered), len(ordered))
    first, second = zip(*links, strict=True) if links else ((), ())
    graph = coo_array(([1] * len(links), (first, second)), shape=size)
    return connected_components(graph, directed=False)[1].tolist()


def _groups(ordered: Sequence[Alert]) -> Collection[list[int]]:
    groups: dict[Name, list[int]] = defaultdict(list)
    for place, alert in enumerate(ordered):
        for name in names_of(alert):
            groups[name].append(place)
    return groups.values()


def _touching(
    ordered: Sequence[Alert], group: Iterable[int], gap: timedelta
) -> Iterator[tuple[int, int]]:
    """Each alert of a group with the one before it that lasts longest, if less than a gap ago."""
    longest: int | None = None
    for place in group:
        alert = ordered[place]
        if longest is not None and alert.window_start_at - ordered[longest].window_end_at < gap:
            yield longest, place
        if longest is None or ordered[longest].window_end_at < alert.window_end_at:
            longest = place


def _is_long(alert: Alert) -> bool:
    return alert.window_end_at - alert.window_start_at > LONG


def rank(alert: Alert) -> tuple[int, bool, bool, int, float, datetime, str]:
    """The order of alerts within an incident; the first leads."""
    concludes = 2 if alert.typology in SIGNALS else 1 if alert.typology in EVENTS else 0
    return (
        concludes,
        not _persons((alert,)),
        not alert.is_confirmed,
        -ORDER.index(alert.severity),
        -alert.score,
        alert.window_start_at,
        alert.alert_id,
    )


def _persons(alerts: Iterable[Alert]) -> list[str]:
    names = {name for alert in alerts for name in names_of(alert) if name[0] in PERSONS}
    return sorted({name for _, name, _ in names})


def _incident(alerts: Sequence[Alert], stamps: Stamps) -> Incident:
    """The incident of some alerts in order of time."""
    first, lead = alerts[0], min(alerts, key=rank)
    return Incident(
        incident_id=hashlib.sha256(f"incident|{first.alert_id}".encode()).hexdigest()[:32],
        revision=1,
        status="open",
        lead_alert_id=lead.alert_id,
        detector=lead.detector,
        typology=lead.typology,
        is_confirmed=any(alert.is_confirmed for alert in alerts),
        severity=ORDER[max(ORDER.index(alert.severity) for alert in alerts)],
        score=max(alert.score for alert in alerts),
        subject_kind=lead.subject_kind,
        subject_id=lead.subject_id,
        venues=json.dumps(sorted({alert.venue for alert in alerts} - {""})),
        symbols=json.dumps(sorted({alert.symbol for alert in alerts} - {""})),
        accounts=json.dumps(_persons(alerts)),
        detectors=json.dumps(sorted({alert.detector for alert in alerts})),
        alert_ids=json.dumps([alert.alert_id for alert in alerts]),
        alert_count=len(alerts),
        window_start_at=first.window_start_at,
        window_end_at=max(alert.window_end_at for alert in alerts),
        description=lead.description,
        recommended_action=lead.recommended_action,
        trade_day=first.trade_day,
        **vars(stamps),
    )
