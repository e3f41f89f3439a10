# ruff: noqa: RUF001, RUF002 (dashes, minus and multiplication signs as a printer sets them)
"""Numbers and times formatted for people: one function per meaning; `-` for a missing value.

Numbers are ASCII, for terminals and topics; a document prints them with typographic signs
(`typeset`).
"""

import math
import re
from datetime import date, datetime, timedelta
from decimal import Decimal

NONE = "-"
MONEY_DIGITS = PRICE_DIGITS = 6
# digits of a measured number's whole part: 2,225,410 is as exact as the measurement
WHOLE_DIGITS = 6
# smaller (a probability may be) or larger numbers would need counting of zeros
LEAST_WRITTEN_OUT, MOST_WRITTEN_OUT = 1e-9, 1e18
# names of values in quote currency; a score or a logarithm of one is a plain number
_PRICE = re.compile("(.*_)?price(_before|_after|_low|_high|_double)?")
_MONEY = re.compile(r"(?!log_)(.*_)?notional(_usd|_per_\w+|_\d+[smhd])?")
_EXPONENT = re.compile(r"e([+-]?\d+)")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def significant(value: float, digits: int) -> str:
    """A number with this many significant digits, written out: 2,225,410, 48, 0.0000012."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return str(value)
    if not LEAST_WRITTEN_OUT <= abs(value) < MOST_WRITTEN_OUT:
        return _scientific(value, digits)
    rounded = float(f"{value:.{digits - 1}e}")
    return _trimmed(f"{rounded:,.{max(0, _decimals(rounded, digits))}f}")


def count(value: float | None) -> str:
    """A whole number with grouped thousands: 539,535."""
    return NONE if value is None else f"{value:,.0f}"


def number(value: float | None, digits: int = 4) -> str:
    """A measured number to a few significant digits, a whole part to six: 12.35, 60,000."""
    if value is None or math.isnan(value):
        return NONE
    whole = 0 if abs(value) < 1 or math.isinf(value) else math.floor(math.log10(abs(value))) + 1
    return significant(value, max(digits, min(WHOLE_DIGITS, whole)))


def amount(value: float | None) -> str:
    """Money, in words and in tables: 2,225,410, 418.3, 0.0521."""
    return NONE if value is None or math.isnan(value) else significant(value, MONEY_DIGITS)


def price(value: float | None, decimals: int | None = None) -> str:
    """A price with six digits, at least two decimals: 67,268.90, 0.00000123.

    With `decimals` exactly that many, for prices that are compared with each other.
    """
    if value is None or math.isnan(value):
        return NONE
    if decimals is not None:
        return f"{value:,.{decimals}f}"
    if value != 0 and abs(value) < 1e-12:
        return _scientific(value, 5)
    return _trimmed(f"{value:,.{price_decimals(value)}f}", least=2 if abs(value) >= 1 else 0)


def exact(value: Decimal | None) -> str:
    """Every digit that the source gave: 67,268.9, 0.00000123."""
    return NONE if value is None else _trimmed(f"{value:,f}")


def price_decimals(value: float) -> int:
    """Decimals that show six significant digits of a price, at least two."""
    if value == 0 or not math.isfinite(value):
        return 2
    return max(2, min(18, _decimals(value, PRICE_DIGITS)))


def signed(value: float | None, digits: int = 3) -> str:
    """A number with its sign, also if it is positive."""
    text = number(value, digits)
    return f"+{text}" if value is not None and value > 0 else text


def probability(value: float | None) -> str:
    """A p-value: 0.012, 3.1e-7, and < 1e-300 below the range of a float."""
    if value is None or math.isnan(value):
        return NONE
    if value < 1e-300:
        return "< 1e-300"
    return significant(value, 2) if value >= 1e-3 else _scientific(value, 2)


def measured(name: str, value: float) -> str:
    """A measured value, formatted by its name as a price, as money, as a p-value or as a number."""
    if name == "p_value":
        return probability(value)
    if _PRICE.fullmatch(name):
        return price(value)
    if _MONEY.fullmatch(name):
        return amount(value)
    return count(value) if isinstance(value, int) else number(value)


def is_exact(name: str) -> bool:
    """Whether a value of this name is a price or a quantity: what was traded, no estimate."""
    return name == "quantity" or bool(_PRICE.fullmatch(name))


def percent(value: float | None, digits: int = 3) -> str:
    """A share as a percentage: 0.5 is 50 %."""
    return NONE if value is None else f"{number(value * 100, digits)} %"


def signed_percent(value: float | None) -> str:
    """A change as a percentage with its sign: +4.2 %."""
    return NONE if value is None else f"{signed(value * 100)} %"


def unit(value: float | None) -> str:
    """A score or risk between 0 and 1, two decimals."""
    return NONE if value is None else f"{value:.2f}"


def long_date(day: date) -> str:
    """Friday, 15 March 2024."""
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def short_date(day: date) -> str:
    """Fri 15 Mar 2024."""
    return f"{day:%a} {day.day} {day:%b} {day.year}"


def clock(instant: datetime | None) -> str:
    """Time of day in UTC with as many digits of the second as it has: 13:04:05.25."""
    if instant is None:
        return NONE
    text = instant.strftime("%H:%M:%S")
    return f"{text}.{instant.microsecond:06d}".rstrip("0") if instant.microsecond else text


def span(start_at: datetime, end_at: datetime, day: date) -> str:
    """A half-open range of time, with the date if it is not the report's own."""
    return f"{moment(start_at, day)} – {moment(end_at, day)}"


def moment(instant: datetime, day: date) -> str:
    """A time of day, with its date if it is not the report's; 24:00 for the midnight after."""
    if instant.date() == day:
        return clock(instant)
    if instant == datetime.combine(day + timedelta(days=1), datetime.min.time()):
        return "24:00:00"
    return f"{instant.day} {instant:%b} {clock(instant)}"


def duration(seconds: float | None) -> str:
    """A duration in its two largest units: 3 h 20 min, 45 s."""
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


def typeset(text: str) -> str:
    """A number's text with typographic signs: −1.5, 3.1 × 10⁻⁷, ∞, and – for a missing value."""
    if text == NONE:
        return "–"
    text = _EXPONENT.sub(lambda found: f" × 10{_superscript(found[1])}", text)
    return text.replace("-", "−").replace("inf", "∞")


def _superscript(exponent: str) -> str:
    return str(int(exponent)).translate(_SUPERSCRIPT)


def _decimals(value: float, digits: int) -> int:
    """Decimal places that show this many significant digits; negative before the point."""
    return digits - 1 - math.floor(math.log10(abs(value)))


def _scientific(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{_trimmed(mantissa)}e{int(exponent)}"


def _trimmed(text: str, least: int = 0) -> str:
    """Without trailing zeros of the fraction, except for `least` decimals."""
    whole, dot, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(least, "0")
    return f"{whole}{dot}{fraction}" if fraction else whole
