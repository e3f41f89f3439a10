"""The page of all detectors: what each looks for, its thresholds, and how good it was measured."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.detectors import DescribedPattern
from reports.documents import render_document


@dataclass(frozen=True, kw_only=True)
class DetectorEntry:
    """One detector in words; texts may have names of the code between back-quotes."""

    name: str
    paragraphs: Sequence[str]
    facts: Sequence[str]
    thresholds: Sequence[tuple[str, str, str]]
    """Name, value and meaning."""
    figures: Sequence[str]
    reviews: str = ""
    """What people's verdicts say of it; '' where the page knows of none, as the committed one."""


def render_detectors_page(
    entries: Sequence[DetectorEntry], catalogue: Sequence[DescribedPattern], index: str
) -> str:
    """Render the page; `index` is the address of the index of days."""
    return render_document(
        "detectors_page.html.j2", entries=entries, catalogue=catalogue, index=index
    )
