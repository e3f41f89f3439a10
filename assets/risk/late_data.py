"""The later days that a changed day affects: those whose risk has it in their past."""

from datetime import timedelta

from assets.lake.lake import Lake
from assets.market.window import Window
from assets.risk.comparison import HISTORY_DAYS
from assets.transform.late_data import REACH, closed_until

EVER = timedelta(days=36_525)


def reranked(lake: Lake, window: Window) -> Window:
    """The window, extended to all later days whose risk ranks the changed days in their past."""
    with lake.connect() as connection:
        reach = REACH + timedelta(days=HISTORY_DAYS)
        return Window(window.start_at, closed_until(connection, window, reach))


def remeasured(lake: Lake, window: Window) -> Window:
    """The window, extended to the lake's last day: a weighted volatility forgets no return."""
    with lake.connect() as connection:
        return Window(window.start_at, closed_until(connection, window, EVER))
