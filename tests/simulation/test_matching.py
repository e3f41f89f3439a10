"""Alerts are judged by the planted labels."""

from datetime import datetime, timedelta

from assets.simulation.matching import match_alerts

NOON = datetime(2024, 8, 9, 12)
MINUTE = timedelta(minutes=1)


def episode(typology: str, *, is_abuse: bool = True, start: int = 0, minutes: int = 10) -> dict:
    return {
        "episode_id": f"{typology}/{start}",
        "typology": typology,
        "venue": "simulated",
        "symbol": "KITE-USDT",
        "window_start_at": NOON + start * MINUTE,
        "window_end_at": NOON + (start + minutes) * MINUTE,
        "is_abuse": is_abuse,
        "severity": "low" if is_abuse else None,
        "description": "",
    }


def alert(detector: str, *, start: float = 0, minutes: float = 1, **other: object) -> dict:
    return {
        "alert_id": f"{detector}@{start}",
        "status": "open",
        "detector": detector,
        "typology": detector,
        "data_tier": "trades",
        "venue": "simulated",
        "symbol": "KITE-USDT",
        "window_start_at": NOON + start * MINUTE,
        "window_end_at": NOON + (start + minutes) * MINUTE,
        "first_hit_end_at": NOON + (start + minutes) * MINUTE,
    } | other


def outcomes(alerts: list[dict], episodes: list[dict]) -> list[str]:
    return [one.outcome for one in match_alerts(alerts, episodes).alerts]


def test_an_alert_of_the_right_detector_finds_its_episode_with_a_delay() -> None:
    matches = match_alerts([alert("pump_and_dump", start=1)], [episode("pump_and_dump")])
    (found,) = matches.episodes
    assert found.outcome == "found"
    assert found.alert_id == "pump_and_dump@1"
    assert found.delay_seconds == 120
    assert (matches.recall, matches.precision, matches.median_delay_seconds) == (1.0, 1.0, 120)


def test_an_alert_just_outside_the_widened_window_finds_nothing() -> None:
    planted = [episode("flash_crash")]
    assert outcomes([alert("flash_crash", start=39.9)], planted) == ["true"]
    assert outcomes([alert("flash_crash", start=40)], planted) == ["false"]
    assert outcomes([alert("flash_crash", start=-5.9)], planted) == ["true"]
    assert outcomes([alert("flash_crash", start=-6)], planted) == ["false"]


def test_another_detector_beside_an_abuse_is_related_and_counts_neither_way() -> None:
    matches = match_alerts([alert("volume_spike", start=2)], [episode("pump_and_dump")])
    assert [one.outcome for one in matches.alerts] == ["related"]
    assert matches.episodes[0].outcome == "missed"
    assert matches.episodes[0].related_alerts == 1
    assert matches.false_alerts == 0
    assert matches.precision is None


def test_of_two_episodes_the_fitting_one_is_found() -> None:
    planted = [episode("pump_and_dump"), episode("volume_spike", start=20)]
    matches = match_alerts([alert("volume_spike", start=16)], planted)
    assert [one.outcome for one in matches.episodes] == ["missed", "found"]


def test_a_look_alike_is_false_with_a_known_cause() -> None:
    honest = [episode("block_trade", is_abuse=False)]
    matches = match_alerts([alert("large_order")], honest)
    assert matches.alerts[0].outcome == "look_alike"
    assert matches.alerts[0].episode_id == "block_trade/0"
    assert matches.false_alerts == 1
    assert matches.episodes == []
    assert matches.recall is None
    assert outcomes([alert("pump_and_dump")], honest) == ["false"]


def test_an_honest_habit_of_the_whole_day_excuses_no_model() -> None:
    model = alert("market_anomaly", data_tier="model")
    day = episode("grid_bots", is_abuse=False, start=-720, minutes=1440)
    assert outcomes([model], [day]) == ["false"]
    assert outcomes([model], [episode("news_move", is_abuse=False)]) == ["look_alike"]
    assert outcomes([model], [episode("wash_trading")]) == ["related"]


def test_other_symbols_and_venues_do_not_count() -> None:
    planted = [episode("large_order")]
    assert outcomes([alert("large_order", symbol="BTC-USDT")], planted) == ["false"]
    assert outcomes([alert("large_order", venue="binance")], planted) == ["false"]


def test_superseded_alerts_are_left_out() -> None:
    matches = match_alerts([alert("large_order", status="superseded")], [episode("large_order")])
    assert matches.alerts == []
    assert matches.episodes[0].outcome == "missed"


def test_the_earliest_alert_finds_and_the_order_of_rows_does_not_matter() -> None:
    alerts = [alert("wash_trading", start=8), alert("wash_trading", start=3)]
    planted = [episode("wash_trading")]
    once, again = match_alerts(alerts, planted), match_alerts(alerts[::-1], planted)
    assert once == again
    assert once.episodes[0].alert_id == "wash_trading@3"
