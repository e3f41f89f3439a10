"""A change reaches as far as anything looks back."""

import re
from datetime import timedelta

from assets.model_training import Training
from assets.reopening import REACH
from assets.transform import PROJECT

DAYS = re.compile(r"interval '?(\d+) days?|cells_read\('[^']*', '(\d+) days?'\)")


def test_a_model_of_the_longest_baselines_lies_within_reach() -> None:
    found = [
        int(first or second)
        for path in (PROJECT / "models" / "features").glob("*.sql")
        for first, second in DAYS.findall(path.read_text())
    ]
    assert max(found) >= 29
    assert timedelta(days=Training().look_back_days + max(found) + 1) <= REACH
