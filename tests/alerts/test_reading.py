"""Alerts as a person asks for them: a lake of an earlier version is refused, nothing is lost."""

import pytest

from assets.alerts.reading import explain_alert, list_alerts
from assets.lake import LakeError
from assets.lake.lake import Lake
from assets.lake.tables import Table

# the first columns of version 0.1
EARLIER = Table("alerts.alerts", ("alert_id varchar", "venue varchar", "account_id varchar"))
pytestmark = pytest.mark.slow


def test_alerts_of_an_earlier_version_are_refused_with_the_command_that_makes_them_anew(
    lake: Lake,
) -> None:
    lake.create([EARLIER])
    for read in (lambda: list_alerts(lake, None), lambda: explain_alert(lake, "a")):
        with pytest.raises(LakeError, match=r"alerts.alerts .* `tapewatch rebuild --discard-lake`"):
            read()
