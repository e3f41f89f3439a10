# ruff: noqa: RUF001, RUF002 (dashes, minus and multiplication signs as a printer sets them)
"""Numbers and times as a person reads them; `–` where there is none."""

import math
from datetime import date, datetime, timedelta

NONE = "–"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MAGNITUDES = ((1e12, "tn"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))


def count(value: float | None) -> str:
    """A whole number with grouped thousands: 539,535."""
    return NONE if value is None else f"{value:,.0f}"


def number(value: float | None, digits: int = 4) -> str:
    """A measured number to a few significant digits: 12.35, 1,204,000, 3.1 × 10⁻⁷."""
    if value is None or math.isnan(value):
        return NONE
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if abs(value) < 1e-4 or abs(value) >= 1e15:
        return _scientific(value, digits - 2)
    if abs(value) >= 10 ** (digits - 1):
        return _minus(f"{value:,.0f}")
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return _minus(_trimmed(f"{value:.{decimals}f}"))


def price(value: float | None, decimals: int | None = None) -> str:
    """A price with the digits that tell it apart, never an exponent above 1e-12: 0.00000123.

    With `decimals` exactly so many, for prices that stand beside each other.
    """
    if value is None or math.isnan(value):
        return NONE
    if decimals is not None:
        return _minus(f"{value:,.{decimals}f}")
    if value != 0 and abs(value) < 1e-12:
        return _scientific(value, 4)
    return _minus(_trimmed(f"{value:,.{price_decimals(value)}f}", keep=2 if abs(value) >= 1 else 0))


def price_decimals(value: float) -> int:
    """Decimals that show six significant digits of a price, at least two."""
    if value == 0 or not math.isfinite(value):
        return 2
    return max(2, min(18, 5 - math.floor(math.log10(abs(value)))))


def amount(value: float | None) -> str:
    """Money to three significant digits: 12.3 M, 418 k, 0.052."""
    if value is None or math.isnan(value):
        return NONE
    for magnitude, name in _MAGNITUDES:
        # 999,600 is a million to three digits, not 1,000 thousands
        if abs(value) >= magnitude * 0.9995:
            return f"{number(value / magnitude, 3)} {name}"
    return number(value, 3)


def signed(value: float | None, digits: int = 3) -> str:
    """A number with its sign, also where it is positive."""
    text = number(value, digits)
    return f"+{text}" if value is not None and value > 0 else text


def probability(value: float | None) -> str:
    """A p-value: 0.012, 3.1 × 10⁻⁷, and below what a float can tell, < 10⁻³⁰⁰."""
    if value is None or math.isnan(value):
        return NONE
    if value < 1e-300:
        return "< 10⁻³⁰⁰"
    return number(value, 2) if value >= 1e-3 else _scientific(value, 1)


def percent(value: float | None, digits: int = 3) -> str:
    """A share as a percentage: 0.5 is 50 %."""
    return NONE if value is None else f"{number(value * 100, digits)} %"


def signed_percent(value: float | None) -> str:
    """A change as a percentage with its sign: +4.2 %."""
    if value is None:
        return NONE
    return f"{'+' if value > 0 else ''}{number(value * 100, 3)} %"


def unit(value: float | None) -> str:
    """A score or risk between 0 and 1, two decimals."""
    return NONE if value is None else f"{value:.2f}"


def long_date(day: date) -> str:
    """Friday, 15 March 2024."""
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def clock(instant: datetime | None) -> str:
    """Time of day in UTC with as many digits of the second as it has: 13:04:05.25."""
    if instant is None:
        return NONE
    text = instant.strftime("%H:%M:%S")
    return f"{text}.{instant.microsecond:06d}".rstrip("0") if instant.microsecond else text


def span(start_at: datetime, end_at: datetime, day: date) -> str:
    """A half-open stretch of time; the date is named where it is not the report's own."""
    return f"{moment(start_at, day)} – {moment(end_at, day)}"


def moment(instant: datetime, day: date) -> str:
    """A time of day; with its date where that is not the report's, 24:00 for the midnight after."""
    if instant.date() == day:
        return clock(instant)
    if instant == datetime.combine(day + timedelta(days=1), datetime.min.time()):
        return "24:00:00"
    return f"{instant.day} {instant:%b} {clock(instant)}"


def duration(seconds: float | None) -> str:
    """A stretch of time in the two units that matter: 3 h 20 min, 45 s."""
    if seconds is None:
        return NONE
    if seconds < 60:
        return f"{number(seconds, 3)} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if hours == 0:
        return f"{minutes} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def plain(name: str) -> str:
    """A name of the code as words: pump_and_dump is `pump and dump`."""
    return name.replace("_", " ").strip()


def plural(amount_of: int, one: str, many: str = "") -> str:
    """The count with its noun: 1 alert, 3 alerts."""
    return f"{amount_of:,} {one if amount_of == 1 else many or one + 's'}"


def _scientific(value: float, decimals: int) -> str:
    mantissa, exponent = f"{value:.{decimals}e}".split("e")
    return f"{_minus(_trimmed(mantissa))} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def _trimmed(text: str, keep: int = 0) -> str:
    """Without trailing zeros of the fraction, but for `keep` decimals."""
    whole, dot, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(keep, "0")
    return f"{whole}{dot}{fraction}" if fraction else whole


def _minus(text: str) -> str:
    return text.replace("-", "−")
