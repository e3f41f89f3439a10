"""The days of a window in builds that fit into memory."""

from collections.abc import Mapping
from datetime import date

from assets.market.window import Window, contiguous


def batches(window: Window, costs: Mapping[date, float]) -> list[Window]:
    """The window's days in as few builds as hold them; a day that fills one stands alone."""
    groups: list[list[date]] = []
    held = 0.0
    for day in window.days:
        cost = costs.get(day, 0.0)
        if not groups or held + cost > 1:
            groups.append([])
            held = 0.0
        groups[-1].append(day)
        held += cost
    parts = [part for group in groups for part in contiguous(group)]
    return [
        Window(max(part.start_at, window.start_at), min(part.end_at, window.end_at))
        for part in parts
    ]
