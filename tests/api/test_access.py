"""Without a valid key of the right scope nothing is answered but that the service lives."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from assets.lake.lake import Lake
from assets.lake.settings import SettingsError
from orchestration.api.access import BURST, RATE_PER_SECOND, Rates, refuse_open_service
from orchestration.api.app import api
from orchestration.api.keys import FILE, create_key, keys_of, revoke_key
from tests.api.conftest import HOST

NOW = datetime(2026, 3, 2, tzinfo=UTC)
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 (nothing is bound)
pytestmark = pytest.mark.slow


def routes(client: TestClient) -> Iterator[tuple[str, str]]:
    """Method and path of every route that is described."""
    described: dict[str, Any] = client.get("/openapi.json").json()["paths"]
    for path, methods in described.items():
        for method in methods:
            yield method, path.replace("{", "").replace("}", "")


def test_no_route_answers_without_a_key_with_a_revoked_or_too_small_one(
    client: TestClient, found_lake: Lake
) -> None:
    settings = found_lake.settings
    small = create_key(settings, "reader", "read", NOW)
    revoked = create_key(settings, "gone", "admin", NOW)
    revoke_key(settings, keys_of(settings)[1].key_id, NOW)
    checked = 0
    for method, path in routes(client):
        if path == "/health":
            continue
        for secret in ("", "tw_wrong", revoked, f"{small}x"):
            sent = {"Authorization": f"Bearer {secret}"} if secret else {}
            answer = client.request(method, path, headers=sent, json={})
            assert answer.status_code == 401, (method, path)
            assert answer.headers["www-authenticate"] == "Bearer"
        if method == "post":
            sent = {"Authorization": f"Bearer {small}"}
            assert client.request(method, path, headers=sent, json={}).status_code == 403, path
        checked += 1
    assert checked > 15
    assert client.get("/health").status_code == 200


OPEN = {"/", "/favicon.ico", "/docs", "/openapi.json", "/health", "/desk/sign-in", "/desk/sign-out"}
"""What shows nothing of the lake; the files of pages are the code's."""
FILES = ("/swagger-ui", "/desk/static/")


# what pages about subjects ask for
SUBJECT = {"venue": "v", "symbol": "A-USDT", "id": "1"}


def test_no_page_shows_anything_without_a_session(client: TestClient, found_lake: Lake) -> None:
    create_key(found_lake.settings, "ben", "read", NOW)
    app: Any = client.app
    checked = 0
    for route in iter_route_contexts(app.routes):
        path = (route.path or "").replace("{", "").replace("}", "")
        if path in OPEN or path.startswith(FILES):
            continue
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.request(method, path, params=SUBJECT, follow_redirects=False)
            to_sign_in = answer.headers.get("location", "").split("?")[0] == "/desk/sign-in"
            assert answer.status_code in (401, 403) or to_sign_in, (method, path)
            checked += 1
    assert checked > 20


def test_a_key_decides_under_its_owners_name(
    client: TestClient, found_lake: Lake, incident_ids: list[str]
) -> None:
    secret = create_key(found_lake.settings, "ben", "decide", NOW)
    sent = {"Authorization": f"Bearer {secret}"}
    answer = client.post(
        f"/incidents/{incident_ids[0]}/decisions", headers=sent, json={"note": "seen"}
    )
    assert answer.json()["decision"]["decided_by"] == "ben"


def test_only_a_digest_of_a_key_is_at_rest(found_lake: Lake) -> None:
    secret = create_key(found_lake.settings, "ben", "decide", NOW)
    file = found_lake.settings.root / FILE
    assert secret not in file.read_text()
    assert secret.removeprefix("tw_") not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:3000"},
        {"Origin": "http://evil.example", "Host": "evil.example"},
        {"Host": "evil.example"},
    ],
)
def test_pages_of_other_origins_are_refused(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get("/incidents").status_code == 200
    assert client.get("/incidents", headers=headers).status_code == 403
    assert client.get("/incidents", headers={"Origin": HOST}).status_code == 200
    # a proxy asks under another name than the browser
    behind = {"Sec-Fetch-Site": "same-origin", "Origin": "https://desk.example"}
    assert client.get("/incidents", headers=behind).status_code == 200


def test_without_a_key_it_binds_to_this_machine_alone(found_lake: Lake) -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        refuse_open_service(found_lake.settings, host)
    with pytest.raises(SettingsError, match="tapewatch keys create"):
        refuse_open_service(found_lake.settings, EVERY_ADDRESS)
    create_key(found_lake.settings, "ben", "read", NOW)
    refuse_open_service(found_lake.settings, EVERY_ADDRESS)
    revoke_key(found_lake.settings, keys_of(found_lake.settings)[0].key_id, NOW)
    with pytest.raises(SettingsError, match="tapewatch keys create"):
        refuse_open_service(found_lake.settings, EVERY_ADDRESS)


def test_a_caller_has_a_rate_of_its_own() -> None:
    now = [0.0]
    rates = Rates(clock=lambda: now[0])
    assert [rates.wait_of("ana") for _ in range(int(BURST))] == [0] * int(BURST)
    assert rates.wait_of("ana") == pytest.approx(1 / RATE_PER_SECOND)
    assert rates.wait_of("ben") == 0
    now[0] += 1.0
    assert [rates.wait_of("ana") for _ in range(int(RATE_PER_SECOND))] == [0] * int(RATE_PER_SECOND)
    assert rates.wait_of("ana") > 0


def test_a_caller_above_its_rate_hears_when_to_come_back(
    found_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.api.access.BURST", 1.0)
    monkeypatch.setattr("orchestration.api.access.RATE_PER_SECOND", 0.01)
    with TestClient(api(found_lake.settings), base_url=HOST) as client:
        statuses = [client.get("/decisions") for _ in range(3)]
    assert statuses[0].status_code == 200
    assert statuses[-1].status_code == 429
    assert 1 <= int(statuses[-1].headers["retry-after"]) <= 100
