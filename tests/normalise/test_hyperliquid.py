"""Hyperliquid's trades name buyer and seller, and a check polices that they mean what they say."""

import json

import pytest

from assets.transform.compiled_models import data_tests
from tests.normalise.conftest import Stage

DAY = "2025-01-26"
AT = 1737918865696
ZEROS = "0x" + "0" * 64


def fill(tid: int, users: list[str], side: str = "A", **fields: object) -> dict[str, object]:
    return {
        "coin": "BTC", "side": side, "px": "105056.0", "sz": "0.5", "time": AT, "tid": tid,
        "hash": "0xfc", "users": users,
    } | fields  # fmt: skip


def normalised(stage: Stage, *fills: dict[str, object]) -> Stage:
    message = json.dumps({"channel": "trades", "data": list(fills)})
    stage.land("hyperliquid.log", [f"1737918866000000000 {message}"])
    stage.normalise(DAY)
    return stage


def several_takers(stage: Stage) -> list[tuple[object, ...]]:
    (test,) = (one for one in data_tests(stage.root) if "one_taker" in one.unique_id)
    assert not test.is_blocking
    return stage.rows(
        f"select aggressor_side, order_id, fill_count, taker_count, maker_count from ({test.sql})"
    )


@pytest.mark.slow
def test_users_are_buyer_and_seller_whoever_took(stage: Stage) -> None:
    normalised(
        stage,
        fill(1, ["b", "s"], side="A"),
        fill(2, ["b", "s"], side="B", coin="kPEPE", hash=ZEROS),
        fill(3, ["b", "s"], coin="PURR/USDC"),
        fill(4, ["b", "s"], coin="@107"),
        fill(5, ["b"]),
        fill(1, ["b", "s"], side="A"),
    )
    assert stage.rows(
        "select symbol, trade_id, aggressor_side, account_id, buyer_account_id, "
        "seller_account_id, order_id, sequence from lake.core.trades order by trade_id"
    ) == [
        ("BTC-USDC:USDC", "1", "seller", "s", "b", "s", "0xfc", 1),
        ("KPEPE-USDC:USDC", "2", "buyer", "b", "b", "s", None, 2),
        ("PURR-USDC", "3", "seller", "s", "b", "s", "0xfc", 3),
    ]
    assert stage.rows("select reason from lake.ops.dropped_trades") == [("duplicate",)]
    assert stage.rows("select reason from lake.quarantine.trades order by source_line") == [
        ("unknown symbol @107",),
        ('users are no buyer and seller: ["b"]',),
    ]
    assert several_takers(stage) == []


@pytest.mark.slow
def test_a_transaction_with_two_takers_is_said_with_its_numbers(stage: Stage) -> None:
    # the taker at the maker's place, in one transaction and in slices without a hash
    swapped = [fill(n, ["taker", f"m{n}"]) for n in range(3)]
    slices = [fill(n, ["taker", f"m{n}"], hash=ZEROS, time=AT + 1) for n in range(3, 5)]
    right = [fill(n, [f"m{n}", "taker"], hash="0xfd", time=AT + 2) for n in range(5, 9)]
    assert several_takers(normalised(stage, *swapped, *slices, *right)) == [
        ("seller", "0xfc", 3, 3, 1),
        ("seller", None, 2, 2, 1),
    ]
