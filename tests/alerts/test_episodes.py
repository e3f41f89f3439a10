"""Hits become the same alerts whatever their order, their split, or the windows they came in."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.alerts.episodes import Alert, derive_alerts, join_episodes
from assets.alerts.revisions import Changes, connected_span, differing, load_settled, rejoin
from assets.detection.detector import Detector, DetectorParams, detector
from assets.detection.fallback import Fallback
from assets.detection.hits import Hit, Stamps
from assets.detectors.trades.flash_crash import flash_crash
from assets.market.window import Window

MIDNIGHT = datetime(2026, 3, 2)
STAMPS = Stamps(input_snapshot_id=7, code_version="abc", run_id="run-1", detected_at=MIDNIGHT)
LATER = replace(STAMPS, run_id="run-2", detected_at=MIDNIGHT + timedelta(days=1))


class Params(DetectorParams):
    """None."""


@detector(
    version=3,
    typology="flash_crash",
    grid="5 seconds",
    look_back="1 hour",
    references=("none",),
    description="It fell by {fall:.1%}.",
    confirmed="It came back after {minutes_after:.0f} minutes.",
    unconfirmed="It has not come back.",
    recommended_action="Look at {fall:.0%}.",
    null_rate_per_symbol_day=0.5,
)
def falling(price_falls_5s: Any, params: Params) -> Any:
    """Serve the tests."""


def hit(
    minutes: float,
    *,
    kind: str = "hit",
    score: float = 0.5,
    symbol: str = "BTC-USDT",
    account_id: str | None = None,
    further_subjects: Sequence[dict[str, str]] = (),
    **measured: Any,
) -> Hit:
    """A hit whose cell starts so many minutes after midnight, 5 s long."""
    start_at = MIDNIGHT + timedelta(minutes=minutes)
    trades = {"start_at": str(start_at), "end_at": str(start_at + timedelta(seconds=5))}
    evidence = {"fall": score, "trades": trades} | measured
    return Hit(
        detector="falling",
        detector_version=3,
        params_digest="0123",
        typology="flash_crash",
        data_tier="trades",
        kind=kind,
        venue="binance",
        symbol=symbol,
        subject_kind="market" if account_id is None else "account",
        subject_id=account_id or f"binance {symbol}",
        further_subjects=json.dumps(further_subjects),
        statistic=score,
        threshold=0.1,
        p_value=1e-7,
        score=score,
        notional=1000 * score,
        notional_usd=None,
        evidence=json.dumps(evidence),
        is_stale=False,
        input_snapshot_id=7,
        code_version="abc",
        run_id="run-1",
        detected_at=MIDNIGHT,
        cell_start_at=start_at,
        cell_end_at=start_at + timedelta(seconds=5),
        trade_day=start_at.date(),
    )


def alerts_of(*hits: Hit) -> list[Alert]:
    return derive_alerts(hits, falling, STAMPS)


@pytest.mark.parametrize(
    ("symbol", "quote"),
    [
        ("BTC-USDT", "USDT"),
        ("BTC-USDT:USDT", "USDT"),
        ("BTC-USD:BTC-240927", "USD"),
        ("BTC-USD:BTC-240927-50000-C", "USD"),
        ("", ""),
    ],
)
def test_an_alert_counts_in_the_quote_currency_of_its_market(symbol: str, quote: str) -> None:
    worded = replace(falling, description="{notional:6 digits} {quote}.")
    (alert,) = derive_alerts([hit(0, symbol=symbol, notional=5_000.0)], worded, STAMPS)
    assert alert.description.startswith(f"5,000 {quote}.")


# A few hours around midnight on a half-minute raster: chains of every kind, across the day's edge.
minutes = st.integers(-400, 400).map(lambda n: n / 2)
hits_lists = st.lists(
    st.builds(
        hit,
        minutes,
        kind=st.sampled_from(["hit", "hit", "hit", "confirmation"]),
        score=st.sampled_from([0.5, 0.6, 0.7]),
        symbol=st.sampled_from(["BTC-USDT", "ETH-USDT"]),
        minutes_after=st.just(3.0),
    ),
    max_size=25,
    unique_by=lambda row: (row.symbol, row.kind, row.cell_start_at),
)


def test_hits_within_the_cool_down_are_one_alert() -> None:
    (alert,) = alerts_of(hit(0), hit(10), hit(40), hit(70))

    assert alert.hit_count == 4
    assert alert.window_start_at == MIDNIGHT
    assert alert.window_end_at == MIDNIGHT + timedelta(minutes=70, seconds=5)


def test_a_hit_after_the_cool_down_opens_another_alert() -> None:
    just_within = hit(30 + 5 / 60)
    just_beyond = hit(30 + 6 / 60)

    assert len(alerts_of(hit(0), just_within)) == 1
    assert len(alerts_of(hit(0), just_beyond)) == 2


def test_long_cells_are_joined_over_the_gap_of_two_cells() -> None:
    hourly = replace(falling, grid=timedelta(hours=1))

    assert hourly.reach == timedelta(hours=2)
    assert falling.reach == timedelta(minutes=30)


def test_symbols_and_accounts_are_alerted_apart() -> None:
    found = alerts_of(hit(0), hit(0, symbol="ETH-USDT"), hit(0, account_id="a"))

    assert len({alert.alert_id for alert in found}) == 3


def test_an_alert_goes_on_across_midnight() -> None:
    (alert,) = alerts_of(hit(-20), hit(5))

    assert alert.trade_day == MIDNIGHT.date() - timedelta(days=1)
    assert alert.window_end_at > MIDNIGHT


def test_an_alert_tells_of_its_strongest_hit() -> None:
    (alert,) = alerts_of(hit(0, score=0.5), hit(1, score=0.7), hit(2, score=0.7))

    assert alert.score == 0.7
    assert alert.description == "It fell by 70.0%. It has not come back."
    assert alert.recommended_action == "Look at 70%."
    (trades,) = json.loads(alert.evidence)["trades"]
    assert [start for start, _ in trades["stretches"]] == [
        f"2026-03-02 00:0{minute}:00" for minute in range(3)
    ]


def test_an_alert_of_a_simulated_market_has_the_rate_of_simulated_markets() -> None:
    rated = replace(falling, simulated_rate_per_symbol_day=0.25)
    on_venues = [replace(hit(0), venue=venue) for venue in ("binance", "simulated_north")]
    alerts = derive_alerts(on_venues, rated, STAMPS)
    assert {one.venue: one.null_rate_per_symbol_day for one in alerts} == {
        "binance": 0.5,
        "simulated_north": 0.25,
    }
    # one rate is stated of both, unless another was measured
    (same,) = derive_alerts(on_venues[1:], falling, STAMPS)
    assert same.null_rate_per_symbol_day == 0.5


def test_an_alert_of_the_fallback_has_its_rate_and_its_words() -> None:
    fallback = Fallback(
        judgeable="true",
        null_rate_per_symbol_day=0.75,
        description="History is short. It fell by {fall:.1%}.",
    )
    both = replace(falling, fallback=fallback)
    (weak,) = derive_alerts([hit(0, by_fallback=True)], both, STAMPS)
    assert weak.null_rate_per_symbol_day == 0.75
    assert weak.description == "History is short. It fell by 50.0%. It has not come back."
    # of an episode found by both ways the strongest hit decides
    hits = [hit(0, by_fallback=True), hit(1, score=0.9)]
    (alert,) = derive_alerts(hits, both, STAMPS)
    assert alert.null_rate_per_symbol_day == 0.5
    assert alert.description.startswith("It fell by 90.0%.")


def test_the_sentences_of_a_crash_agree_with_each_other() -> None:
    # the steepest hit came first; the price went on falling before it recovered
    first = hit(
        0, fall=0.177, threshold=0.05, price_before=1.47, price_low=1.21, seller_notional=900.0,
        seller_share=0.9, score=0.8,
    )  # fmt: skip
    later = hit(
        4, fall=0.09, threshold=0.05, price_before=1.21, price_low=1.10, seller_notional=500.0,
        seller_share=0.8, score=0.6,
    )  # fmt: skip
    back = hit(
        20, kind="confirmation", minutes_after=20.1, price_before=1.47, price_low=1.10,
        share_recovered=0.5,
    )  # fmt: skip

    (alert,) = derive_alerts([first, later, back], flash_crash, STAMPS)

    assert alert.description == (
        "At its steepest the price fell by 17.7% within five minutes, from 1.47 to 1.21; at least "
        "5.0% counts here. Selling takers sold 900 USDT meanwhile, 90% of all that traded. A flash "
        "crash: 20.1 minutes after the first hit the price had taken back 50% of its fall until "
        "then, from 1.47 to 1.1."
    )


def test_subjects_in_roles_are_those_of_all_hits_each_once() -> None:
    buyer = {"role": "buyer", "kind": "account", "id": "T1"}
    hub = {"role": "hub", "kind": "wallet", "id": "W1"}
    (alert,) = alerts_of(
        hit(0, further_subjects=[buyer]), hit(1, further_subjects=[hub, buyer]), hit(2)
    )

    assert json.loads(alert.further_subjects) == [buyer, hub]


def test_an_account_is_alerted_wherever_it_trades() -> None:
    found = alerts_of(
        replace(hit(0, account_id="T1"), venue="", symbol=""),
        replace(hit(10, account_id="T1"), venue="", symbol=""),
        hit(5, account_id="T1"),
    )

    assert sorted((alert.venue, alert.hit_count) for alert in found) == [("", 2), ("binance", 1)]
    assert {(alert.subject_kind, alert.subject_id) for alert in found} == {("account", "T1")}


def test_a_confirmation_marks_the_episode_before_it() -> None:
    back = hit(60, kind="confirmation", minutes_after=59.0)

    first, second = alerts_of(hit(0), back, hit(90))

    assert (first.is_confirmed, second.is_confirmed) == (True, False)
    assert first.description.endswith("It came back after 59 minutes.")
    assert first.window_end_at == MIDNIGHT + timedelta(seconds=5)


@pytest.mark.parametrize(("minutes_after", "is_confirmed"), [(120, True), (121, False)])
def test_a_confirmation_comes_within_two_hours(minutes_after: int, is_confirmed: bool) -> None:
    (alert,) = alerts_of(hit(0), hit(minutes_after, kind="confirmation"))

    assert alert.is_confirmed == is_confirmed


def test_a_confirmation_alone_is_no_alert() -> None:
    assert alerts_of(hit(0, kind="confirmation")) == []


def test_the_id_stays_while_the_episode_grows() -> None:
    (young,) = alerts_of(hit(0))
    (grown,) = alerts_of(hit(0), hit(5), hit(20))

    assert young.alert_id == grown.alert_id
    assert len(young.alert_id) == 32
    assert differing(young, grown) == ["window_end_at", "evidence", "hit_count"]


@pytest.mark.slow
@given(hits_lists, st.randoms())
def test_the_order_of_hits_does_not_matter(hits: list[Hit], random: Random) -> None:
    shuffled = random.sample(hits, len(hits))

    assert alerts_of(*shuffled) == alerts_of(*hits)


@pytest.mark.slow
@given(hits_lists)
def test_every_hit_is_in_one_episode(hits: list[Hit]) -> None:
    episodes = join_episodes(hits, falling.reach)

    joined = [row for episode in episodes for row in episode.hits]
    assert sorted(map(repr, joined)) == sorted(repr(row) for row in hits if row.kind == "hit")
    for episode in episodes:
        for before, after in pairwise(episode.hits):
            assert after.cell_start_at - before.cell_end_at <= falling.reach


class Platform:
    """Hits and current alerts as the lake keeps them: a window at a time, replaced."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        self.alerts: dict[str, Alert] = {}
        self.revisions: list[Alert] = []

    def detect(self, window: Window, found: Sequence[Hit], stamps: Stamps = STAMPS) -> Changes:
        kept = [row for row in self.hits if not closes_in(window)(row)]
        self.hits = kept + [row for row in found if closes_in(window)(row)]
        _, loaded = load_settled(
            lambda stretch: [
                row for row in self.hits if stretch.start_at <= row.cell_start_at < stretch.end_at
            ],
            window,
            falling.reach,
        )
        changes = rejoin(loaded, list(self.alerts.values()), window, falling, stamps)
        self.alerts |= {alert.alert_id: alert for alert in changes.rows}
        self.revisions += changes.rows
        return changes

    @property
    def standing(self) -> dict[str, list[Any]]:
        return {
            key: [getattr(alert, name) for name in ("window_end_at", "evidence", "is_confirmed")]
            for key, alert in self.alerts.items()
            if alert.status == "open"
        }


def closes_in(window: Window) -> Callable[[Hit], bool]:
    return lambda row: window.start_at < row.cell_end_at <= window.end_at


def cut(random: Random, count: int) -> list[Window]:
    """Eight hours around midnight, in windows that do not keep to the hits' raster."""
    start_at, milliseconds = MIDNIGHT - timedelta(hours=4), 8 * 3_600_000
    inner = sorted({random.randint(1, milliseconds - 1) for _ in range(count)})
    bounds = [start_at + timedelta(milliseconds=n) for n in (0, *inner, milliseconds)]
    return [Window(*pair) for pair in pairwise(bounds)]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(hits_lists, st.integers(0, 8), st.randoms())
def test_any_split_computed_in_any_order_gives_the_same_alerts(
    hits: list[Hit], count: int, random: Random
) -> None:
    at_once = Platform()
    at_once.detect(Window(MIDNIGHT - timedelta(days=1), MIDNIGHT + timedelta(days=1)), hits)
    in_parts = Platform()
    windows = cut(random, count)

    for window in random.sample(windows, len(windows)):
        in_parts.detect(window, hits)

    assert in_parts.standing == at_once.standing


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(hits_lists, hits_lists, st.randoms())
def test_replaced_hits_leave_the_alerts_of_the_new_ones(
    before: list[Hit], after: list[Hit], random: Random
) -> None:
    platform, fresh = Platform(), Platform()
    for window in cut(random, 3):
        platform.detect(window, before)

    for window in cut(random, 3):
        platform.detect(window, after, LATER)
        fresh.detect(window, after, LATER)

    assert platform.standing == fresh.standing


@pytest.mark.slow
@given(hits_lists)
def test_looking_again_changes_nothing(hits: list[Hit]) -> None:
    platform = Platform()
    window = Window(MIDNIGHT - timedelta(hours=1), MIDNIGHT + timedelta(hours=1))
    platform.detect(window, hits)

    assert platform.detect(window, hits, LATER).rows == ()


def test_growth_is_a_revision_and_a_lost_first_hit_supersedes() -> None:
    platform = Platform()
    day = Window(MIDNIGHT, MIDNIGHT + timedelta(hours=1))
    platform.detect(day, [hit(0), hit(10)])

    (grown,) = platform.detect(day, [hit(0), hit(10), hit(20)], LATER).revised
    changes = platform.detect(day, [hit(10), hit(20)], LATER)

    assert (grown.revision, grown.run_id) == (2, "run-2")
    (opened,), (superseded,) = changes.opened, changes.superseded
    assert opened.window_start_at == MIDNIGHT + timedelta(minutes=10)
    assert (superseded.alert_id, superseded.status) == (grown.alert_id, "superseded")
    assert superseded.revision == 3


def test_a_superseded_alert_that_comes_back_is_open_again() -> None:
    platform = Platform()
    day = Window(MIDNIGHT, MIDNIGHT + timedelta(hours=1))
    for found in ([hit(0)], [], [hit(0)]):
        platform.detect(day, found)

    (alert,) = platform.alerts.values()
    assert (alert.status, alert.revision) == ("open", 3)


@given(hits_lists, st.randoms())
def test_no_chain_crosses_the_edge_of_a_connected_span(hits: list[Hit], random: Random) -> None:
    window = cut(random, 2)[1]
    span = connected_span(hits, window, falling.reach)

    for episode in join_episodes(hits, falling.reach):
        starts_inside = span[0] <= episode.first.cell_start_at < span[1]
        assert starts_inside == (span[0] < episode.end_at <= span[1])


def test_a_detector_is_a_detector() -> None:
    assert isinstance(falling, Detector)
