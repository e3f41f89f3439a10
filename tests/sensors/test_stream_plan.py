"""Windows of a stream: what closes, what waits, what comes late, and that nothing is lost."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.landing.kafka.objects import LandedObject
from sensors import stream_plan
from sensors.stream_plan import (
    IDLE_AFTER,
    LATE_REACH,
    ROWS_A_WINDOW,
    Cursor,
    Partition,
    after_success,
    with_objects,
)

T0 = datetime(2024, 3, 1, 10)


def second(count: float) -> datetime:
    return T0 + timedelta(seconds=count)


def landed(
    partition: int, last_offset: int, least: float | None, greatest: float | None,
    *, broker: float | None = None, rows: int = 100,
) -> LandedObject:  # fmt: skip
    return LandedObject(
        key=f"p{partition}/{last_offset:020d}",
        partition=partition,
        first_offset=last_offset,
        last_offset=last_offset,
        rows=rows,
        batch_id="batch",
        least_traded_at=None if least is None else second(least),
        greatest_traded_at=None if greatest is None else second(greatest),
        greatest_broker_at=second(broker if broker is not None else (greatest or 0) + 0.1),
    )


NOW = T0 + timedelta(seconds=1)
"""A clock that is never far ahead of the broker's."""


def planned(cursor: Cursor, now: datetime = NOW) -> Cursor:
    return stream_plan.with_plan(cursor, now)


def watermark(partitions: list[Partition]) -> datetime | None:
    return stream_plan.watermark(partitions, NOW)


def test_a_cell_closes_two_seconds_after_its_end_in_the_slowest_partition() -> None:
    cursor = with_objects(Cursor(), [landed(0, 9, 0, 8), landed(1, 9, 0, 5.5)])
    plan = planned(cursor).plan
    assert plan is not None
    assert (plan.start_at, plan.end_at) == (second(0), second(3))
    assert len(plan.keys) == 2


def test_no_cell_waits_for_an_idle_partition() -> None:
    behind = IDLE_AFTER.total_seconds()
    cursor = with_objects(
        Cursor(), [landed(0, 9, 0, 1, broker=1), landed(1, 9, 0, 30, broker=1 + behind)]
    )
    # a trade dated after the broker took it counts as of then
    assert watermark(list(cursor.partitions.values())) == second(9)


def test_a_trade_from_the_future_closes_nothing() -> None:
    cursor = with_objects(Cursor(), [landed(0, 9, 0, 86_400, broker=5)])
    plan = planned(cursor).plan
    assert plan is not None
    assert plan.end_at == second(3)


def test_nothing_new_plans_nothing_and_a_plan_stays_until_its_run_is_done() -> None:
    cursor = planned(with_objects(Cursor(), [landed(0, 9, 0, 8)]))
    more = planned(with_objects(cursor, [landed(0, 19, 8, 20)]))
    assert more.plan == cursor.plan
    assert planned(after_success(cursor)).plan is None
    following = planned(after_success(more)).plan
    assert following is not None
    # the first object holds trades after its window's end: it is read again
    assert following.start_at == second(6)
    assert following.keys == ("p0/00000000000000000009", "p0/00000000000000000019")


def test_late_trades_move_the_start_back() -> None:
    cursor = after_success(planned(with_objects(Cursor(), [landed(0, 9, 0, 100)])))
    plan = planned(with_objects(cursor, [landed(0, 19, 40.5, 101)])).plan
    assert plan is not None
    assert (plan.start_at, plan.end_at) == (second(40), second(99))


def test_late_trades_run_again_though_nothing_else_has_closed() -> None:
    cursor = after_success(planned(with_objects(Cursor(), [landed(0, 9, 0, 100)])))
    plan = planned(with_objects(cursor, [landed(0, 19, 40.5, 41)])).plan
    assert plan is not None
    assert (plan.start_at, plan.end_at) == (second(40), second(98))


def test_an_idle_stream_is_closed_to_its_last_trade() -> None:
    cursor = with_objects(Cursor(), [landed(0, 9, 0, 8.5), landed(1, 9, 0, 3)])
    before, after = second(8.6) + IDLE_AFTER / 2, second(8.6) + IDLE_AFTER
    first = planned(cursor, before).plan
    assert first is not None
    assert first.end_at == second(1)
    plan = planned(cursor, after).plan
    assert plan is not None
    assert plan.end_at == second(9)
    idle = after_success(planned(cursor, after))
    assert idle.waiting == ()
    assert planned(idle, after + timedelta(days=1)).plan is None
    # and goes on where it stopped
    following = planned(with_objects(idle, [landed(0, 19, 60, 70)]), second(70.2)).plan
    assert following is not None
    assert (following.start_at, following.end_at) == (second(9), second(68))


def test_what_comes_much_too_late_names_its_day() -> None:
    cursor = after_success(planned(with_objects(Cursor(), [landed(0, 9, 0, 100)])))
    old = -86_400.0
    after = planned(with_objects(cursor, [landed(0, 19, old, 110)]))
    assert after.late_days == ("2024-02-29",)
    assert after.plan is not None
    assert after.plan.start_at == second(98) - LATE_REACH


def test_a_backlog_closes_in_steps() -> None:
    objects = [landed(0, n, n * 10, n * 10 + 10, rows=ROWS_A_WINDOW // 2 + 1) for n in range(6)]
    cursor, windows = with_objects(Cursor(), objects), []
    while (cursor := planned(after_success(cursor))).plan:
        windows.append((cursor.plan.start_at, cursor.plan.end_at))
    assert windows[0] == (second(0), second(20))
    assert windows[-1][1] == second(58)
    assert all(one[1] == other[0] for one, other in pairwise(windows))


def test_a_blank_object_is_read_once() -> None:
    cursor = planned(
        with_objects(Cursor(), [landed(0, 9, 0, 8), landed(0, 10, None, None, broker=8.2)])
    )
    assert cursor.plan is not None
    assert len(cursor.plan.keys) == 2
    assert [one.last_offset for one in cursor.waiting] == [9]


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.floats(-5, 40), st.floats(0, 12), st.booleans(), st.booleans()
        ),
        min_size=1,
        max_size=40,
    )
)
def test_every_object_is_read_by_each_window_that_its_closed_trades_lie_in(steps) -> None:
    """Whatever the order of arrival: a closed trade's object was read when its cell was."""
    cursor, offsets, read = Cursor(), {}, []
    known: list[LandedObject] = []
    for partition, least, span, is_blank, finishes in steps:
        offsets[partition] = offsets.get(partition, -1) + 1
        one = landed(
            partition,
            offsets[partition],
            None if is_blank else least,
            None if is_blank else least + span,
        )
        known.append(one)
        cursor = planned(with_objects(cursor, [one]))
        if cursor.plan is not None and finishes:
            read.append(cursor.plan)
            cursor = planned(after_success(cursor))
    while cursor.plan is not None:
        read.append(cursor.plan)
        cursor = planned(after_success(cursor))
    for one in known:
        if one.least_traded_at is None or cursor.closed_until is None:
            continue
        if one.least_traded_at < cursor.closed_until:
            assert any(one.key in plan.keys for plan in read)
    again = Cursor.model_validate_json(cursor.model_dump_json())
    assert again == cursor


def test_rejected_rows_alone_are_read_after_a_while() -> None:
    only = with_objects(Cursor(), [landed(0, 9, None, None, broker=8.2)])
    assert planned(only, second(9)).plan is None
    first = planned(only, second(8.2) + IDLE_AFTER)
    assert first.plan is not None
    assert first.plan.end_at < datetime(2010, 1, 1)
    # nothing has closed by it: trades of the past are not late
    assert (first.waiting, first.closed_until) == ((), None)
    idle = after_success(planned(with_objects(Cursor(), [landed(0, 9, 0, 8.5)]), second(60)))
    after = planned(
        with_objects(idle, [landed(0, 10, None, None, broker=61)]), second(61) + IDLE_AFTER
    )
    assert after.plan is not None
    assert after.plan.keys == ("p0/00000000000000000010",)
    assert (after.plan.end_at, after.closed_until) == (second(9), second(9))
    assert planned(after_success(after), second(200)).plan is None


def test_rejected_rows_that_never_cease_are_read_as_well() -> None:
    """A producer of nothing but faults never falls idle."""
    cursor, read = Cursor(), []
    for n in range(60):
        cursor = planned(with_objects(cursor, [landed(0, n, None, None, broker=n)]), second(n))
        if cursor.plan is not None:
            read += cursor.plan.keys
            cursor = after_success(cursor)
    assert len(read) >= 45
    assert len(cursor.waiting) <= 12


def test_the_same_window_for_other_objects_is_another_run() -> None:
    cursor = after_success(planned(with_objects(Cursor(), [landed(0, 9, 0, 100)])))
    one = planned(with_objects(cursor, [landed(0, 18, 40.5, 41), landed(0, 19, 40.5, 41)]))
    other = planned(
        with_objects(after_success(one), [landed(0, 29, 40.2, 41), landed(0, 39, 40.2, 41)])
    )
    assert one.plan is not None
    assert other.plan is not None
    assert (one.plan.start_at, one.plan.end_at) == (other.plan.start_at, other.plan.end_at)
    assert one.plan.run_key != other.plan.run_key
    again = one.plan.model_copy(update={"keys": one.plan.keys[::-1]})
    assert one.plan.run_key == again.run_key
