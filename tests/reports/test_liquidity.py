# ruff: noqa: RUF001 (dashes as a printer sets them)
"""The lines of a symbol's liquidity: numbers with their units, and dashes beside counts."""

from types import ModuleType
from typing import Any

from reports.liquidity import measures


def lines(row: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Number and basis by the name of the measure."""
    return {measure.name: (measure.value, measure.basis) for measure in measures(row, "USDT")}


def test_numbers_have_units_and_what_they_rest_on(sample: ModuleType) -> None:
    shown = lines(sample.LIQUIDITY)
    assert shown["Spread that takers paid"] == (
        "1.2 bp, deviation 0.3 bp",
        "a proxy from takers’ sides, without a book; 281 of 288 five-minute cells",
    )
    assert shown["Spread by highs and lows"] == ("0 bp", "Abdi and Ranaldo, 1 pair of hours")
    assert shown["Spread by the bounce of prices"] == (
        "2.1 bp", "Roll, 24 hours, undefined in 25 % of them",
    )  # fmt: skip
    assert shown["Price move per million traded"] == (
        "0.034 % by hour, 0.0012 % by day", "Amihud, per million USDT; 23 hours",
    )  # fmt: skip
    # 2e-6 times the root of 100,000
    assert shown["Move by net purchases of 100,000 USDT"] == (
        "6.32 bp", "Kyle’s lambda, t +5.25, R² 31 %; 280 of 288 five-minute cells",
    )  # fmt: skip
    assert shown["Takers’ purchases less sales"][0] == "−4.2 %"
    assert shown["Trade size"][0] == "mean 812.4, median 95 USDT"
    assert shown["Price above other venues"] == (
        "median −1.5 bp", "95 % within 12 bp, 8 % of 1,400 minutes more than 10 bp away",
    )  # fmt: skip
    assert shown["Cost of selling 100,000 USD"][0] == "1.05 bp + 6.32 bp"


def test_what_too_few_bars_say_is_a_dash_and_another_venue_is_not_invented(
    sample: ModuleType,
) -> None:
    counts = {name: 2 for name in sample.LIQUIDITY if name.endswith("_count")}
    shown = lines(dict.fromkeys(sample.LIQUIDITY) | counts | {"basis_minute_count": 0})
    assert shown["Spread that takers paid"] == (
        "–, deviation –",
        "a proxy from takers’ sides, without a book; 2 of 288 five-minute cells",
    )
    assert shown["Spread by the bounce of prices"] == ("–", "Roll, 2 hours")
    assert "Price above other venues" not in shown


def test_a_symbols_section_shows_its_liquidity(report: str) -> None:
    section = report.partition('id="symbol-binance-btc-usdt"')[2].partition("</section>")[0]
    assert "Spread that takers paid" in section
    assert "1.05 bp + 6.32 bp" in section
    other = report.partition('id="symbol-binance-pepe-usdt"')[2].partition("</section>")[0]
    assert "Spread that takers paid" not in other
