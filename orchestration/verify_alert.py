"""Whether an alert can be derived again from its own trades, for a command and a route."""

from assets.alerts.reading import alert_named
from assets.alerts.verification import Verification, load_alert, verify
from assets.lake.lake import Lake


def verify_alert(lake: Lake, alert_id: str) -> Verification:
    """Verify the alert that an id, or the unique beginning of one, names."""
    with lake.connect() as connection:
        alert = load_alert(connection, alert_named(connection, alert_id)["alert_id"])
    return verify(lake, alert)
