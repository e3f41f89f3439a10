"""`tapewatch case` and `tapewatch verify --pack`."""

from datetime import UTC, datetime
from pathlib import Path

from assets.alerts.reading import Wanted
from assets.cases.deciding import decider
from assets.cases.pack import case_named, pack_of, write_pack
from assets.cases.pack_check import check_pack, pack_files
from assets.cases.reading import STATES, decisions_of, worked_queue
from assets.lake.lake import Lake
from orchestration.command_line.incidents import show_incidents
from orchestration.command_line.output import console, errors, print_json
from orchestration.command_line.plain_text import said


def show_case(lake: Lake, case_id: str, *, as_json: bool) -> None:
    """Print a case and its incidents."""
    from dataclasses import asdict

    case = case_named(decisions_of(lake), case_id)
    worked = worked_queue(lake, Wanted(), states=STATES)
    members = [one for one in worked.incidents if one.state.case_id == case.case_id]
    if as_json:
        print_json(asdict(case) | {"incidents": [one.incident for one in members]})
        return
    console.print(
        said(
            f"{case.title or case.case_id}: {case.state}, opened by {case.opened_by} "
            f"on {case.opened_at:%Y-%m-%d %H:%M} UTC"
        )
    )
    show_incidents(type(worked)(members, len(members), 0), limit=None, style="table")


def export_case(lake: Lake, case_id: str, folder: Path) -> None:
    """Write the pack of a case into a new folder, and print what proves it."""
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    files = pack_of(lake, case_id, by=decider(lake.settings), at=now)
    write_pack(files, folder)
    console.print(said(f"written: {folder}, {len(files):,} files"), soft_wrap=True)
    console.print(
        said(f"its manifest has the SHA-256 {check_pack(files).manifest_digest}"), soft_wrap=True
    )


def verify_pack(path: Path, *, as_json: bool) -> bool:
    """Print what a check of a pack finds; whether it is whole."""
    from dataclasses import asdict

    checked = check_pack(pack_files(path))
    if as_json:
        print_json(asdict(checked))
        return not checked.faults
    for fault in checked.faults:
        errors.print(said(fault, "red"), soft_wrap=True)
    for sentence in checked.not_comparable:
        errors.print(said(f"not comparable: {sentence}", "yellow"), soft_wrap=True)
    if not checked.faults:
        console.print(
            said(
                f"The pack is whole: {checked.files:,} files, {checked.decisions:,} decisions in "
                f"one chain, {checked.alerts:,} alerts derived again from their hits."
            ),
            soft_wrap=True,
        )
    console.print(said(f"manifest SHA-256 {checked.manifest_digest}"), soft_wrap=True)
    return not checked.faults
