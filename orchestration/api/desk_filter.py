"""The queue's filter as its address has it, and the tabs that change its status."""

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from assets.cases.filters import Filter, FilterError, filter_of_parameters

TABS = {
    "open": (("status", "open", "in-review"),),
    "mine": (("status", "open", "in-review", "escalated"), ("with", "me")),
    "escalated": (("status", "escalated"),),
    "closed": (("status", "closed"),),
    "muted": (("status", "muted"),),
}
OTHERS = ("q", "done", "seen", "all", "back")
"""Parameters of the address that are no filter."""


def queue_filter(query: str) -> Filter:
    """The filter of an address; what it names and there is not is left out."""
    try:
        return filter_parameters(parse_qsl(query))
    except FilterError as error:
        return error.rest


def filter_parameters(pairs: Iterable[tuple[str, str]]) -> Filter:
    """The filter among an address's parameters; FilterError where one names what there is not."""
    return filter_of_parameters((key, value) for key, value in pairs if key not in OTHERS)


def under(tab: str, wanted: Filter) -> Filter:
    """The filter under another tab: all but its status, and whose it is."""
    found = wanted.without("status", "with", "after")
    for key, *values in TABS[tab]:
        found = found.with_term(key, *values)
    return found


def tab_of(wanted: Filter) -> str:
    """The tab that a filter stands under; '' where it asks for a status of its own."""
    for tab in TABS:
        if under(tab, wanted).terms == wanted.without("after").terms:
            return tab
    return ""


def address_of(wanted: Filter, **more: str) -> str:
    """The parameters of the queue's address."""
    return urlencode([*wanted.parameters, *more.items()])
