# ruff: noqa: RUF001 (angle quotes point to the neighbours)
"""Where a document leads: to the index of all days, to its neighbours, to the detectors' page."""

import re
from dataclasses import dataclass

BEGIN, END = "<!-- neighbours -->", "<!-- end of neighbours -->"
_NEIGHBOURS = re.compile(f"{BEGIN}.*?{END}", re.DOTALL)


@dataclass(frozen=True)
class Links:
    """Addresses relative to the document; empty where there is none."""

    index: str = ""
    detectors: str = ""
    earlier: str = ""
    """The name of the neighbour, which is that of its file without `.html`."""
    later: str = ""


NO_LINKS = Links()


def with_neighbours(document: str, earlier: str, later: str) -> str:
    """A document whose links to its neighbours are these; a neighbour may come after it."""
    links = neighbours(Links(earlier=earlier, later=later))
    return _NEIGHBOURS.sub(lambda _: links, document, count=1)


def neighbours(links: Links) -> str:
    """The links to the neighbours as the document has them, between marks that find them again.

    Names are dates, weeks or months of our own: nothing is to be escaped.
    """
    parts = [
        f'<a rel="{rel}" href="{name}.html">{words.format(name)}</a>'
        for name, rel, words in ((links.earlier, "prev", "‹ {}"), (links.later, "next", "{} ›"))
        if name
    ]
    return f"{BEGIN}{' '.join(parts)}{END}"
