"""What `tapewatch review`, `comment`, `cases` and their kin print."""

from collections.abc import Mapping
from typing import Any

from assets.alerts.incident_reading import incident_named
from assets.alerts.reading import AlertIdError
from assets.cases.chain import verify_chain
from assets.cases.deciding import Decided
from assets.cases.decision import Decision
from assets.cases.reading import decisions_of
from assets.cases.reasons import reasons_for
from assets.cases.recording import every_decision, noted_digests
from assets.cases.reviews import Reviews, reviews_of, share_interval
from assets.cases.state import cases_of, mutes_of
from assets.cases.words import what_was_decided
from assets.detection.detector import detectors
from assets.lake.lake import Lake
from orchestration.command_line.output import ID_SHOWN, console, print_rows
from orchestration.command_line.plain_text import said
from reports.numbers import percent


def named_incident(lake: Lake, incident_id: str) -> dict[str, Any]:
    """The incident whose id begins so; AlertIdError where there is none."""
    found = incident_named(lake, incident_id)
    if found is None:
        raise AlertIdError(
            f"no incident's id begins with {incident_id!r}: see `tapewatch incidents`"
        )
    return found


def reasons_table(typology: str) -> list[dict[str, str]]:
    """The reasons that a reviewer may give for a typology, as rows."""
    return [
        {"verdict": one.verdict, "reason": one.code, "meaning": one.words}
        for one in reasons_for(typology)
    ]


def show_decided(decided: Decided, *, as_json: bool) -> None:
    """Print the decision that landed, and what others decided meanwhile."""
    if as_json:
        print_rows([_row(decided.decision)], title="", as_json=True)
        return
    console.print(said(_sentence(decided.decision)))
    for one in decided.meanwhile:
        console.print(said(f"meanwhile {_sentence(one)}; yours is later and counts", "bold"))


def show_history(lake: Lake, incident: Mapping[str, Any] | None, *, as_json: bool) -> None:
    """Print the decisions of an incident, or all, oldest first, and whether the chain is whole."""
    with lake.connect() as connection:
        decisions = every_decision(lake, connection)
        digests = noted_digests(connection)
    shown = [
        one
        for one in decisions
        if incident is None or (one.alert_id and one.alert_id in incident["alert_ids"])
    ]
    print_rows([_row(one) for one in shown], title="decisions", as_json=as_json)
    if not as_json:
        console.print(
            said(f"The chain is whole: {verify_chain(lake.objects, digests):,} decisions.")
        )


def show_mutes(lake: Lake, *, as_json: bool) -> None:
    """Print the mutes that hold."""
    mutes = mutes_of(decisions_of(lake))
    rows = [
        {
            "mute_id": one.mute_id, "detector": one.detector or "each",
            "venue": one.venue or "each", "symbol": one.symbol or "each",
            "subject": one.subject_id or "each", "until": one.until, "by": one.muted_by,
            "note": one.note,
        }
        for one in mutes
    ]  # fmt: skip
    print_rows(rows, title="mutes", as_json=as_json)


def show_cases(lake: Lake, *, as_json: bool) -> None:
    """Print every case."""
    cases = cases_of(decisions_of(lake))
    rows = [
        {
            "case_id": one.case_id, "title": one.title, "state": one.state,
            "incidents": len(one.alert_ids), "opened_by": one.opened_by,
            "opened_at": one.opened_at,
        }
        for one in cases.values()
    ]  # fmt: skip
    print_rows(rows, title="cases", as_json=as_json)


def _row(one: Decision) -> dict[str, Any]:
    return {
        "number": one.number,
        "decided_at": one.decided_at,
        "by": one.decided_by,
        "about": f"{one.about} {one.about_id[:ID_SHOWN]}",
        "decision": what_was_decided(one),
        "note": one.note,
        "digest": one.digest[:8],
    }


def _sentence(one: Decision) -> str:
    about = f"{one.about} {one.about_id[:ID_SHOWN]}"
    return f"{one.decided_by} decided of {about}: {what_was_decided(one)}"


def show_detectors(lake: Lake, *, as_json: bool) -> None:
    """Print each detector with its reviews."""
    with lake.connect() as connection:
        reviews = reviews_of(connection, every_decision(lake, connection))
    shown = []
    for one in detectors():
        of = reviews.get(one.name, Reviews())
        counts = {"true": of.true, "innocent": of.innocent, "wrong": of.wrong}
        precisions = {
            "pattern": (of.true + of.innocent, of.pattern_precision),
            "abuse": (of.true, of.abuse_precision),
        }
        row: dict[str, Any] = {"detector": one.name, **counts, "unclear": of.unclear}
        for name, (part, share) in precisions.items():
            interval = share_interval(part, of.decided) if of.decided else None
            if as_json:
                row |= {f"{name}_precision": share, f"{name}_interval": interval}
            else:
                row[f"{name} precision"] = (
                    f"{percent(share, 2)} ({percent(interval[0], 2)} to {percent(interval[1], 2)})"
                    if interval
                    else "not reviewed yet"
                )
        shown.append(row)
    print_rows(shown, title="detectors, by reviews", as_json=as_json)
