"""The document as a file: self-contained, well formed, and deaf to what data would have it do."""

import base64
import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from types import ModuleType
from typing import Any

import pytest
from duckdb import DuckDBPyConnection
from plotly.graph_objects import Figure
from plotly.offline import get_plotlyjs_version

from reports.daily import render_daily_report
from reports.detectors import Verdict
from reports.documents import embedded_json
from reports.plotly import FILE, VERSION, plotly_file_name

VOID = {"meta", "br", "img", "link", "input", "hr"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)></style></code>{{ 7*7 }}"
SCRIPT_END = "</script><script>alert(3)</script>"

Render = Callable[[DuckDBPyConnection], str]


class Outline(HTMLParser):
    """Every element that opens, and whether each was closed in its turn."""

    def __init__(self, document: str) -> None:
        # our own scripts, which the policy names, are long and hold nothing to see
        document = re.sub("(?s)(<script[^>]*>).*?</script>", r"\1</script>", document)
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.crossed: list[str] = []
        self._open: list[str] = []
        self.feed(document)
        self.crossed += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.crossed.append(tag)


def figures(document: str) -> list[dict[str, Any]]:
    """The figures of a document, packed or not."""
    found = re.findall('<script type="([^"]+)" id="symbol[^"]+">(.*?)</script>', document)
    return [
        json.loads(gzip.decompress(base64.b64decode(text)) if kind.endswith("gzip") else text)
        for kind, text in found
    ]


def own_script(document: str) -> str:
    return document.rpartition("<script>")[2].partition("</script>")[0]


def resolved(value: Any) -> Any:
    """A figure with a colour for each variable of the style sheet, as `report.js` makes it."""
    if isinstance(value, dict):
        return {name: resolved(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(one) for one in value]
    is_variable = isinstance(value, str) and value.startswith("var(--")
    return ("Arial" if value == "var(--sans)" else "#123456") if is_variable else value


@pytest.fixture
def hostile_report(empty_lake: DuckDBPyConnection, sample: ModuleType, render: Render) -> str:
    """A day on which every text that comes with data tries to be more than text."""
    sample.add_trades(
        empty_lake,
        HOSTILE,
        HOSTILE,
        *(
            sample.np.array(column)
            for column in ([1.0, 61.0], [2.0, 3.0], [1.0, 1.0], [True, False])
        ),
    )
    empty_lake.execute(sample.BARS)
    sample.insert(
        empty_lake, "quarantine.trades", venue=HOSTILE, source_file=HOSTILE, source_line=1,
        reason=HOSTILE, trade_day=sample.DAY,
    )  # fmt: skip
    sample.insert(
        empty_lake, "scores.symbol_risk", venue=HOSTILE, symbol=HOSTILE, trade_day=sample.DAY,
        market_reason=HOSTILE,
    )  # fmt: skip
    texts = dict.fromkeys(
        ("detector", "venue", "symbol", "severity", "data_tier", "description",
         "recommended_action", "code_version", "params_digest", "subject_kind", "subject_id"),
        HOSTILE,
    )  # fmt: skip
    evidence = {HOSTILE: {HOSTILE: [HOSTILE]}, "trades": HOSTILE + SCRIPT_END}
    roles = json.dumps([{"role": HOSTILE, "kind": HOSTILE, "id": HOSTILE}])
    sample.add_alert(
        empty_lake, **texts, alert_id=HOSTILE, evidence=evidence, further_subjects=roles
    )
    sample.add_run(empty_lake, HOSTILE, "failed", error=HOSTILE)
    sample.add_run(empty_lake, "large_order", HOSTILE, venue=HOSTILE, symbol=HOSTILE)
    return render(empty_lake)


def test_hostile_text_injects_nothing(hostile_report: str) -> None:
    outline = Outline(hostile_report)
    counted = Counter(tag for tag, _ in outline.elements)
    assert counted["img"] == 0
    # the figure's data, plotly.js and our own; the first two are no scripts to a browser
    assert counted["script"] == 3
    assert not [name for _, named in outline.elements for name in named if name.startswith("on")]
    assert outline.crossed == []
    assert "alert(1)" in hostile_report
    assert "{{ 7*7 }}" in hostile_report


def test_hostile_text_in_a_figure_stays_a_text(hostile_report: str) -> None:
    figure = figures(hostile_report)[0]
    marks = [t for t in figure["data"] if "customdata" in t and "text" in t]
    assert marks
    assert all("<script" not in text and "<img" not in text for t in marks for text in t["text"])


def test_ids_made_from_data_are_plain_words(hostile_report: str) -> None:
    ids = [named["id"] or "" for _, named in Outline(hostile_report).elements if "id" in named]
    assert all(re.fullmatch("[A-Za-z0-9-]+", one) for one in ids)


def test_a_policy_lets_only_the_documents_own_scripts_run(report: str) -> None:
    outline = Outline(report)
    policy = next(n["content"] or "" for tag, n in outline.elements if "http-equiv" in n)
    scripts = policy.partition("script-src ")[2].partition(";")[0].split()
    own = base64.b64encode(hashlib.sha256(own_script(report).encode()).digest()).decode()
    # plotly.js has an address that only a running script can make
    assert scripts == [f"'sha256-{own}'", "blob:"]
    assert policy.startswith("default-src 'none'; ")


def test_nothing_is_loaded(report: str) -> None:
    loading = {"src", "srcset", "data", "poster", "action"}
    for tag, named in Outline(report).elements:
        assert not loading & set(named), tag
        assert tag not in {"link", "iframe", "object", "embed", "base"}
        assert (named.get("href") or "#").startswith("#")
    style = report.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_plotly_is_inside_once(report: str) -> None:
    (inside,) = re.findall('<script type="application/gzip" id="plotly">(.*?)</script>', report)
    assert gzip.decompress(base64.b64decode(inside)) == FILE.read_bytes()


def test_documents_of_a_folder_share_plotly(
    sample: ModuleType, sample_lake: DuckDBPyConnection, report: str
) -> None:
    shared = render_daily_report(
        sample_lake, sample.DAY, Verdict("good", "Fine."), plotly_at=f"../{plotly_file_name()}"
    )
    outline = Outline(shared)
    sources = [named["src"] for tag, named in outline.elements if "src" in named]
    assert sources == [f"../plotly-basic-{VERSION}-99784e3abfb0.js"]
    policy = next(n["content"] or "" for tag, n in outline.elements if "http-equiv" in n)
    assert "'self' file:;" in policy
    assert len(shared) < 600_000
    assert figures(shared) == figures(report)


def test_the_bundle_is_of_the_version_that_validates_our_figures(report: str) -> None:
    assert get_plotlyjs_version() == VERSION
    for figure in figures(report):
        # raises for a property that this version does not have
        drawn = Figure(data=resolved(figure["data"]), layout=resolved(figure["layout"]))
        assert {trace.type for trace in drawn.data} <= {"scatter", "bar"}


def test_the_document_is_well_formed(report: str) -> None:
    assert Outline(report).crossed == []


def test_every_link_leads_somewhere_and_no_id_stands_twice(report: str) -> None:
    elements = Outline(report).elements
    ids = Counter(named["id"] for _, named in elements if "id" in named)
    assert max(ids.values()) == 1
    assert {(n["href"] or "")[1:] for _, n in elements if "href" in n} <= set(ids)


def test_every_figure_says_in_words_what_it_shows(report: str) -> None:
    charts = [n for _, n in Outline(report).elements if n.get("class") == "chart"]
    assert len(charts) == 3
    assert all("lowest" in (named["aria-label"] or "") for named in charts)


def test_json_cannot_end_the_script_that_holds_it() -> None:
    text = str(embedded_json({"name": "</script><!--\u2028&"}))
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"name": "</script><!--\u2028&"}
