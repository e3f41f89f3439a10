"""Times that people and programs write: the year first, a fraction of any length, a zone by name.

A time that can be read in two ways is not read: the day first or the month, an hour that a clock
shows twice, `CST` of China or of America.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assets.landing.arrow import pc

NO_TIME = np.iinfo(np.int64).min

SHAPE = (
    r"^(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"(?:[T D_]+(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?)?"
    r" *(?P<zone>[+-]\d{2}(?::?\d{2})?|[A-Za-z][A-Za-z_/+0-9-]*)?$"
)
ISO = "%Y-%m-%dT%H:%M:%S"
# hours from UTC of the abbreviations that mean one zone only
ABBREVIATIONS = {
    **dict.fromkeys(["", "Z", "UTC", "GMT", "UT", "ZULU"], 0),
    "EST": -5,
    "EDT": -4,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "WET": 0,
    "WEST": 1,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "HKT": 8,
    "SGT": 8,
    "JST": 9,
    "KST": 9,
    "AEST": 10,
    "AEDT": 11,
}
MICROSECONDS_PER_HOUR = 3_600_000_000


def read_written(text: pa.StringArray) -> NDArray[np.int64]:
    """Microseconds since the epoch, UTC; NO_TIME where the text is no time, or may be two."""
    parts = pc.extract_regex(text, SHAPE)
    local = _local(parts)
    zones = pc.fill_null(pc.struct_field(parts, "zone"), "")
    micros = np.full(len(text), NO_TIME, dtype=np.int64)
    for zone in pc.unique(zones).to_pylist():
        is_here = pc.equal(zones, zone).to_numpy(zero_copy_only=False)
        micros[is_here] = _in_utc(local.filter(pa.array(is_here)), zone)
    return micros


def _local(parts: pa.StructArray) -> pa.TimestampArray:
    """What the clock showed, in microseconds; null where it shows no time."""

    def part(name: str, width: int, missing: str) -> pa.StringArray:
        found = pc.struct_field(parts, name)
        shown = pc.if_else(pc.equal(pc.fill_null(found, ""), ""), missing, found)
        return pc.utf8_lpad(shown, width, "0")

    day = pc.binary_join_element_wise(
        pc.struct_field(parts, "year"), part("month", 2, "00"), part("day", 2, "00"), "-"
    )
    clock = pc.binary_join_element_wise(
        part("hour", 2, "00"), part("minute", 2, "00"), part("second", 2, "00"), ":"
    )
    shown = pc.binary_join_element_wise(day, clock, "T")
    seconds = pc.strptime(shown, format=ISO, unit="us", error_is_null=True)
    # it takes the 30th of February for the 1st of March
    is_real = pc.equal(pc.strftime(pc.cast(seconds, pa.timestamp("s")), format=ISO), shown)
    seconds = pc.if_else(is_real, seconds, None)
    # cut, not rounded: a rounded time may belong to the next day
    fraction = pc.utf8_slice_codeunits(
        pc.utf8_rpad(pc.fill_null(pc.struct_field(parts, "fraction"), ""), 6, "0"), 0, 6
    )
    whole = pc.cast(seconds, pa.int64())
    return pc.cast(pc.add(whole, pc.cast(fraction, pa.int64())), pa.timestamp("us"))


def _in_utc(local: pa.TimestampArray, zone: str) -> NDArray[np.int64]:
    """The instants at which clocks of a zone show these times."""
    shown = pc.cast(local, pa.int64()).fill_null(NO_TIME).to_numpy(zero_copy_only=False)
    hours = _offset_hours(zone)
    if hours is not None:
        return np.where(shown == NO_TIME, NO_TIME, shown - round(hours * MICROSECONDS_PER_HOUR))
    try:
        first, last = (
            pc.cast(pc.assume_timezone(local, zone, ambiguous=which, nonexistent=which), pa.int64())
            for which in ("earliest", "latest")
        )
    except pa.ArrowInvalid:  # no such zone
        return np.full(len(local), NO_TIME)
    # an hour that the clock shows twice, or never, is no instant
    agreed = pc.if_else(pc.equal(first, last), first, None)
    return agreed.fill_null(NO_TIME).to_numpy(zero_copy_only=False)


def _offset_hours(zone: str) -> float | None:
    """Hours east of UTC of an offset or an abbreviation; None for any other name."""
    if zone.upper() in ABBREVIATIONS:
        return ABBREVIATIONS[zone.upper()]
    if zone[:1] in {"+", "-"}:
        digits = zone[1:].replace(":", "")
        hours = int(digits[:2]) + int(digits[2:] or 0) / 60
        return -hours if zone[0] == "-" else hours
    return None
