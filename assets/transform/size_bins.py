"""The bins of sizes as the dbt models count them, for what reads their histograms."""

from functools import cache

from jinja2 import Environment

from assets.transform.dbt_project import PROJECT


@cache
def bins_of_a_doubling() -> int:
    """How many bins of equal ratio lie between a size and its double."""
    text = (PROJECT / "macros" / "measurement.sql").read_text(encoding="utf-8")
    macros = Environment().from_string(text).module  # noqa: S701 (our own macros, to SQL)
    return int(macros.size_bins_of_a_doubling())  # type: ignore[attr-defined]
