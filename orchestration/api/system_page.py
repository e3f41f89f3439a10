"""The page of the system: what is wrong first, then what it reaches, who judged, what runs."""

from datetime import UTC, date, datetime
from importlib.metadata import version

import duckdb
from fastapi import APIRouter, Request
from fastapi.responses import Response

from assets.cases.chain import ChainError, verify_chain
from assets.cases.recording import noted_digests
from assets.detection.detector import detectors
from assets.detection.tables import DETECTOR_RUNS
from assets.lake import LakeError
from assets.lake.code_version import code_version
from assets.lake.lake import Lake
from assets.lake.lock import CatalogError
from assets.lake.objects.object_store import ObjectStoreError
from assets.publishing.verdict import last_verdict
from orchestration.api.keys import keys_of
from orchestration.api.page import page, to_sign_in
from orchestration.api.probes import probes_of
from orchestration.api.sessions import PATH, Sessions
from reports.detectors import Verdict

WRONG = ("failed", "behind")


def routes_of_system_page(lake: Lake, sessions: Sessions) -> APIRouter:
    """The page; it answers also where the lake does not."""
    router = APIRouter(include_in_schema=False)
    probes = probes_of(lake)

    @router.get(f"{PATH}/system")
    def system(request: Request) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in()
        found = probes.ask()
        verdict, day, unread = _verdict(lake)
        chain, is_broken = _chain(lake)
        wrong = [f"{one['probe']}: {one['detail']}" for one in found if one["state"] in WRONG]
        wrong += [unread] if unread and not wrong else []
        wrong += verdict.reasons if verdict else ()
        wrong += [chain] if is_broken else []
        return page(
            "system", caller, title="System", page="System", message="", wrong=wrong,
            probes=found, verdict=verdict, day=day, chain=chain, versions=_versions(),
            keys=[one.revoked_at is None for one in keys_of(lake.settings)],
        )  # fmt: skip

    return router


def _verdict(lake: Lake) -> tuple[Verdict | None, date | None, str]:
    """The verdict on the last judged day and the day; or why it cannot be read."""
    try:
        with lake.connect() as connection:
            found = last_verdict(connection, detectors())
            ((day,),) = connection.execute(
                f"select max(trade_day) from lake.{DETECTOR_RUNS.name}"
            ).fetchall()
    except (LakeError, CatalogError, ObjectStoreError, duckdb.Error) as error:
        return None, None, str(error)
    return (None if found is None else found[0]), day, ""


def _chain(lake: Lake) -> tuple[str, bool]:
    """The state of the chain of decisions in a sentence, and whether it is broken."""
    try:
        with lake.connect() as connection:
            noted = noted_digests(connection)
        count = verify_chain(lake.objects, noted)
    except ChainError as error:
        return f"The chain of decisions is broken: {error}.", True
    except (LakeError, CatalogError, ObjectStoreError, duckdb.Error) as error:
        return f"The chain of decisions could not be read: {error}.", False
    now = datetime.now(UTC)
    return f"The chain of decisions is whole: {count:,}, checked {now:%H:%M} UTC.", False


def _versions() -> list[tuple[str, str]]:
    return [
        ("tapewatch", f"{version('tapewatch')}, code {code_version()}"),
        *((name, version(name)) for name in ("duckdb", "dagster")),
    ]
