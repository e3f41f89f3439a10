"""The reports on the desk: their list, and each as it was written."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from assets.publishing.report_files import INDEX, reported_days, written_periods
from orchestration.api.page import page, to_sign_in
from orchestration.api.problems import Refusal
from orchestration.api.sessions import PATH, Sessions
from orchestration.api.shared_lake import SharedLake
from orchestration.report_server import served_file

REPORTS = f"{PATH}/reports"
# a report brings scripts of its own: in a sandbox it has no cookie and sends no form
POLICY = (
    "sandbox allow-scripts allow-popups allow-downloads allow-top-navigation-by-user-activation; "
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def routes_of_reports(lake: SharedLake, sessions: Sessions) -> APIRouter:
    """The list, and the files below the home's folder of reports."""
    router = APIRouter(include_in_schema=False)

    @router.get(REPORTS)
    def reports(request: Request) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in(REPORTS)
        return page(
            "reports", caller, title="Reports", page="Reports", message="", index=INDEX,
            days=list(reversed(reported_days(lake))), periods=written_periods(lake),
            program=lake.settings.program,
        )  # fmt: skip

    @router.get(f"{REPORTS}/{{path:path}}")
    def report(request: Request, path: str) -> Response:
        if sessions.caller(request) is None:
            return to_sign_in(REPORTS)
        found = served_file(lake.settings.reports, path)
        if found is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "there is no such report: run its day")
        return FileResponse(found, headers=HEADERS)

    return router
