"""Detectors of accounts that judge by chance: their planted abuse, and the replaced engine's."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from assets.detection.detector import Detector
from assets.detection.hits import Hit, Stamps, find_hits
from assets.detectors.accounts.growing_notionals import growing_notionals
from assets.detectors.accounts.pre_arranged_pair import pre_arranged_pair
from assets.detectors.accounts.round_trip import round_trip
from assets.market.window import Window
from assets.transform.build import compute_features, scratch_lake

STAMPS = Stamps(
    input_snapshot_id=1, code_version="test", run_id="test", detected_at=datetime(2026, 4, 1)
)
NOON = datetime(2026, 3, 2, 12)
# seconds, side, price, quantity
Trade = tuple[float, str, float, float]
FirstDay = Callable[[Detector, list[Trade]], list[Hit]]


@pytest.mark.parametrize(
    ("detector", "subjects", "hour"),
    [
        (growing_notionals, {"T0102"}, 14),
        (round_trip, {"T0103"}, 21),
        (pre_arranged_pair, {"T0105"}, 22),
    ],
)
def test_the_planted_account_is_the_subject_of_the_hits(
    abused_market: DuckDBPyConnection, last_day: Window, midnight: datetime,
    detector: Detector, subjects: set[str], hour: int,
) -> None:  # fmt: skip
    hits = find_hits(abused_market, detector, last_day, STAMPS)
    assert {hit.subject_id for hit in hits} == subjects
    first_at = hits[0].cell_start_at - midnight
    assert timedelta(hours=hour) <= first_at < timedelta(hours=hour + 1)


def test_the_evidence_of_a_pair_is_their_trades_with_each_other(
    abused_market: DuckDBPyConnection, last_day: Window,
    trades_of: Callable[[DuckDBPyConnection, Hit], list[dict[str, Any]]],
) -> None:  # fmt: skip
    (hit,) = find_hits(abused_market, pre_arranged_pair, last_day, STAMPS)
    assert json.loads(hit.evidence)["trade_count"] == 24
    assert len(trades_of(abused_market, hit)) == 24
    assert json.loads(hit.further_subjects) == [
        {"role": "counterparty", "kind": "account", "id": "T0106"}
    ]


@pytest.fixture
def first_day(dbt_root: Path) -> Iterator[FirstDay]:
    """The hits of one account's trades on the first day of a lake, in rows that report one side."""
    day = Window.of_day(NOON.date())

    def hits(detector: Detector, trades: list[Trade]) -> list[Hit]:
        connection.execute("truncate lake.core.trades")
        for place, (second, side, price, quantity) in enumerate(trades):
            traded_at = NOON + timedelta(seconds=second)
            connection.execute(
                """
                insert into lake.core.trades by name
                select
                    'kraken' as venue, 'ADA-USDT' as symbol, ?::varchar as trade_id,
                    if(? = 'buyer', 'U1', null) as buyer_account_id,
                    if(? = 'seller', 'U1', null) as seller_account_id,
                    ? as aggressor_side, ?::double as price_double, ?::double as quantity_double,
                    price_double::decimal(38, 18) as price,
                    quantity_double::decimal(38, 18) as quantity,
                    (price_double * quantity_double)::decimal(38, 12) as notional,
                    1 as fill_count, true as is_on_book, ? as sequence,
                    ?::timestamp as traded_at, ?::date as trade_day
                """,
                [place, side, side, side, price, quantity, place, traded_at, traded_at.date()],
            )
        compute_features(connection, day, dbt_root)
        return find_hits(connection, detector, day, STAMPS)

    with scratch_lake(dbt_root) as connection:
        yield hits


@pytest.mark.slow
def test_the_replaced_engines_growing_orders_are_found_on_a_first_day(first_day: FirstDay) -> None:
    grown = [(0, "buyer", 1, 1_000), (50, "buyer", 1, 2_500), (110, "buyer", 1, 6_000)]
    assert [hit.subject_id for hit in first_day(growing_notionals, grown)] == ["U1"]
    # more than two minutes, or less growth
    assert first_day(growing_notionals, [*grown[:2], (121, "buyer", 1, 6_000)]) == []
    assert first_day(growing_notionals, [*grown[:2], (110, "buyer", 1, 3_700)]) == []


@pytest.mark.slow
def test_the_replaced_engines_round_trip_is_found_on_a_first_day(first_day: FirstDay) -> None:
    trip = [(0, "buyer", 0.5, 1_000), (20, "seller", 0.5, 950), (50, "buyer", 0.5, 1_050)]
    (hit,) = first_day(round_trip, trip)
    assert hit.subject_id == "U1"
    assert json.loads(hit.evidence)["round_trip_count"] == 1
    # a gain beyond fees, a minute and more, other sizes
    assert first_day(round_trip, [*trip[:2], (50, "buyer", 0.502, 1_050)]) == []
    assert first_day(round_trip, [*trip[:2], (61, "buyer", 0.5, 1_050)]) == []
    assert first_day(round_trip, [*trip[:2], (50, "buyer", 0.5, 1_100)]) == []
