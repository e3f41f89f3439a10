"""The incidents and alerts that a filter means, in its order; the same for page, service, shell."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from operator import ge, gt, le, lt
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.reading import Wanted, list_alerts
from assets.alerts.severity import ORDER
from assets.alerts.tables import ALERTS
from assets.cases.filters import Filter, Term, amount_of
from assets.cases.moments import moment_of
from assets.cases.reading import MUTED, STATES, Worked, WorkedIncident, worked_queue
from assets.detection.tables import HITS
from assets.lake.lake import Lake
from assets.lake.tables import refuse_other_versions

COMPARED: Mapping[str, Callable[[float, float], bool]] = {">": gt, ">=": ge, "<": lt, "<=": le}
ME, NOBODY = "me", "nobody"
Money = Mapping[str, float]
"""US dollars at stake by alert: the largest of its hits'; absent where they are not known."""


@dataclass(frozen=True)
class Facts:
    """What a filter may ask of an incident or an alert."""

    words: Mapping[str, Collection[str]]
    """By key, in lower case."""
    start_at: datetime
    end_at: datetime
    money: float | None
    score: float
    text: str
    """All that a bare word is looked for in, lower case."""


@dataclass(frozen=True)
class Asker:
    """Who asks, and when: what `me`, `today` and `2d` mean; `now` is naive UTC."""

    name: str
    now: datetime


def filtered_queue(
    lake: Lake,
    wanted: Filter,
    asker: Asker,
) -> Worked:
    """The incidents that a filter means, by its sort; without a status muted ones are left out."""
    worked = worked_queue(lake, wanted_in_sql(wanted, asker), sort="time", states=STATES)
    needs_money = wanted.of("money") or wanted.value("sort") == "worst"
    return meant(worked, wanted, asker, money_of(lake) if needs_money else {})


def meant(worked: Worked, wanted: Filter, asker: Asker, money: Money) -> Worked:
    """Of incidents, the newest first, those that a filter means, as `filtered_queue` gives them."""
    chosen = choose(worked.incidents, wanted, asker, money)
    muted = 0
    if not wanted.of("status"):
        hidden = wanted.with_term("status", MUTED)
        muted = len(choose(worked.incidents, hidden, asker, money))
    return Worked(chosen, worked.budget, muted)


def choose(
    incidents: Sequence[WorkedIncident], wanted: Filter, asker: Asker, money: Money
) -> list[WorkedIncident]:
    """Of incidents, the newest first, those that a filter means, in its order."""
    shown = [
        one
        for one in incidents
        if (wanted.of("status") or not one.is_muted)
        and _fits(_of_incident(one, money), wanted, asker)
    ]
    ordered = _after(sorted(shown, key=_orders(money)[wanted.value("sort") or "rank"]), wanted)
    limit = wanted.value("limit")
    return ordered[: None if limit is None else int(limit)]


def filtered_alerts(
    lake: Lake, wanted: Wanted, rest: Filter, asker: Asker, sort: str
) -> list[dict[str, Any]]:
    """The wanted alerts that a filter means too, in an order of `list_alerts`.

    `with` is whose the alert's incident is. The filter has no status: an alert's own is wanted.
    """
    alerts = list_alerts(lake, wanted, sort)
    incidents = worked_queue(lake, Wanted(), states=STATES).incidents if rest.of("with") else []
    return meant_alerts(alerts, incidents, rest, asker, money_of(lake) if rest.of("money") else {})


def meant_alerts(
    alerts: Sequence[dict[str, Any]],
    incidents: Sequence[WorkedIncident],
    rest: Filter,
    asker: Asker,
    money: Money,
) -> list[dict[str, Any]]:
    """Of alerts those that a filter means; `incidents` say whose they are."""
    if not rest.terms:
        return list(alerts)
    assignees = dict[str, str]()
    if rest.of("with"):
        for one in incidents:
            assignees |= dict.fromkeys(one.incident["alert_ids"], one.state.assignee)
    return [one for one in alerts if _fits(_of_alert(one, assignees, money), rest, asker)]


def money_of(lake: Lake) -> Money:
    """The dollars at stake of every current alert whose hits know them."""
    with lake.connect() as connection:
        return money_in(connection)


def money_in(connection: DuckDBPyConnection) -> Money:
    """As `money_of`, of the lake that is attached."""
    present = refuse_other_versions(connection, [ALERTS, HITS])
    return _money(connection) if {ALERTS.name, HITS.name} <= set(present) else {}


def incident_money(incident: Mapping[str, Any], money: Money) -> float | None:
    """The largest of its alerts'; None where none is known."""
    known = [money[one] for one in incident["alert_ids"] if one in money]
    return max(known, default=None)


def _money(connection: DuckDBPyConnection) -> dict[str, float]:
    found = connection.execute(
        f"""
        select a.alert_id, max(h.notional_usd)
        from lake.{ALERTS.name} as a
        inner join lake.{HITS.name} as h using (
            detector, detector_version, params_digest, subject_kind, subject_id, venue, symbol
        )
        where
            h.kind = 'hit' and a.status <> 'superseded'
            and h.cell_start_at >= a.first_hit_start_at and h.cell_end_at <= a.window_end_at
        group by a.alert_id
        having max(h.notional_usd) is not null
        """
    ).fetchall()
    return dict(found)


def wanted_in_sql(wanted: Filter, asker: Asker) -> Wanted:
    """What the lake can leave out before anything is read: exact names, and times."""
    words = {
        one.key: one.values
        for one in wanted.terms
        if one.key in ("severity", "venue", "symbol", "detector")
        and not one.is_not
        and not any("*" in value for value in one.values)
    }
    since, until = (_time(wanted, key, asker) for key in ("since", "until"))
    return Wanted(since, until, words)


def _time(wanted: Filter, key: str, asker: Asker) -> datetime | None:
    text = wanted.value(key)
    return None if text is None else moment_of(text, asker.now)


def _of_incident(one: WorkedIncident, money: Money) -> Facts:
    row, state = one.incident, one.state
    words = {
        "status": [MUTED if one.is_muted else state.state.replace(" ", "-")],
        "severity": [row["severity"]],
        "symbol": row["symbols"],
        "venue": row["venues"],
        "detector": row["detectors"],
        "account": row["accounts"],
        "with": [state.assignee or NOBODY],
    }
    return _facts(row, words, incident_money(row, money))


def _of_alert(row: Mapping[str, Any], assignees: Mapping[str, str], money: Money) -> Facts:
    is_person = row["subject_kind"] != "market"
    words = {name: [row[name]] for name in ("severity", "symbol", "venue", "detector")}
    words |= {
        "account": [row["subject_id"]] if is_person else [],
        "with": [assignees.get(row["alert_id"]) or NOBODY],
    }
    return _facts(row, words, money.get(row["alert_id"]))


def _facts(
    row: Mapping[str, Any], words: Mapping[str, Sequence[str]], money: float | None
) -> Facts:
    lowered = {key: {one.lower() for one in values} for key, values in words.items()}
    said = (
        row["description"],
        row["typology"],
        *(w for k in words if k != "with" for w in words[k]),
    )
    return Facts(
        lowered, row["window_start_at"], row["window_end_at"], money, row["score"],
        "\n".join(said).lower(),
    )  # fmt: skip


def _fits(facts: Facts, wanted: Filter, asker: Asker) -> bool:
    return all(
        not _has(facts, one, asker, all) if one.is_not else _has(facts, one, asker, any)
        for one in wanted.terms
    )


def _has(facts: Facts, one: Term, asker: Asker, of: Callable[[Iterable[bool]], bool]) -> bool:
    """Whether one of several names is asked for, or all are; of none nothing is.

    What is left out by a name has no other one: an anomaly is part of many a graver incident.
    """
    match one.key:
        case "sort" | "after" | "limit":
            return True
        case "since":
            return facts.end_at >= moment_of(one.values[0], asker.now)
        case "until":
            return facts.start_at < moment_of(one.values[0], asker.now)
        case "text":
            return any(value.lower() in facts.text for value in one.values)
        case "money" | "score":
            value = facts.money if one.key == "money" else facts.score
            return value is not None and any(_reaches(value, asked) for asked in one.values)
        case _:
            named = [asker.name if (one.key, v) == ("with", ME) else v for v in one.values]
            values = facts.words[one.key]
            return bool(values) and of(_is_like(value, named) for value in values)


def _reaches(value: float, asked: str) -> bool:
    sign, amount = amount_of(asked) or (">=", 0.0)
    return COMPARED[sign](value, amount)


def _is_like(value: str, asked: Sequence[str]) -> bool:
    # of all that a shell's pattern has only the star: an id may hold brackets
    for one in asked:
        pattern = one.lower().replace("[", "[[]").replace("?", "[?]")
        if fnmatchcase(value, pattern) if "*" in one else value == one.lower():
            return True
    return False


def _orders(money: Money) -> dict[str, Callable[[WorkedIncident], Any]]:
    """Keys of sorting; of equals the incidents stay by time, the newest first."""

    def gravity(one: WorkedIncident) -> int:
        return -ORDER.index(one.incident["severity"])

    def rank(one: WorkedIncident) -> Any:
        row = one.incident
        return (
            gravity(one), not row["is_confirmed"], -row["score"], row["window_start_at"],
            row["incident_id"],
        )  # fmt: skip

    def worst(one: WorkedIncident) -> Any:
        return gravity(one), -(incident_money(one.incident, money) or 0.0)

    return {"rank": rank, "worst": worst, "time": lambda _: 0}


def _after(incidents: list[WorkedIncident], wanted: Filter) -> list[WorkedIncident]:
    """Those after the incident that `after` names; all where it is not among them."""
    name = wanted.value("after")
    ids = [one.incident["incident_id"] for one in incidents]
    return incidents[ids.index(name) + 1 :] if name in ids else incidents
