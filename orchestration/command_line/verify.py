"""`tapewatch verify`: is an alert what its own trades still say?"""

from assets.verification import Verification, load_alert, verify
from orchestration.command_line.alerts import alert_named
from orchestration.lake import Lake


def verify_alert(lake: Lake, alert_id: str) -> Verification:
    """Verify the alert that an id, or the unique beginning of one, names."""
    with lake.connect() as connection:
        alert = load_alert(connection, alert_named(connection, alert_id)["alert_id"])
    return verify(lake, alert)
