"""Alerts that saw one event are one incident, however they came."""

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.alerts.current_incidents import changes_around
from assets.alerts.episodes import Alert
from assets.alerts.incidents import Incident, join_incidents
from assets.alerts.revisions import STAMPS as STAMP_NAMES
from assets.market.window import Window
from tests.alerts.test_episodes import MIDNIGHT, STAMPS, alerts_of, hit

(EXAMPLE,) = alerts_of(hit(0))


def alert(
    name: str,
    begin: float,
    end: float,
    *,
    typology: str = "flash_crash",
    venue: str = "binance",
    symbol: str = "BTC-USDT",
    account: str | None = None,
    members: Sequence[str] = (),
    **columns: Any,
) -> Alert:
    """An alert from one minute after midnight to another."""
    named = [{"role": "hub", "kind": "account", "id": member} for member in members]
    return replace(
        EXAMPLE,
        alert_id=name,
        detector=typology,
        typology=typology,
        venue=venue,
        symbol=symbol,
        subject_kind="account" if account else "market",
        subject_id=account or f"{venue} {symbol}",
        further_subjects=json.dumps(named),
        window_start_at=MIDNIGHT + timedelta(minutes=begin),
        window_end_at=MIDNIGHT + timedelta(minutes=end),
        trade_day=(MIDNIGHT + timedelta(minutes=begin)).date(),
        **columns,
    )


def ids(*alerts: Alert) -> list[list[str]]:
    return [json.loads(one.alert_ids) for one in join_incidents(alerts, STAMPS)]


def test_one_event_of_several_detectors_and_venues_is_one_incident() -> None:
    joined = join_incidents(
        [
            alert("a", 0, 5, typology="volume_spike", severity="high", score=0.9),
            alert("b", 4, 6, typology="pump_and_dump", severity="medium", score=0.6),
            alert("c", 15.9, 20, typology="large_order", venue="kraken", is_confirmed=True),
            alert("d", 3, 4, symbol="ETH-USDT"),
            alert("e", 30, 31),
        ],
        STAMPS,
    )
    assert [json.loads(one.alert_ids) for one in joined] == [["a", "b", "c"], ["d"], ["e"]]
    pump = joined[0]
    assert pump.lead_alert_id == "b"
    assert (pump.typology, pump.severity, pump.score, pump.is_confirmed, pump.alert_count) == (
        *("pump_and_dump", "high", 0.9, True, 3),
    )
    assert json.loads(pump.venues) == ["binance", "kraken"]
    assert json.loads(pump.detectors) == ["large_order", "pump_and_dump", "volume_spike"]
    assert pump.window_end_at - pump.window_start_at == timedelta(minutes=20)


def test_ten_minutes_apart_are_two_events() -> None:
    assert ids(alert("a", 0, 5), alert("b", 15, 16)) == [["a"], ["b"]]
    assert ids(alert("a", 0, 5), alert("b", 14.9, 16)) == [["a", "b"]]


def test_an_account_joins_its_alerts_in_several_symbols() -> None:
    assert ids(
        alert("a", 0, 5, account="T7"),
        alert("b", 6, 9, account="T7", symbol="ETH-USDT"),
        alert("c", 6, 9, account="T8", symbol="SOL-USDT"),
        alert("d", 6, 9, account="T7", symbol="ADA-USDT", venue="kraken"),
    ) == [["a", "b"], ["c"], ["d"]]


def test_an_alert_of_a_day_joins_those_of_its_accounts_alone() -> None:
    ring = alert("ring", 0, 1_440, typology="wash_ring", members=["T1", "T2"])
    assert ids(
        ring,
        alert("self", 600, 605, typology="self_trade", account="T2"),
        alert("crash", 300, 301),
        replace(ring, alert_id="next", window_start_at=ring.window_end_at,
                window_end_at=ring.window_end_at + timedelta(days=1)),
    ) == [["ring", "self"], ["crash"], ["next"]]  # fmt: skip


def test_of_equal_conclusions_the_alert_that_names_accounts_leads() -> None:
    (found,) = join_incidents(
        [
            alert("a", 0, 5, typology="wash_trading", score=0.9, is_confirmed=True),
            alert("b", 1, 5, typology="self_trade", score=0.5, account="T1"),
        ],
        STAMPS,
    )
    assert found.lead_alert_id == "b"
    assert json.loads(found.accounts) == ["T1"]


def test_superseded_alerts_belong_to_no_incident() -> None:
    assert ids(alert("a", 0, 5, status="superseded")) == []


# Begins on a raster of minutes, some alerts of hours, few names: chains of every kind.
alerts = st.lists(
    st.builds(
        lambda begin, length, symbol, account, status: alert(
            "", begin, begin + length, symbol=symbol, account=account, status=status
        ),
        st.integers(-600, 600),
        st.sampled_from([0.5, 5, 5, 30, 300, 1_440]),
        st.sampled_from(["BTC-USDT", "ETH-USDT"]),
        st.sampled_from([None, None, "T1", "T2"]),
        st.sampled_from(["open", "open", "open", "superseded"]),
    ),
    max_size=12,
).map(lambda found: [replace(one, alert_id=f"{n:02}") for n, one in enumerate(found)])


class Platform:
    """Current alerts and incidents as the lake has them, replaced a part at a time."""

    def __init__(self) -> None:
        self.alerts: dict[str, Alert] = {}
        self.incidents: dict[str, Incident] = {}

    def change(self, changed: Sequence[Alert]) -> None:
        before = [self.alerts[one.alert_id] for one in changed if one.alert_id in self.alerts]
        self.alerts |= {one.alert_id: one for one in changed}
        touched = [*changed, *before]
        if touched:
            start = min(one.window_start_at for one in touched)
            end = max(one.window_end_at for one in touched)
            changes = changes_around(self.load, Window(start, end), STAMPS)
            self.incidents |= {one.incident_id: one for one in changes.rows}

    def load(self, window: Window) -> tuple[list[Alert], list[Incident]]:
        def lies_in(row: Alert | Incident) -> bool:
            return row.window_end_at >= window.start_at and row.window_start_at <= window.end_at

        return (
            [row for row in self.alerts.values() if lies_in(row)],
            [row for row in self.incidents.values() if lies_in(row)],
        )

    @property
    def present(self) -> dict[str, tuple[Any, ...]]:
        return {key: contents(one) for key, one in self.incidents.items() if one.status == "open"}


def contents(incident: Incident) -> tuple[Any, ...]:
    return tuple(
        getattr(incident, field.name) for field in fields(incident) if field.name not in STAMP_NAMES
    )


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(alerts, alerts, st.randoms())
def test_incidents_after_any_changes_are_those_of_the_alerts_at_last(
    before: list[Alert], after: list[Alert], random: Random
) -> None:
    platform = Platform()
    rest = list(before)
    random.shuffle(rest)
    while rest:
        count = random.randint(1, len(rest))
        platform.change(rest[:count])
        rest = rest[count:]
    # some alerts change, those without a new version are taken back
    by_id = {one.alert_id: one for one in after}
    for one in before:
        platform.change([by_id.pop(one.alert_id, replace(one, status="superseded"))])
    platform.change(list(by_id.values()))
    at_once = join_incidents(platform.alerts.values(), STAMPS)
    assert platform.present == {one.incident_id: contents(one) for one in at_once}
