"""The trades behind an episode: one predicate that a person can read and run."""

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.detection.evidence import trades_predicate, union

VENUES = ("binance", "o'brien and traded_at >= timestamp '2024-03-01'")
SIDES = ("'buyer'", "'seller'", "null", None)
# where a stretch of so many minutes starts, its length, its side and its venue
STRETCHES = st.tuples(
    st.integers(0, 20), st.integers(1, 5), st.sampled_from(SIDES), st.sampled_from(VENUES)
)


def written(start: int, length: int, side: str | None, venue: str = "binance") -> str:
    """The predicate of `length` minutes from `start` on."""
    start_at, end_at = (
        f"timestamp '2024-03-01' + to_minutes({minute})" for minute in (start, start + length)
    )
    predicate = trades_predicate(start_at, end_at, side)
    return duckdb.execute(
        f"select {predicate} from (select ? as venue, 'A-B' as symbol)", [venue]
    ).fetchall()[0][0]


@settings(deadline=None)
@given(st.lists(STRETCHES, min_size=1, max_size=12))
def test_a_union_returns_what_any_of_its_parts_returns(
    stretches: list[tuple[int, int, str | None, str]],
) -> None:
    predicates = [written(*stretch) for stretch in stretches]
    said = f"coalesce({union(predicates)}, false)"
    any_of = " or ".join(f"coalesce({predicate}, false)" for predicate in predicates)
    with duckdb.connect(":memory:") as connection:
        trades = connection.execute(
            f"""
            select count(*), count(*) filter (where {said} <> ({any_of}))
            from (
                select
                    unnest(?) as venue, 'A-B' as symbol,
                    timestamp '2024-03-01' + to_seconds(30 * range) as traded_at
                from range(60)
            )
            cross join (select unnest(['buyer', 'seller', 'none']) as named)
            cross join lateral (select nullif(named, 'none') as aggressor_side)
            """,
            [list(VENUES)],
        ).fetchall()
    assert trades == [(360, 0)]


def test_stretches_that_overlap_or_touch_are_one() -> None:
    predicates = [written(minute, 3, "'buyer'") for minute in (6, 0, 1, 3)]
    assert union(predicates) == written(0, 9, "'buyer'")


def test_stretches_apart_stand_in_order_of_time_and_name_the_symbol_once() -> None:
    said = union([written(9, 1, None), written(0, 2, None)])
    assert said is not None
    assert said.count("symbol = 'A-B'") == 1
    assert said.index("00:02:00") < said.index("00:09:00")


def test_trades_of_another_side_are_another_part() -> None:
    said = union([written(0, 2, "'buyer'"), written(1, 2, "'seller'")])
    assert said is not None
    assert said.count(" or ") == 1


def test_nothing_has_no_predicate() -> None:
    assert union([]) is None
