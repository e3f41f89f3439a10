"""A route takes the events that it names; a file that cannot be read says where and what to do."""

from pathlib import Path

import pytest

from assets.delivery.events import Event
from assets.delivery.routes import FILE, Route, routes_of
from assets.lake.settings import SettingsError

INCIDENT = Event(
    kind="incident",
    subject="i1",
    revision="high",
    title="t",
    text="t",
    link="l",
    severity="high",
    venues=("binance", "kraken"),
    symbols=("BTC-USDT",),
)
FAILED = Event(kind="failed_run", subject="r1", revision="failed", title="t", text="t", link="l")


def routes(home: Path, text: str) -> tuple[Route, ...]:
    (home / FILE).write_text(text)
    return routes_of(home)


@pytest.mark.parametrize(
    ("more", "takes_incident", "takes_failure"),
    [
        ("", True, True),
        ('events = ["incident"]', True, False),
        ('severity = "critical"', False, True),
        ('severity = "medium"', True, True),
        ('symbols = ["btc-*"]', True, True),
        ('symbols = ["ETH-*", "*-USD"]', False, True),
        ('venues = ["krak?n"]', True, True),
        ('venues = ["coinbase"]', False, True),
        ('venues = ["kraken"]\nsymbols = ["ETH-*"]', False, True),
    ],
)
def test_a_route_takes_what_it_names(
    tmp_path: Path, more: str, takes_incident: bool, takes_failure: bool
) -> None:
    (route,) = routes(tmp_path, f'[[route]]\nname = "desk"\nurl = "json://h"\n{more}\n')
    assert (route.takes(INCIDENT), route.takes(FAILED)) == (takes_incident, takes_failure)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[route]]\nname = 'a'\nurl = 'x'\nseverity = 'hgh'", r"route 1 \(a\): severity: .*'hgh'"),
        ("[[route]]\nname = 'a'\nurl = 'x'\nevents = ['storm']", r"route 1 \(a\): events\.0"),
        ("[[route]]\nname = 'a'\nurl = 'x'\nsymbol = 'B'", "symbol is no key: they are name, url"),
        ("[[route]]\nname = 'a'", r"route 1 \(a\): url is missing; a route looks like this"),
        ("[[route]]\nname = 'A b'\nurl = 'x'", "route 1 .*name: "),
        ("[[route]]\nname='a'\nurl='x'\n[[route]]\nname='a'\nurl='y'", "two routes are named a"),
        ("[route]\nname = 'a'", r"lists no \[\[route\]\]"),
        ("[routes]", "routes: there are only"),
        ("[[route]]\nname = a", "line 2"),
    ],
)
def test_a_fault_is_named_with_its_entry(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=f"{FILE}: (.|\n)*{says}"):
        routes(tmp_path, text)


def test_a_secret_is_read_from_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (route,) = routes(tmp_path, '[[route]]\nname = "desk"\nurl = "slack://${TOKENS}"\n')
    monkeypatch.setenv("TOKENS", "T/B/C")
    assert route.address().get_secret_value() == "slack://T/B/C"
    assert "T/B/C" not in repr(route.address())
    monkeypatch.delenv("TOKENS")
    with pytest.raises(SettingsError, match=r"route desk: url: .* TOKENS is not set"):
        route.address()


def test_without_a_file_there_is_no_route(tmp_path: Path) -> None:
    assert routes_of(tmp_path) == ()
