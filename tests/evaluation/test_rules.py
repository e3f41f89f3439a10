"""The replaced systems' rules do what they did, faults included, and stand beside ours."""

from datetime import datetime, timedelta

import duckdb
import pytest

from assets.evaluation.matching import Event, Finding
from assets.evaluation.replaced_rules import Alarm, alarms_of, episodes_of
from assets.evaluation.rules import RULES, compare_rules

NOON = datetime(2025, 6, 1, 12)
RULE = {rule.name: rule for rule in RULES if rule.name != "wash_trading"}
WASH = next(rule for rule in RULES if rule.name == "wash_trading")


@pytest.fixture
def tape():
    with duckdb.connect() as connection:
        connection.execute(
            """
            attach ':memory:' as lake;
            create schema lake.core;
            create table lake.core.trades (
                venue varchar, symbol varchar, trade_id varchar, sequence bigint,
                order_type varchar, account_id varchar, buyer_account_id varchar,
                seller_account_id varchar, aggressor_side varchar, price decimal(38, 18),
                price_double double, quantity_double double, notional decimal(38, 12),
                traded_at timestamp
            )
            """
        )
        yield Tape(connection)


class Tape:
    """A table of trades that one account each is named of."""

    def __init__(self, connection):
        self.connection = connection
        self.count = 0

    def trade(self, side, quantity, *, second=0.0, price=1.0, account="U1", symbol="BTC-USDT"):
        self.count += 1
        buyer, seller = (account, None) if side == "BUY" else (None, account)
        self.connection.execute(
            "insert into lake.core.trades values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                "v", symbol, str(self.count), self.count, "MARKET", account, buyer, seller,
                "buyer" if side == "BUY" else "seller", price, price, quantity, price * quantity,
                NOON + timedelta(seconds=second),
            ],
        )  # fmt: skip

    def alarms(self, rule):
        return alarms_of(self.connection, rule)


def test_three_growing_trades_of_a_user_fire_once(tape):
    for second, notional in ((0, 1_000.5), (50, 2_500), (110, 6_000)):
        tape.trade("BUY", notional, second=second)
    (alarm,) = tape.alarms(RULE["volume_spike"])
    assert (alarm.account_id, alarm.start_at) == ("U1", NOON)
    assert alarm.end_at == NOON + timedelta(seconds=110)


def test_a_first_trade_of_1000_or_less_does_not_begin_it(tape):
    for second, notional in ((0, 1_000), (50, 2_500), (110, 6_000)):
        tape.trade("BUY", notional, second=second)
    assert tape.alarms(RULE["volume_spike"]) == []


def test_what_one_alarm_used_no_other_begins_with(tape):
    for place in range(5):
        tape.trade("BUY", 1_100 * 2**place, second=place)
    assert len(tape.alarms(RULE["volume_spike"])) == 1
    tape.trade("BUY", 1_100 * 2**5, second=5)
    assert len(tape.alarms(RULE["volume_spike"])) == 2


def test_a_round_trip_fires_whatever_the_symbols(tape):
    for second, (side, quantity) in enumerate((("BUY", 1_000), ("SELL", 950), ("BUY", 1_040))):
        tape.trade(side, quantity, second=20 * second, symbol=f"S{second}-USDT")
    assert len(tape.alarms(WASH)) == 1


@pytest.mark.parametrize(
    ("symbol", "notional", "fires"),
    [("BTC-USDT", 500_000, 1), ("BTC-USDT", 499_999, 0), ("SOL-USDT", 114_000, 1),
     ("XRP-USDT", 50_000, 1)],
)  # fmt: skip
def test_a_large_order_is_one_of_fixed_dollars(tape, symbol, notional, fires):
    tape.trade("BUY", notional, symbol=symbol)
    assert len(tape.alarms(RULE["large_order"])) == fires


def test_ten_sells_in_a_row_fire_at_any_price_and_twenty_fire_twice(tape):
    for second in range(9):
        tape.trade("SELL", 1, second=second, price=1 + second)
    assert tape.alarms(RULE["flash_crash"]) == []
    for second in range(9, 20):
        tape.trade("SELL", 1, second=second, price=1 + second)
    assert len(tape.alarms(RULE["flash_crash"])) == 2


def test_a_sell_of_100_000_scores_critical(tape):
    tape.trade("SELL", 100_001, symbol="BTC-USDT")
    tape.trade("BUY", 60_000, symbol="BTC-USDT")
    assert len(tape.alarms(RULE["trade_score"])) == 1


def test_the_same_trader_on_both_sides_at_one_instant_fires(tape):
    tape.trade("BUY", 10, second=5)
    tape.trade("SELL", 11, second=5)
    tape.trade("SELL", 11, second=6)
    assert [one.account_id for one in tape.alarms(RULE["wash_group"])] == ["U1"]


def test_a_pump_fires_only_with_a_later_dump(tape):
    tape.trade("BUY", 10, second=0, price=100)
    tape.trade("BUY", 10, second=60, price=106)
    assert tape.alarms(RULE["pump_and_dump"]) == []
    tape.trade("SELL", 10, second=4_000, price=106)
    tape.trade("SELL", 10, second=4_060, price=100)
    (alarm,) = tape.alarms(RULE["pump_and_dump"])
    assert alarm.start_at == NOON


def test_five_busy_minutes_stand_out_of_the_whole_data(tape):
    for minute in range(0, 2_000, 10):
        tape.trade("BUY", 1, second=60 * minute)
    assert tape.alarms(RULE["wash_volume"]) == []
    tape.trade("BUY", 100, second=60 * 1_005)
    assert {one.symbol for one in tape.alarms(RULE["wash_volume"])} == {"BTC-USDT"}


def test_a_jump_after_a_hundred_quiet_ticks_is_extreme(tape):
    for second in range(150):
        tape.trade("BUY", 1, second=second, price=100 + (second % 2) * 0.01 + second % 7 * 0.001)
    assert tape.alarms(RULE["extreme_volatility"]) == []
    tape.trade("BUY", 1, second=150, price=110)
    assert len(tape.alarms(RULE["extreme_volatility"])) == 1


def alarm(minutes: float, account: str | None = None) -> Alarm:
    at = NOON + timedelta(minutes=minutes)
    return Alarm(venue="v", symbol="BTC-USDT", account_id=account, start_at=at, end_at=at)


def test_alarms_within_half_an_hour_are_one_episode():
    made = episodes_of([alarm(61), alarm(0), alarm(20), alarm(0, "U1")])
    assert [(one.account_id, one.start_at.minute, one.end_at.minute) for one in made] == [
        (None, 0, 20), (None, 1, 1), ("U1", 0, 0),
    ]  # fmt: skip


def test_both_sides_are_judged_by_the_same_labels():
    event = Event(
        event_id="1", typology="flash_crash", severity="high", is_abuse=True,
        market=("v", "BTC-USDT"), start_at=NOON, end_at=NOON + timedelta(minutes=5),
    )  # fmt: skip
    ours = Finding(
        finding_id="a", detectors=("flash_crash",), severity="high", place=("v", "BTC-USDT"),
        start_at=NOON, end_at=NOON + timedelta(minutes=5), known_at=NOON,
        markets=frozenset({("v", "BTC-USDT")}),
    )  # fmt: skip
    raised = [(RULE["flash_crash"], [alarm(2), alarm(3), alarm(300), alarm(600), alarm(900)])]
    theirs, answer = compare_rules(raised, [ours], symbol_days=2, events=[event])
    assert (theirs.system, theirs.alarms, theirs.episodes) == ("crypto-risk-engine", 5, 4)
    assert (theirs.planted, theirs.found, theirs.precision, theirs.recall) == (1, 1, 0.25, 1.0)
    assert (theirs.episodes_per_symbol_day, theirs.also_raised) == (2.0, 1)
    assert (answer.system, answer.found, answer.precision, answer.recall) == ("tapewatch", 1, 1, 1)
    assert compare_rules(raised, [ours], symbol_days=2, events=None)[0].planted is None
