"""One grammar of filters: words in a box and parameters of an address say the same, both ways."""

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.cases.filters import (
    BOTH,
    ONCE,
    Filter,
    FilterError,
    Term,
    filter_of,
    filter_of_parameters,
)
from assets.cases.moments import moment_of

WORDS = (
    "is:open severity:high,medium -detector:market_anomaly symbol:KITE* with:me since:2d "
    "money:>100k sort:worst pump"
)
anything = st.text(min_size=1, max_size=8)
known = {
    "status": st.sampled_from(["open", "in-review", "muted"]),
    "severity": st.sampled_from(["low", "critical"]),
    "detector": st.sampled_from(["flash_crash", "wash*"]),
    "money": st.sampled_from([">100k", "<2.5m", "7"]),
    "score": st.sampled_from([">=0.9", "<1"]),
    "since": st.sampled_from(["2d", "2024-08-09"]),
    "until": st.sampled_from(["today", "2024-08-09T10:30"]),
    "sort": st.sampled_from(["rank", "worst", "time"]),
    "limit": st.sampled_from(["5"]),
}
free = dict.fromkeys(("symbol", "venue", "account", "with", "text", "after"), anything)


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    """A filter as the grammar makes it, whatever its values hold."""
    parts = list[Term]()
    for key, values in (known | free).items():
        for is_not in (False,) if key in ONCE else (False, True):
            most = 1 if key in ONCE else 3
            for _ in range(draw(st.integers(0, 2 if key in BOTH else 1))):
                chosen = draw(st.lists(values, min_size=1, max_size=most, unique=True))
                parts.append(Term(key, tuple(chosen), is_not))
    made = Filter()
    for one in parts:
        if one not in made.terms:
            made = Filter((*made.terms, one))
    # in the grammar's own order
    return filter_of_parameters(made.parameters)


# a busy machine draws slowly, and what is drawn is small
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(filters())
def test_words_and_parameters_say_the_same_both_ways(one: Filter) -> None:
    assert filter_of(one.words) == one
    assert filter_of_parameters(one.parameters) == one


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_filter_or_is_refused_in_words(words: str) -> None:
    try:
        found = filter_of(words)
    except FilterError as error:
        found = error.rest
    assert filter_of(found.words) == found


def test_the_words_of_the_box_have_parameters_of_the_same_names() -> None:
    found = filter_of(WORDS)
    assert found.parameters == [
        ("status", "open"), ("severity", "high,medium"), ("symbol", "KITE*"),
        ("detector", "-market_anomaly"), ("with", "me"), ("since", "2d"), ("money", ">100k"),
        ("sort", "worst"), ("text", "pump"),
    ]  # fmt: skip
    assert filter_of('"price rose" status:"in review"').words == 'is:in-review "price rose"'
    assert filter_of_parameters([("severity", "high"), ("severity", "low"), ("symbol", "")]) == (
        filter_of("severity:high,low")
    )


@pytest.mark.parametrize(
    ("words", "message", "rest"),
    [
        ("sevrity:high pump", "There is no filter `sevrity`. Did you mean `severity`?", "pump"),
        ("severity:hihg is:open", "There is no severity `hihg`. Did you mean `high`?", "is:open"),
        ("detector:flash_crsh", "Did you mean `flash_crash`?", ""),
        ("since:soon a", "`since:soon` is no time", "a"),
        ("money:much a", "`money:much` is no amount", "a"),
        ("sort:worst sort:rank", "`sort` is given twice", "sort:worst"),
        ('a "b', '`"b` cannot be read', "a"),
    ],
)
def test_what_there_is_not_is_named_and_the_rest_holds(words: str, message: str, rest: str) -> None:
    with pytest.raises(FilterError) as refused:
        filter_of(words)
    assert message in str(refused.value)
    assert refused.value.rest.words == rest


def test_a_moment_is_utc() -> None:
    assert moment_of("2024-08-09T10:30+02:00", datetime(2024, 1, 1)) == datetime(2024, 8, 9, 8, 30)
