"""Commands with which people decide: review, comment, assign, escalate, mute, group into cases."""

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from orchestration.command_line.moments import WRITTEN, moment
from orchestration.command_line.output import console, print_rows
from orchestration.command_line.plain_text import said
from orchestration.command_line.program import EVERYDAY, AsJson, WrongUsageError, app, one_of

IncidentId = Annotated[str, typer.Argument(help="The id of an incident, or its beginning.")]
Note = Annotated[str, typer.Option("--note", "-n", help="Plain text.")]
CHANNEL = "command line"


def _decide(lake: Lake, draft: Any, *, as_json: bool = False) -> None:
    from assets.cases.deciding import decide, decider
    from orchestration.command_line.cases import show_decided

    decided = decide(
        lake, draft, request_id=str(uuid.uuid4()), by=decider(lake.settings), channel=CHANNEL
    )
    show_decided(decided, as_json=as_json)
    if draft.about == "mute" and not as_json:
        console.print(said(f"It hides {decided.muted:,} of the present incidents."))


def _of_incident(lake: Lake, incident_id: str) -> Any:
    """A draft about the incident that says nothing yet."""
    from assets.cases.deciding import about
    from assets.cases.decision import Draft
    from orchestration.command_line.cases import named_incident

    return Draft(**about(named_incident(lake, incident_id)))


@app.command(rich_help_panel=EVERYDAY)
def review(
    incident_id: IncidentId,
    verdict: Annotated[str | None, typer.Option(help="true, false or unclear.")] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why; without a verdict they are listed.")
    ] = None,
    note: Note = "",
    leave_open: Annotated[
        bool, typer.Option("--leave-open", help="Judge it and go on working on it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Judge an incident and close it: true, false or unclear, with a reason; true needs a note.

    `tapewatch review 3f9c --verdict false --reason makers_facing`
    """
    from assets.cases.decision import VERDICTS
    from orchestration.command_line.cases import named_incident, reasons_table

    lake = Lake(load_settings())
    if verdict is None:
        typology = named_incident(lake, incident_id)["typology"]
        print_rows(reasons_table(typology), title=f"reasons for {typology}", as_json=as_json)
        return
    one_of("--verdict", verdict, VERDICTS)
    draft = replace(
        _of_incident(lake, incident_id),
        verdict=verdict,
        reason=reason,
        note=note,
        state=None if leave_open else "closed",
    )
    _decide(lake, draft, as_json=as_json)


@app.command(rich_help_panel=EVERYDAY)
def comment(
    incident_id: IncidentId, note: Annotated[str, typer.Argument(help="Plain text.")]
) -> None:
    """Write a comment on an incident."""
    lake = Lake(load_settings())
    draft = _of_incident(lake, incident_id)
    _decide(lake, replace(draft, note=note))


@app.command(rich_help_panel=EVERYDAY)
def assign(
    incident_id: IncidentId,
    to: Annotated[str | None, typer.Option(help="Who works on it; default: you.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Give it back.")] = False,
) -> None:
    """Take an incident, give it to somebody, or give it back."""
    from assets.cases.deciding import decider

    if nobody and to is not None:
        raise WrongUsageError("--to and --nobody contradict each other")
    lake = Lake(load_settings())
    draft = _of_incident(lake, incident_id)
    who = "" if nobody else to or decider(lake.settings)
    _decide(lake, replace(draft, assignee=who))


@app.command(rich_help_panel=EVERYDAY)
def escalate(incident_id: IncidentId, note: Note = "") -> None:
    """Escalate an incident; the note says why."""
    lake = Lake(load_settings())
    draft = _of_incident(lake, incident_id)
    _decide(lake, replace(draft, state="escalated", note=note))


@app.command(rich_help_panel=EVERYDAY)
def reopen(incident_id: IncidentId, note: Note = "") -> None:
    """Open an incident again; its verdict stays until another is given."""
    lake = Lake(load_settings())
    draft = _of_incident(lake, incident_id)
    _decide(lake, replace(draft, state="open", note=note))


@app.command(rich_help_panel=EVERYDAY)
def undo(number: Annotated[int, typer.Argument(help="The decision's number.")]) -> None:
    """Take a decision back: a new decision says so, and nothing is edited."""
    from assets.cases.decision import Draft
    from assets.cases.reading import decisions_of

    lake = Lake(load_settings())
    found = {one.number: one for one in decisions_of(lake)}
    if number not in found:
        raise WrongUsageError(f"there is no decision {number}: see `tapewatch decisions`")
    one = found[number]
    draft = Draft(
        about=one.about, about_id=one.about_id, alert_id=one.alert_id, takes_back=one.number
    )
    _decide(lake, draft)


@app.command(rich_help_panel=EVERYDAY)
def mute(
    until: Annotated[str | None, typer.Option(help=f"When it ends. {WRITTEN}")] = None,
    note: Note = "",
    detector: Annotated[str, typer.Option(help="As flash_crash.")] = "",
    venue: Annotated[str, typer.Option(help="As binance.")] = "",
    symbol: Annotated[str, typer.Option(help="As BTC-USDT.")] = "",
    subject: Annotated[str, typer.Option(help="An account, an owner or a market.")] = "",
    as_json: AsJson = False,
) -> None:
    """Leave incidents of a detector, symbol or subject out of the queue; without options, list.

    They stay counted: `tapewatch incidents --state muted` lists them.
    """
    from assets.cases.decision import Draft
    from assets.detection.detector import detectors
    from orchestration.command_line.cases import show_mutes

    lake = Lake(load_settings())
    if not (detector or venue or symbol or subject or until):
        show_mutes(lake, as_json=as_json)
        return
    if detector:
        one_of("--detector", detector, [one.name for one in detectors()])
    draft = Draft(
        about="mute", about_id=uuid.uuid4().hex[:12], note=note, mute_detector=detector,
        mute_venue=venue, mute_symbol=symbol, mute_subject_id=subject,
        mute_until=moment("--until", until),
    )  # fmt: skip
    _decide(lake, draft, as_json=as_json)


@app.command(rich_help_panel=EVERYDAY)
def group(
    incident_ids: Annotated[list[str], typer.Argument(help="Incidents, by ids or beginnings.")],
    title: Annotated[str | None, typer.Option(help="Open a new case of this title.")] = None,
    case: Annotated[str | None, typer.Option(help="Add them to this case.")] = None,
) -> None:
    """Work on incidents together: in a new case, or in one that there is."""
    from assets.cases.decision import Draft
    from assets.cases.pack import case_named
    from assets.cases.reading import decisions_of

    if (title is None) == (case is None):
        raise WrongUsageError("either --title opens a case, or --case names one")
    lake = Lake(load_settings())
    drafts = [_of_incident(lake, one) for one in incident_ids]
    if case is None:
        case = uuid.uuid4().hex[:12]
        _decide(lake, Draft(about="case", about_id=case, title=title, state="open"))
    else:
        case = case_named(decisions_of(lake), case).case_id
    for draft in drafts:
        _decide(lake, replace(draft, case_id=case))


@app.command(rich_help_panel=EVERYDAY)
def cases(as_json: AsJson = False) -> None:
    """List the cases."""
    from orchestration.command_line.cases import show_cases

    show_cases(Lake(load_settings()), as_json=as_json)


@app.command(rich_help_panel=EVERYDAY)
def case(
    case_id: Annotated[str, typer.Argument(help="The id of a case, or its beginning.")],
    export: Annotated[
        Path | None,
        typer.Option(help="Write its pack into this new folder: page, evidence, decisions."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a case with its incidents, or export it as a pack that proves itself.

    `tapewatch verify --pack` checks a pack without the lake.
    """
    from orchestration.command_line.case_pack import export_case, show_case

    lake = Lake(load_settings())
    if export is not None:
        export_case(lake, case_id, export)
    else:
        show_case(lake, case_id, as_json=as_json)


@app.command(rich_help_panel=EVERYDAY)
def decisions(
    incident_id: Annotated[
        str | None, typer.Argument(help="Of one incident; default: all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what people decided, oldest first, and check that the chain is whole."""
    from orchestration.command_line.cases import named_incident, show_history

    lake = Lake(load_settings())
    incident = named_incident(lake, incident_id) if incident_id else None
    show_history(lake, incident, as_json=as_json)


@app.command(rich_help_panel=EVERYDAY)
def detectors(as_json: AsJson = False) -> None:
    """List the detectors with what reviews say of each: was the pattern there, was it abuse.

    A verdict counts for the detector of the incident's lead alert; intervals are exact, 95 %.
    """
    from orchestration.command_line.cases import show_detectors

    show_detectors(Lake(load_settings()), as_json=as_json)
