"""The filters that alerts and incidents share, as parameters of an address."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query, Request
from pydantic import AfterValidator, Field

from assets.cases.filtering import Asker
from assets.cases.filters import KEYS, Filter, filter_of, filter_of_parameters
from orchestration.api.access import Caller


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("a NUL is no text")
    return text


WITHOUT_NUL = Field(json_schema_extra={"pattern": "^[^\\u0000]*$"})
"""For the description: who reads it learns what is refused."""
Text = Annotated[str, AfterValidator(_no_nul), WITHOUT_NUL]
Words = Annotated[
    list[Text] | None,
    Query(description="A comma, or to be given twice, means or; `-` before the values means not."),
]


def filter_asked(
    request: Request,
    severity: Words = None,
    symbol: Words = None,
    venue: Words = None,
    detector: Words = None,
    account: Words = None,
    with_: Annotated[Words, Query(alias="with")] = None,
    since: Annotated[Text | None, Query(description="Ends then or later: a time, or 2d.")] = None,
    until: Annotated[Text | None, Query(description="Starts before: a time, or 2d.")] = None,
    money: Annotated[list[Text] | None, Query(description="US dollars at stake: >100k.")] = None,
    score: Annotated[list[Text] | None, Query(description="As >0.9.")] = None,
    text: Annotated[list[Text] | None, Query(description="Each is in its words.")] = None,
    q: Annotated[Text, Query(description="Words, as the queue's box has them.")] = "",
) -> Filter:
    """The filter; FilterError where a parameter names what there is not."""
    given: dict[str, Sequence[str] | None] = {
        "severity": severity, "symbol": symbol, "venue": venue, "detector": detector,
        "account": account, "with": with_, "since": [since or ""], "until": [until or ""],
        "money": money, "score": score, "text": text,
    }  # fmt: skip
    parameters = [(key, value) for key, values in given.items() for value in values or ()]
    # a misspelt name must not be passed over: it would hide nothing, in silence
    others = [one for one in request.query_params.multi_items() if one[0] not in (*KEYS, "q")]
    return filter_of_parameters([*filter_of(q).parameters, *parameters, *others])


def asker_of(caller: Caller) -> Asker:
    """Who asks, now."""
    return Asker(caller.name, datetime.now(UTC).replace(tzinfo=None))
