"""Thresholds of reporting: the shipped file, a home's own over it, and what it may not say."""

from pathlib import Path

import pytest

from assets.lake.settings import SettingsError
from assets.scoring.reporting import FILE, reporting_of


def test_a_homes_file_goes_over_the_shipped_one(tmp_path: Path) -> None:
    shipped = reporting_of(tmp_path)
    assert shipped.reported_usd == 10_000
    own = "reported_usd = 3_000\n[tiers.basic]\nusd_24h = 5\nusd_30d = 6\n"
    (tmp_path / FILE).write_text(own)
    changed = reporting_of(tmp_path)
    assert changed.reported_usd == 3_000
    assert changed.tiers["basic"].usd_24h == 5
    assert changed.tiers["advanced"] == shipped.tiers["advanced"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("reported_usd = 0", "reported_usd"),
        ("reportd_usd = 5", "reportd_usd"),
        ("[tiers.basic]\nusd_24h = 5", "tiers.basic.usd_30d"),
        ("tiers = 5", "tiers are tables"),
        ("reported_usd", "Expected '='"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(SettingsError, match=named) as error:
        reporting_of(tmp_path)
    assert str(tmp_path / FILE) in str(error.value)
