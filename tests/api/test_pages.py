"""The desk in a browser without scripts: a queue, a screen that decides, what was decided."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from fastapi.testclient import TestClient

from assets.cases.reading import decisions_of
from assets.lake.lake import Lake
from orchestration.api.keys import create_key
from tests.api.conftest import HOSTILE

pytestmark = pytest.mark.slow
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def texts(page: str) -> str:
    """A page's text without tags, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of the decision form, as a browser sends them."""
    form = page[page.index('id="decide"') :]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)[:3])


def test_the_queue_shows_incidents_gravest_first_and_counts_each_tab(client: TestClient) -> None:
    page = client.get("/").text
    assert [
        re.sub("<.*?>", "", one) for one in re.findall(r'<th scope="row">(.*?)</th>', page)
    ] == [
        "ETH-USDT",
        "BTC-USDT",
    ]
    assert "Open 2 Mine 0 Escalated 0 Closed 0 Muted 0" in texts(page)
    filtered = texts(client.get("/desk", params={"symbol": "btc-usdt"}).text)
    assert "Open 1" in filtered
    nothing = texts(client.get("/desk", params={"symbol": "XRP-USDT"}).text)
    assert "No incident matches. Clear the filter." in nothing


def test_closing_leads_to_the_next_and_can_be_taken_back(
    client: TestClient, found_lake: Lake, incident_ids: list[str]
) -> None:
    address = f"/desk/incidents/{incident_ids[0]}"
    page = client.get(address).text
    posted = form_of(page) | {"act": "close", "verdict": "false", "reason_false": "feed_gap"}
    answer = client.post(f"{address}/decisions", data=posted)

    assert answer.url.path == f"/desk/incidents/{incident_ids[1]}"
    assert f"ana judged false: a gap of the feed, closed it ({incident_ids[0][:12]})." in texts(
        answer.text
    )
    assert "Open 1 Mine 0 Escalated 0 Closed 1" in texts(client.get("/desk").text)
    # a double click is one decision
    client.post(f"{address}/decisions", data=posted)
    assert len(decisions_of(found_lake)) == 1

    undo = {"act": "undo", "takes_back": "1", "request_id": "u"}
    assert "took decision 1 back" in texts(client.post(f"{address}/decisions", data=undo).text)
    assert "Open 2" in texts(client.get("/desk").text)


@pytest.mark.parametrize(
    ("act", "tab"),
    [("take", "Mine 1"), ("escalate", "Escalated 1"), ("comment", "Open 2")],
)
def test_each_button_decides(
    client: TestClient, incident_ids: list[str], act: str, tab: str
) -> None:
    address = f"/desk/incidents/{incident_ids[0]}"
    posted = form_of(client.get(address).text) | {"act": act, "note": "seen"}
    answer = client.post(f"{address}/decisions", data=posted)
    assert answer.status_code == 200
    assert "“seen”" in answer.text
    assert tab in texts(client.get("/desk").text)


def test_what_is_refused_is_said_beside_the_form_and_nothing_typed_is_lost(
    client: TestClient, found_lake: Lake, incident_ids: list[str]
) -> None:
    address = f"/desk/incidents/{incident_ids[0]}"
    posted = {"act": "close", "verdict": "true", "note": " ", "request_id": "r"}
    answer = client.post(f"{address}/decisions", data=posted)
    assert answer.status_code == 422
    assert "the reason for a verdict of true is one of" in texts(answer.text)
    posted |= {"reason_true": "stop_hunt"}
    answer = client.post(f"{address}/decisions", data=posted)
    assert "needs a note that says what was seen" in texts(answer.text)
    assert re.search(r'value="stop_hunt" data-number="\d" checked', answer.text)
    posted = {"act": "close", "note": "a <b>note</b>", "request_id": "r"}
    answer = client.post(f"{address}/decisions", data=posted)
    assert "a &lt;b&gt;note&lt;/b&gt;</textarea>" in answer.text
    assert decisions_of(found_lake) == []


def test_no_text_of_the_data_or_of_a_person_is_markup(
    client: TestClient, incident_ids: list[str]
) -> None:
    address = f"/desk/incidents/{incident_ids[0]}"
    posted = {"act": "comment", "note": HOSTILE, "request_id": "r"}
    page = client.post(f"{address}/decisions", data=posted)
    assert page.text.count("&lt;img src=x") == 3
    for shown in ("/desk", address):
        answer = client.get(shown)
        assert "<img" not in answer.text
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "style=" not in answer.text


def test_with_a_key_a_person_signs_in_and_decides_under_its_name(
    client: TestClient, found_lake: Lake, incident_ids: list[str]
) -> None:
    reader = create_key(found_lake.settings, "rita", "read", NOW)
    analyst = create_key(found_lake.settings, "ben", "decide", NOW)
    assert client.get("/desk").url.path == "/desk/sign-in"
    assert client.post("/desk/sign-in", data={"key": "tw_wrong"}).status_code == 401

    client.post("/desk/sign-in", data={"key": reader})
    assert "rita" in client.get("/desk").text
    address = f"/desk/incidents/{incident_ids[0]}/decisions"
    comment = {"act": "comment", "note": "seen", "request_id": "r"}
    assert client.post(address, data=comment).status_code == 403

    signed_in = client.post("/desk/sign-in", data={"key": analyst}, follow_redirects=False)
    cookie = signed_in.headers["set-cookie"]
    assert analyst not in cookie
    assert {"HttpOnly", "Path=/desk", "SameSite=strict"} <= set(cookie.split("; "))
    client.post(address, data=comment)
    assert [one.decided_by for one in decisions_of(found_lake)] == ["ben"]
    foreign = {"Origin": "https://evil.example"}
    assert client.post(address, data=comment, headers=foreign).status_code == 403
    client.post("/desk/sign-out")
    assert client.get("/desk").url.path == "/desk/sign-in"


def test_files_of_pages_are_named_by_what_is_in_them(client: TestClient) -> None:
    files = re.findall(r'(?:href|src)="(/desk/static/[^"]*)"', client.get("/desk").text)
    assert len(files) == 5
    for file in files:
        answer = client.get(file)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert client.get("/desk/static/other/desk.js").status_code == 404


def test_cases_and_the_system_have_pages(client: TestClient, incident_ids: list[str]) -> None:
    client.post("/cases", json={"title": "One hand", "state": "open", "case_id": "c1"})
    client.post(f"/incidents/{incident_ids[0]}/decisions", json={"case_id": "c1"})
    page = texts(client.get("/desk/cases").text)
    assert "One hand open, opened by ana" in page
    assert "ETH-USDT, flash crash" in page
    assert "The chain of decisions is whole: 2" in texts(client.get("/desk/system").text)
