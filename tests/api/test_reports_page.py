"""Reports on the desk: listed, served in a sandbox, and nothing else of the home."""

from datetime import date

import pytest
from fastapi.testclient import TestClient

from assets.lake.lake import Lake
from assets.publishing.report_files import INDEX, report_path

pytestmark = pytest.mark.slow


def test_a_report_is_listed_and_served_without_the_desk_s_rights(
    client: TestClient, found_lake: Lake
) -> None:
    assert "No day has a report yet" in client.get("/desk/reports").text
    path = report_path(found_lake, date(2026, 3, 2))
    path.parent.mkdir(parents=True)
    path.write_text("<p>a report</p>")
    (found_lake.settings.reports / INDEX).write_text("<p>all days</p>")
    listed = client.get("/desk/reports").text
    assert 'href="/desk/reports/daily/2026-03-02.html"' in listed
    answer = client.get("/desk/reports/daily/2026-03-02.html")
    assert answer.text == "<p>a report</p>"
    # an origin of its own: neither the session's cookie nor a form of the desk
    assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts ")
    assert "allow-same-origin" not in answer.headers["content-security-policy"]
    assert "all days" in client.get(f"/desk/reports/{INDEX}").text


@pytest.mark.parametrize(
    "path", ["..%2f..%2fsettings.env", "daily/2026-03-02.txt", "%00", "..%2fkeys.sqlite"]
)
def test_what_is_no_report_is_not_served(client: TestClient, path: str) -> None:
    assert client.get(f"/desk/reports/{path}").status_code == 404
