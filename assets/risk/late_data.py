"""The later days that a changed day affects: those whose risk ranks it in their past."""

from datetime import timedelta

from assets.lake.lake import Lake
from assets.market.window import Window
from assets.risk.comparison import HISTORY_DAYS
from assets.transform.late_data import REACH, closed_until


def reranked(lake: Lake, window: Window) -> Window:
    """The window, extended to all later days whose risk ranks the changed days in their past."""
    with lake.connect() as connection:
        reach = REACH + timedelta(days=HISTORY_DAYS)
        return Window(window.start_at, closed_until(connection, window, reach))
