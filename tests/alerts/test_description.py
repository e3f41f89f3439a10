"""A detector's words, filled with numbers as a person reads them."""

import re
from string import Formatter

import pytest

from assets.alerts.description import UNKNOWN, figure, fill
from assets.detection.detector import Detector, detectors


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (2_225_413.7, 6, "2,225,410"),
        (4175.75, 6, "4,175.75"),
        (1234567890123.0, 3, "1,230,000,000,000"),
        (0.00000123456, 3, "0.00000123"),
        (0.18432, 2, "0.18"),
        (9.9996, 3, "10"),
        (99.96, 3, "100"),
        (48.0, 3, "48"),
        (1200.0, 3, "1,200"),
        (-0.05, 2, "-0.05"),
        (0.0, 6, "0"),
        (0, 6, "0"),
        (-0.0, 6, "0"),
        (3e-12, 2, "3e-12"),
        (float("inf"), 3, "inf"),
    ],
)
def test_a_number_has_its_significant_digits_and_no_exponent(
    value: float, digits: int, written: str
) -> None:
    assert figure(value, digits) == written


def test_what_was_not_measured_is_unknown() -> None:
    assert fill("{fall:6 digits} of {all}", {"fall": None}) == f"{UNKNOWN} of {UNKNOWN}"


@pytest.mark.parametrize("detector", list(detectors()), ids=lambda detector: detector.name)
@pytest.mark.parametrize("value", [2_225_413.7, 0.00000123])
def test_no_detector_writes_an_exponent(detector: Detector, value: float) -> None:
    for template in (detector.description, detector.confirmed, detector.recommended_action):
        fields = list(Formatter().parse(template))
        # what has no digits to ask for is a count or a word
        measured = {name: 7 if spec in {"", ","} else value for _, name, spec, _ in fields if name}
        # a chance is told by its order of magnitude
        said = fill(template, measured | {"p_value": 0.5})
        assert not re.search("[0-9]e[-+][0-9]", said)
