"""The desk in a browser without scripts: a queue, a screen that decides, what was decided."""

import json
import re
from datetime import UTC, datetime
from html import unescape

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from assets.cases.reading import decisions_of
from assets.lake.lake import Lake
from orchestration.api.keys import create_key
from orchestration.command_line.app import app
from tests.api.conftest import HOSTILE

pytestmark = pytest.mark.slow
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def texts(page: str) -> str:
    """A page's text without tags, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of the decision form, as a browser sends them."""
    form = page[page.index('id="decide"') :]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)[:4])


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
    assert "1 of 1 shown" in filtered
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
    assert "Closed as false: a gap of the feed. Undo z" in texts(answer.text)
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


def test_a_case_is_made_of_ticked_incidents_and_worked_on(
    client: TestClient, found_lake: Lake, incident_ids: list[str]
) -> None:
    form = client.get("/desk/cases/new", params={"incident": incident_ids}).text
    assert "Make a case of 2 incidents" in texts(form)
    (request_id,) = re.findall(r'name="request_id" value="([^"]*)"', form)
    posted = {"request_id": request_id, "incident": incident_ids, "title": "One hand"}
    page = client.post("/desk/cases", data=posted)
    case = page.url.path
    assert "One hand" in texts(page.text)
    assert "2 incidents" in texts(page.text)
    # a double click makes one case
    assert client.post("/desk/cases", data=posted).url.path == case
    assert len(decisions_of(found_lake)) == 3

    assert "Tick the incidents first." in client.post("/desk/cases", data={"title": "x"}).text
    both = {"incident": incident_ids[:1], "request_id": "b"}
    assert client.post("/desk/cases", data=both).status_code == 422

    for act, said in (
        ({"act": "comment", "note": HOSTILE}, "Commented"),
        ({"act": "rename", "title": "One ring"}, "Titled the case 'One ring'"),
        ({"act": "take-out", "incident": incident_ids[0]}, "Took it out of its case"),
        ({"act": "close"}, "Closed it"),
    ):
        answer = client.post(f"{case}/decisions", data=act | {"request_id": act["act"]})
        assert said in texts(answer.text)
    assert "One ring" in texts(client.get("/desk/cases").text)
    assert "<img" not in answer.text
    undone = client.post(
        f"{case}/decisions", data={"act": "undo", "takes_back": 7, "request_id": "u"}
    )
    assert "Took decision 7 back" in texts(undone.text)
    assert client.post(f"{case}/decisions", data={"act": "comment"}).status_code == 422
    assert client.get("/desk/cases/none").status_code == 404


def test_a_mute_says_what_it_hides_before_it_is_saved_and_can_be_lifted(
    client: TestClient, found_lake: Lake, incident_ids: list[str]
) -> None:
    address = f"/desk/incidents/{incident_ids[1]}/decisions"
    true = {"act": "close", "verdict": "true", "reason_true": "stop_hunt", "note": "n"}
    client.post(address, data=true | {"request_id": "t"})
    posted = {"symbol": "BTC-USDT", "until": "2027-03-01", "note": "a campaign", "request_id": "m"}
    shown = client.post("/desk/mutes", data=posted)
    counted = "It would have muted 1 of the last 30 days' 2, 1 of them judged true."
    assert counted in texts(shown.text)
    assert len(decisions_of(found_lake)) == 1
    (scope,) = re.findall(r'name="counted" value="([^"]*)"', shown.text)
    for wrong in ({"until": "2030-01-01"}, {"note": " "}, {"until": "soon"}, {"symbol": ""}):
        refused = client.post("/desk/mutes", data=posted | {"counted": scope} | wrong)
        assert refused.status_code == 422, wrong
    muted = client.post("/desk/mutes", data=posted | {"counted": scope})
    assert "BTC-USDT 2027-03-01 00:00 ana a campaign 0 Lift" in texts(muted.text)
    client.post(address, data={"act": "reopen", "request_id": "o"})
    assert "Open 1 Mine 0 Escalated 0 Closed 0 Muted 1" in texts(client.get("/desk").text)
    (mute,) = re.findall(r'action="(/desk/mutes/[^"]*)"', muted.text)[:1]
    client.post(mute, data={"takes_back": 2, "request_id": "l"})
    assert "Open 2" in texts(client.get("/desk").text)


def test_two_at_once_are_both_told(
    client: TestClient, found_lake: Lake, incident_ids: list[str]
) -> None:
    address = f"/desk/incidents/{incident_ids[0]}"
    opened = form_of(client.get(address).text)
    other = {"act": "close", "verdict": "true", "reason_true": "stop_hunt", "note": "n"}
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TAPEWATCH_USER", "ben")
        client.post(f"{address}/decisions", data=opened | other | {"request_id": "ben"})
    mine = {"act": "close", "verdict": "false", "reason_false": "feed_gap"}
    answer = client.post(f"{address}/decisions", data=opened | mine)
    assert answer.url.path == address
    assert re.search(
        r"ben closed this as true at \d\d:\d\d:\d\d, after you had opened it\. Yours, false, of "
        r"\d\d:\d\d:\d\d is later and stands\. Both are below\.",
        texts(answer.text),
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TAPEWATCH_USER", "ben")
        queue = client.get("/desk").text
        assert "ana closed this as false" in texts(queue)
        (dismiss,) = re.findall(r'action="(/desk/notices[^"]*)"', queue)
        assert "ana closed this" not in client.post(dismiss).text
    assert "ana closed this" not in client.get("/desk").text


def test_the_box_and_the_address_say_the_same_filter(
    client: TestClient, incident_ids: list[str]
) -> None:
    words = "severity:medium,high -symbol:BTC* fell"
    answer = client.get("/desk", params={"q": words})
    assert dict(answer.url.params) == {
        "severity": "medium,high", "symbol": "-BTC*", "text": "fell"
    }  # fmt: skip
    assert 'value="severity:medium,high -symbol:BTC* fell"' in answer.text
    assert "Open 0" in texts(answer.text)
    wrong = client.get("/desk", params={"q": "sevrity:high symbol:ETH*"})
    assert wrong.status_code == 422
    assert "There is no filter `sevrity`. Did you mean `severity`?" in texts(wrong.text)
    assert 'value="sevrity:high symbol:ETH*"' in wrong.text
    assert "Open 1" in texts(wrong.text)
    assert incident_ids[0] in wrong.text
    # the page of an incident leads back to the filter
    page = client.get(f"/desk/incidents/{incident_ids[0]}", params={"back": "symbol=ETH*"}).text
    assert 'href="/desk?symbol=ETH%2A#i-' in page


@pytest.mark.parametrize(
    "words",
    ["", "severity:medium", "-symbol:BTC*", "onerror", "status:open,closed sort:time", "with:me"],
)
def test_page_service_and_command_line_give_the_same_ids_for_the_same_words(
    client: TestClient, found_lake: Lake, incident_ids: list[str], words: str
) -> None:
    client.post(f"/incidents/{incident_ids[0]}/decisions", json={"assignee": "ana"})
    page = client.get("/desk", params={"q": words}).text
    shown = re.findall(r'name="incident" value="(\w*)"', page)
    answered = client.get("/incidents", params={"q": words}).json()["rows"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TAPEWATCH_HOME", str(found_lake.settings.root))
        printed = CliRunner().invoke(app, ["incidents", "--json", "--", words]).stdout
    ids = [one["incident_id"] for one in answered]
    assert shown == ids == [one["incident_id"] for one in json.loads(printed)]
    assert len(ids) == {"": 2, "severity:medium": 2, "status:open,closed sort:time": 1}.get(
        words, 1
    )


def test_a_sign_in_leads_back_to_the_page_and_to_no_other_site(
    client: TestClient, found_lake: Lake, incident_ids: list[str]
) -> None:
    key = create_key(found_lake.settings, "ben", "decide", NOW)
    address = f"/desk/incidents/{incident_ids[0]}"
    asked = client.post(f"{address}/decisions", data={"act": "comment", "note": "x"})
    assert asked.url.path == "/desk/sign-in"
    back = asked.url.params["back"]
    assert client.post("/desk/sign-in", data={"key": key, "back": back}).url.path == address
    for other in ("//evil.example", "https://evil.example", "/desk/../x", "/deskx"):
        answer = client.post("/desk/sign-in", data={"key": key, "back": other})
        assert answer.url.path == "/desk"


def test_the_system_has_a_page(client: TestClient) -> None:
    assert "The chain of decisions is whole: 0" in texts(client.get("/desk/system").text)
