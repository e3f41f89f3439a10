"""The small tables in memory: of one snapshot, never behind a decision, there without the lake."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from threading import Event

import pytest
from fastapi.testclient import TestClient

from assets.alerts.reading import list_alerts
from assets.cases.deciding import decide
from assets.cases.decision import Draft
from assets.lake.lake import Lake
from orchestration.api import shared_lake
from orchestration.api.app import api
from orchestration.api.problems import Refusal
from orchestration.api.shared_lake import SharedLake
from tests.api.conftest import HOST

pytestmark = pytest.mark.slow
WITHIN = 30.0


def becomes_true(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + WITHIN
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def delete_an_alert(lake: Lake, symbol: str = "BTC-USDT") -> None:
    with lake.lock(), lake.connect(read_only=False) as connection:
        connection.execute("delete from lake.alerts.alerts where symbol = ?", [symbol])


@pytest.fixture
def shared(found_lake: Lake) -> Iterator[SharedLake]:
    lake = SharedLake(found_lake.settings)
    yield lake
    lake.close()


def test_a_value_of_one_snapshot_stays_what_it_is(shared: SharedLake) -> None:
    first = shared.recent()
    delete_an_alert(Lake(shared.settings))
    second = shared.recent()
    assert (len(list_alerts(first)), len(list_alerts(second))) == (2, 1)
    assert second.snapshot > first.snapshot
    delete_an_alert(Lake(shared.settings), "ETH-USDT")
    recent, left = shared.once(
        "key", lambda _, connection: connection.sql("from lake.alerts.alerts").fetchall()
    )
    assert (left, recent.snapshot > second.snapshot) == ([], True)
    again, unread = shared.once("key", lambda *_: 0)
    assert (again.snapshot, unread) == (recent.snapshot, left)


def test_a_commit_to_other_tables_copies_nothing(shared: SharedLake) -> None:
    first = shared.recent()
    lake = Lake(shared.settings)
    with lake.lock(), lake.connect(read_only=False) as connection:
        connection.execute("create table lake.ops.something as select 1 as one")
    second = shared.recent()
    assert second.snapshot > first.snapshot
    assert second.memory is first.memory


def test_a_lake_made_anew_is_read_anew(shared: SharedLake) -> None:
    first = shared.recent()
    shared.settings.catalog_file.unlink()
    with Lake(shared.settings).connect(read_only=False):
        pass
    second = shared.recent()
    assert second.snapshot < first.snapshot
    assert list_alerts(second) == []


def test_decisions_of_others_show_within_a_second_and_its_own_at_once(
    found_lake: Lake, incident_ids: list[str]
) -> None:
    case = Draft(about="case", about_id="c1", title="One hand", state="open")
    with TestClient(api(found_lake.settings), base_url=HOST) as client:
        address = f"/incidents/{incident_ids[0]}/decisions"
        for number in range(1, 4):
            client.post(address, json={"note": f"{number}"})
            assert client.get("/decisions").json()["count"] == number
        decide(found_lake, case, request_id="r", by="ben", channel="command line")
        becomes_true(lambda: client.get("/decisions").json()["count"] == 4)
        delete_an_alert(found_lake)
        becomes_true(lambda: len(client.get("/alerts").json()["rows"]) == 1)


def test_while_the_lake_is_silent_pages_say_since_when_and_decisions_land(
    found_lake: Lake, incident_ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_lake, "SILENT_AFTER", 1.5)
    catalog = found_lake.settings.catalog_file
    with TestClient(api(found_lake.settings), base_url=HOST) as client:
        page = f"/desk/incidents/{incident_ids[0]}"
        assert client.get(page).status_code == 200
        catalog.rename(catalog.with_suffix(".away"))
        becomes_true(lambda: "has not answered since: " in client.get("/desk").text)
        shown = client.get(page).text
        assert "No chart: the lake does not answer." in shown
        assert "Accounts cannot be shown" in shown
        posted = {"act": "comment", "note": "seen", "request_id": "r"}
        assert "“seen”" in client.post(f"{page}/decisions", data=posted).text
        catalog.with_suffix(".away").rename(catalog)
        monkeypatch.setattr(shared_lake, "SILENT_AFTER", WITHIN)
        becomes_true(lambda: "has not answered since" not in client.get("/desk").text)


def test_who_waits_for_the_large_tables_holds_up_no_other(
    found_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = Event(), Event()

    def slow(*_: object) -> object:
        begun.set()
        may_end.wait(WITHIN)
        raise Refusal(HTTPStatus.NOT_FOUND, "nothing was found")

    monkeypatch.setattr("orchestration.api.reading.explanation_of", slow)
    with TestClient(api(found_lake.settings), base_url=HOST) as client:
        alert = client.get("/alerts").json()["rows"][0]["alert_id"]
        # more than a pool of threads usually has
        with ThreadPoolExecutor(61) as people:
            waiting = [people.submit(client.get, f"/alerts/{alert}/explain") for _ in range(60)]
            assert begun.wait(WITHIN)
            try:
                assert people.submit(client.get, "/stats").result(WITHIN / 3).status_code == 200
            finally:
                may_end.set()
            assert {one.result(WITHIN).status_code for one in waiting} == {404}
