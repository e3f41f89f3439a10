"""Check a case's pack from the pack alone: its files, its decisions, and what follows from what."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from assets.alerts.episodes import Alert, derive_alerts
from assets.alerts.incidents import Incident, join_incidents
from assets.alerts.revisions import content_of
from assets.alerts.trades import condition_of
from assets.cases.chain import PREFIX, key_of
from assets.cases.decision import Decision, DecisionError, digest_of, parsed
from assets.cases.pack import FORMAT, MANIFEST, CaseError
from assets.cases.pack_evidence import accounts_of
from assets.cases.state import cases_of
from assets.detection.detector import detectors
from assets.detection.hits import Hit, Stamps
from assets.lake.code_version import code_version

TABLES = ("incidents", "alerts", "hits", "trades", "accounts")


@dataclass(frozen=True)
class Checked:
    """What a check found; a pack without a fault is whole."""

    manifest_digest: str
    files: int
    decisions: int
    alerts: int
    """Alerts that were derived again from their hits."""
    faults: tuple[str, ...]
    not_comparable: tuple[str, ...] = ()
    """Alerts that this code cannot derive again, and why."""


def pack_files(path: Path) -> dict[str, bytes]:
    """The files of a pack, a folder or an archive, by name; CaseError where it is neither."""
    try:
        if path.is_dir():
            found = sorted(one for one in path.rglob("*") if one.is_file())
            return {one.relative_to(path).as_posix(): one.read_bytes() for one in found}
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile) as error:
        raise CaseError(f"{path} is no pack, neither a folder nor an archive: {error}") from error


def check_pack(files: Mapping[str, bytes]) -> Checked:
    """Every fault of a pack; where a file differs, what follows from it is not derived."""
    try:
        manifest: dict[str, Any] = json.loads(files[MANIFEST])
        listed: dict[str, str] = dict(manifest["files"])
        chain: dict[str, Any] = dict(manifest["decisions"])
        facts: dict[str, Any] = dict(manifest["case"])
        if manifest["format"] != FORMAT:
            raise CaseError(f"the pack has format {manifest['format']}, this code reads {FORMAT}")
    except KeyError as error:
        raise CaseError(f"no pack: {MANIFEST} is missing or has no {error}") from error
    except (ValueError, TypeError) as error:
        raise CaseError(f"{MANIFEST} cannot be read: {error}") from error
    faults = [*_file_faults(files, listed)]
    decisions: list[Decision] = []
    faults += _chain_faults(files, chain, decisions)
    derived, others = 0, list[str]()
    if not faults:
        faults += _case_faults(facts, decisions)
        tables = {name: pq.read_table(BytesIO(files[f"{name}.parquet"])) for name in TABLES}
        alerts = [Alert(**row) for row in tables["alerts"].to_pylist()]
        faults += _trade_faults(tables, alerts)
        if not accounts_of(tables).equals(tables["accounts"]):
            faults.append("accounts.parquet does not follow from the trades")
        derived, others, wrong = _derive_alerts(tables["hits"], alerts)
        faults += [*wrong, *_incident_faults(tables["incidents"], alerts)]
    return Checked(
        digest_of(files[MANIFEST]), len(listed), len(decisions), derived, tuple(faults),
        tuple(others),
    )  # fmt: skip


def _file_faults(files: Mapping[str, bytes], listed: Mapping[str, str]) -> Iterator[str]:
    needed = {"index.html", *(f"{name}.parquet" for name in TABLES)}
    for name in sorted({*listed, *needed, *files} - {MANIFEST}):
        if name not in files:
            yield f"{name} is missing"
        elif name not in listed:
            yield f"{name} is not in the manifest"
        elif digest_of(files[name]) != listed[name]:
            yield f"{name} was changed"


def _chain_faults(
    files: Mapping[str, bytes], chain: Mapping[str, Any], decisions: list[Decision]
) -> Iterator[str]:
    """What is wrong with the chain; the decisions before that are added to the list."""
    digest = chain["before"]
    for number in range(chain["first"], chain["last"] + 1):
        key = key_of(number)
        if key not in files:
            yield f"{key} is missing: what follows it cannot be proved"
            return
        try:
            one = parsed(files[key])
        except DecisionError as error:
            yield f"{key} is damaged: {error}"
            return
        if one.number != number or one.previous_digest != digest:
            yield f"{key} does not follow the decision before it: one of the two was changed"
            return
        decisions.append(one)
        digest = one.digest
    if digest != chain["last_digest"]:
        yield f"{key_of(chain['last'])} was changed"
    known = {key_of(number) for number in range(chain["first"], chain["last"] + 1)}
    for key in sorted(files):
        if key.startswith(PREFIX) and key not in known:
            yield f"{key} is no part of the chain that the manifest names"


def _case_faults(facts: Mapping[str, Any], decisions: list[Decision]) -> Iterator[str]:
    case = cases_of(decisions).get(facts["case_id"])
    if case is None:
        yield f"no decision of the pack opens case {facts['case_id']}"
    else:
        for name in ("title", "state", "opened_by"):
            if getattr(case, name) != facts[name]:
                yield f"the manifest's {name} of the case is not what was decided"
        if sorted(case.alert_ids) != sorted(facts["alert_ids"]):
            yield "the manifest's incidents of the case are not those that were decided"


def _trade_faults(tables: Mapping[str, pa.Table], alerts: list[Alert]) -> Iterator[str]:
    """Alerts with a trade that their evidence does not select, or without any that it does."""
    with duckdb.connect() as connection:
        connection.register("trades", tables["trades"])
        for alert in alerts:
            condition = condition_of(_row(alert))
            selected = condition.sql if condition else "false"
            count, fitting = connection.execute(
                f"select count(*), count(*) filter (where {selected}) from trades "
                "where alert_id = ?",
                [*(condition.values if condition else ()), alert.alert_id],
            ).fetchall()[0]
            if count != fitting:
                yield f"{count - fitting} trades of alert {alert.alert_id} do not fit its evidence"
            elif condition is not None and count == 0:
                yield f"alert {alert.alert_id} has no trades, and its evidence selects some"


def _derive_alerts(hits: pa.Table, alerts: list[Alert]) -> tuple[int, list[str], list[str]]:
    """Derive alerts from hits: how many are the same, which cannot be compared, which differ."""
    every = [Hit(**row) for row in hits.to_pylist()]
    named = {one.name: one for one in detectors()}
    same, others, wrong = 0, list[str](), list[str]()
    for alert in alerts:
        detector = named.get(alert.detector)
        if alert.code_version != code_version() or detector is None:
            others.append(
                f"alert {alert.alert_id} was derived by code {alert.code_version}, this is "
                f"{code_version()}"
            )
            continue
        if detector.params_digest != alert.params_digest:
            others.append(f"alert {alert.alert_id} was derived with other thresholds")
            continue
        own = [one for one in every if one.detector == alert.detector]
        again = {one.alert_id: one for one in derive_alerts(own, detector, _stamps_of(alert))}
        fields_differing = _differing(alert, again.get(alert.alert_id))
        if fields_differing:
            wrong.append(
                f"alert {alert.alert_id} does not follow from the hits: "
                f"{', '.join(fields_differing)}"
            )
        else:
            same += 1
    return same, others, wrong


def _incident_faults(incidents: pa.Table, alerts: list[Alert]) -> Iterator[str]:
    by_id = {one.alert_id: one for one in alerts}
    for row in incidents.to_pylist():
        incident = Incident(**row)
        members = [by_id[one] for one in json.loads(incident.alert_ids) if one in by_id]
        again = {one.incident_id: one for one in join_incidents(members, _stamps_of(incident))}
        if differing := _differing(incident, again.get(incident.incident_id)):
            yield (
                f"incident {incident.incident_id} does not follow from its alerts: "
                f"{', '.join(differing)}"
            )


def _differing(one: Alert | Incident, again: Alert | Incident | None) -> list[str]:
    """Fields that differ, but for the status, which later data or a person changes."""
    names = content_of(type(one))
    return [
        name
        for name in names
        if name != "status" and (again is None or getattr(one, name) != getattr(again, name))
    ]


def _stamps_of(one: Alert | Incident) -> Stamps:
    return Stamps(
        input_snapshot_id=one.input_snapshot_id, code_version=one.code_version,
        run_id=one.run_id, detected_at=one.detected_at,
    )  # fmt: skip


def _row(alert: Alert) -> dict[str, Any]:
    return {field.name: getattr(alert, field.name) for field in fields(alert)}
