"""A detector's words, filled with numbers as a person reads them."""

import re
from string import Formatter

import pytest

from assets.alerts.description import UNKNOWN, fill
from assets.detection.detector import Detector, detectors


def test_a_number_has_the_significant_digits_that_a_template_asks_for() -> None:
    words = fill(
        "{notional:6 digits} and {share:2 digits}", {"notional": 2.2254137e6, "share": 0.184}
    )
    assert words == "2,225,410 and 0.18"


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
