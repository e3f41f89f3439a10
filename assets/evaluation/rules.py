"""What the rules of the replaced systems raise, beside what our detectors raise there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assets.evaluation import risk_engine_rules, tape_rules
from assets.evaluation.matching import Event, Finding, detectors_of, judge
from assets.evaluation.replaced_rules import Alarm, Rule, episodes_of

OURS = "tapewatch"
RULES = risk_engine_rules.RULES + tape_rules.RULES


@dataclass(frozen=True, kw_only=True)
class RuleRow:
    """One rule of another system, or the detectors that answer for it here (system `tapewatch`).

    `also_raised` counts the episodes at the time and place of which the other side raised one too.
    Where planted abuse is labelled: `found` of `planted` events, precision by episode; None where
    nothing is labelled.
    """

    system: str
    rule: str
    detectors: str
    alarms: int
    episodes: int
    episodes_per_symbol_day: float
    also_raised: int
    planted: int | None
    found: int | None
    precision: float | None
    recall: float | None


def compare_rules(
    raised: Iterable[tuple[Rule, Sequence[Alarm]]],
    alerts: Sequence[Finding],
    symbol_days: int,
    events: Sequence[Event] | None,
) -> list[RuleRow]:
    """Two rows a rule: what it raised, and what our detectors for it raised.

    `alerts` are ours; `events` the labels of the data, None where there are none.
    """
    rows = []
    for rule, alarms in raised:
        theirs = [_finding(alarm, rule, n) for n, alarm in enumerate(episodes_of([*alarms]))]
        ours = [one for one in alerts if {*one.detectors} & {*rule.ours}]
        for system, findings, others, count in (
            (rule.system, theirs, ours, len(alarms)),
            (OURS, ours, theirs, len(ours)),
        ):
            worth = _worth(findings, rule, events)
            rows.append(
                RuleRow(
                    system=system,
                    rule=rule.name,
                    detectors=", ".join(rule.ours),
                    alarms=count,
                    episodes=len(findings),
                    episodes_per_symbol_day=len(findings) / symbol_days if symbol_days else 0.0,
                    also_raised=_met(findings, others),
                    planted=worth.planted,
                    found=worth.found,
                    precision=worth.precision,
                    recall=worth.recall,
                )
            )
    return rows


def _finding(alarm: Alarm, rule: Rule, number: int) -> Finding:
    """An episode of a rule, as if its detectors here had raised it."""
    place = alarm.venue, alarm.symbol
    named = frozenset({(alarm.venue, alarm.account_id)} if alarm.account_id else ())
    return Finding(
        finding_id=f"{rule.name} {number}",
        detectors=rule.ours,
        severity="",
        place=place,
        start_at=alarm.start_at,
        end_at=alarm.end_at,
        known_at=alarm.end_at,
        markets=frozenset({place}),
        accounts=named,
    )


def _met(findings: Sequence[Finding], others: Sequence[Finding]) -> int:
    """How many of the findings have one of the others at their place and time."""
    return sum(
        any(
            one.place == other.place
            and one.start_at <= other.end_at
            and other.start_at <= one.end_at
            for other in others
        )
        for one in findings
    )


@dataclass(frozen=True, kw_only=True)
class _Worth:
    """What findings are worth beside labels; all None where there are none."""

    planted: int | None = None
    found: int | None = None
    precision: float | None = None
    recall: float | None = None


def _worth(findings: Sequence[Finding], rule: Rule, events: Sequence[Event] | None) -> _Worth:
    if events is None:
        return _Worth()
    planted = [
        event
        for event in events
        # what the rule does not claim to find is no miss of its
        if event.is_abuse and detectors_of(event.typology) & {*rule.ours}
    ]
    outcomes = [one.outcome for one in judge(findings, events)]
    found = outcomes.count("found")
    judged = found + outcomes.count("false") + outcomes.count("look_alike")
    return _Worth(
        planted=len(planted),
        found=found,
        precision=found / judged if judged else None,
        recall=found / len(planted) if planted else None,
    )
