"""The pack of a case: what it says, what that rests on, and what proves who decided it.

A page, the evidence as Parquet, the objects of the chain as they landed, and a manifest with the
SHA-256 of each file. Two packs of one case at one snapshot differ in who exported them and when.
"""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

from assets.cases.chain import key_of
from assets.cases.decision import Decision, digest_of
from assets.cases.pack_evidence import Evidence, evidence_of, parquet
from assets.cases.recording import every_decision
from assets.cases.state import Case, cases_of, counting_decisions
from assets.cases.words import what_was_decided
from assets.lake import LakeError
from assets.lake.code_version import code_version
from assets.lake.lake import Lake
from reports.case_pack import PackDecision, PackIncident, render_case
from reports.records import csv_text

FORMAT = 1
MANIFEST = "manifest.json"
Files = dict[str, bytes]
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of each file in an archive: it can state no earlier one, and ours say nothing."""


class CaseError(LakeError):
    """There is no such case, or more than one."""


def case_named(decisions: Sequence[Decision], case_id: str) -> Case:
    """The case whose id begins so; CaseError where there is none, or more than one."""
    found = [one for name, one in cases_of(decisions).items() if name.startswith(case_id)]
    if len(found) != 1 or not case_id:
        raise CaseError(f"{len(found)} cases begin with {case_id!r}: see `tapewatch cases`")
    return found[0]


def pack_of(
    lake: Lake, case_id: str, *, by: str, at: datetime, snapshot: int | None = None
) -> Files:
    """The files of a case's pack by their names; CaseError where there is no such case.

    `at` is UTC; `snapshot` is the lake's from which all is read, by default the current one.
    """
    if snapshot is None:
        with lake.connect() as connection:
            snapshot = lake.snapshot_id(connection)
    with lake.connect(snapshot=snapshot) as connection:
        decisions = every_decision(lake, connection)
        case = case_named(decisions, case_id)
        evidence = evidence_of(connection, case.case_id, decisions)
    about = decisions_about(case, evidence, decisions)
    proving = links_of(about, decisions)
    files = {f"{name}.parquet": parquet(table) for name, table in evidence.tables.items()}
    trades = evidence.tables["trades"]
    files["trades.csv"] = csv_text(trades.to_pylist(), trades.column_names).encode()
    files |= {key: lake.objects.read(key) for key in (key_of(one.number) for one in proving)}
    files["index.html"] = _page(case, evidence, about, decisions, snapshot).encode()
    manifest = {
        "format": FORMAT,
        "case": case_facts(case, evidence),
        "snapshot_id": snapshot,
        "version": version("tapewatch"),
        "code_version": code_version(),
        "exported_by": by,
        "exported_at": at.isoformat() + "Z",
        "decisions": {
            "first": proving[0].number,
            "before": proving[0].previous_digest,
            "last": proving[-1].number,
            "last_digest": proving[-1].digest,
        },
        "files": {name: digest_of(data) for name, data in sorted(files.items())},
    }
    return files | {MANIFEST: json.dumps(manifest, indent=1, sort_keys=True).encode()}


def write_pack(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files below a folder, which must be new or empty: CaseError where it is not."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CaseError(f"{folder} is not empty: give a new folder")
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files as one archive; equal files give equal bytes."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            written.writestr(entry, data)
    return archive.getvalue()


def case_facts(case: Case, evidence: Evidence) -> dict[str, Any]:
    """What the decisions say of a case, for the manifest."""
    facts = asdict(case) | {"opened_at": case.opened_at.isoformat() + "Z"}
    ids = [one.incident["incident_id"] for one in evidence.incidents]
    return facts | {"alert_ids": list(case.alert_ids), "incident_ids": ids}


def decisions_about(
    case: Case, evidence: Evidence, decisions: Sequence[Decision]
) -> list[Decision]:
    """The decisions about a case and about any incident that is in it or was, in order."""
    alert_ids = {one for each in evidence.incidents for one in each.incident["alert_ids"]}
    alert_ids |= {one.alert_id for one in decisions if one.case_id == case.case_id}
    return [
        one
        for one in decisions
        if (one.about == "case" and one.about_id == case.case_id)
        or (one.about == "incident" and one.alert_id in alert_ids)
    ]


def links_of(about: Sequence[Decision], decisions: Sequence[Decision]) -> list[Decision]:
    """The unbroken part of the chain with those decisions, and the one that names the last."""
    first, last = about[0].number, about[-1].number
    return [one for one in decisions if first <= one.number <= last + 1]


def _page(
    case: Case,
    evidence: Evidence,
    about: Sequence[Decision],
    decisions: Sequence[Decision],
    snapshot: int,
) -> str:
    counting = {one.number for one in counting_decisions(decisions)}
    trades, accounts = (evidence.tables[name].to_pylist() for name in ("trades", "accounts"))
    incidents = [
        PackIncident(
            row=one.incident,
            state=one.state.state,
            verdict=one.state.verdict,
            alerts=one.alerts,
            minutes=one.minutes,
            accounts=[
                each for each in accounts if each["incident_id"] == one.incident["incident_id"]
            ],
            trades=[each for each in trades if each["alert_id"] == one.alerts[0]["alert_id"]],
        )
        for one in evidence.incidents
    ]
    history = [
        PackDecision(
            number=one.number, at=one.decided_at, by=one.decided_by, channel=one.channel,
            what=what_was_decided(one), note=one.note, digest=one.digest[:8],
            of="the case" if one.about == "case" else f"incident {one.about_id[:12]}",
            is_void=one.takes_back is None and one.number not in counting,
        )
        for one in about
    ]  # fmt: skip
    return render_case(
        title=case.title or case.case_id, case=asdict(case), incidents=incidents,
        history=history, snapshot=snapshot, code_version=code_version(),
    )  # fmt: skip
