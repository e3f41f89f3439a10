"""The marker `slow` is true: a test without it that takes long fails."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from assets.transform.compiled_models import DONE, INSTALLED, target_folder

SLOW_CPU_SECONDS = 2.0
# what a test costs depends on the machine and on what ran before it: twice as much is no accident
SURELY_SLOW_CPU_SECONDS = 2 * SLOW_CPU_SECONDS
MARKERS = ("slow", "services", "proof")
# else the first test that needs them pays for their compilation
MODELS_ARE_INSTALLED = (target_folder(INSTALLED) / DONE).exists()
_spent = pytest.StashKey[float]()
_shared: list[float] = []


def cpu_seconds() -> float:
    """What this process and its ended children have used."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Iterator[None]:
    """What several tests share is not counted as any one's."""
    before = cpu_seconds()
    try:
        return (yield)
    finally:
        if fixturedef.scope != "function":
            _shared.append(cpu_seconds() - before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    _shared.clear()
    before = cpu_seconds()
    try:
        return (yield)
    finally:
        item.stash[_spent] = cpu_seconds() - before


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A test that is slow says so, or it would lengthen the inner loop."""
    before = cpu_seconds()
    outcome = yield
    spent = item.stash[_spent] - sum(_shared) + cpu_seconds() - before
    is_marked = any(map(item.get_closest_marker, MARKERS))
    if MODELS_ARE_INSTALLED and not is_marked and spent > SURELY_SLOW_CPU_SECONDS:
        pytest.fail(f"took {spent:.1f} CPU seconds: mark it slow")
    return outcome
