r"""What somebody filters the queue by: one grammar for words in a box, addresses and options.

A comma means or, a space means and, `-` means not; a bare word is text. A key that is given twice
means either, but for text, money and score, which mean both. `-` leaves out an incident whose every
name is among the values: one of two detectors stays under `-detector`. As parameters (of an
address, of the service, of a command) a key has the same values, and `-` before them:
`detector=-market_anomaly`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from assets.alerts.severity import ORDER
from assets.cases.decision import DecisionError
from assets.cases.moments import moment_of
from assets.detection.detector import detectors

KEYS = (
    "status", "severity", "symbol", "venue", "detector", "account", "with", "since", "until",
    "money", "score", "sort", "after", "limit", "text",
)  # fmt: skip
"""In the order in which they are written; each is an option of `tapewatch incidents`."""
BOTH = ("money", "score", "text")
ONCE = ("since", "until", "sort", "after", "limit")
WORDS = {"is": "status"}
STATES = ("open", "in-review", "escalated", "closed", "muted")
SORTS = ("rank", "worst", "time")
_BARE = r"[^\s,\"]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_VALUE = re.compile(f"{_QUOTED}|{_BARE}", re.DOTALL)
_TERM = re.compile(
    rf"(-?)(?:([A-Za-z_]+):)?((?:{_QUOTED}|{_BARE})(?:,(?:{_QUOTED}|{_BARE}))*)", re.DOTALL
)
_AMOUNT = re.compile(r"(>=|<=|>|<)?(\d+(?:\.\d+)?)([kKmMbB]?)")
_TIMES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9}


class FilterError(DecisionError):
    """A filter that names what there is not; `rest` is the filter without it."""

    def __init__(self, message: str, rest: "Filter"):
        super().__init__(message)
        self.rest = rest


@dataclass(frozen=True)
class Term:
    """One condition: a key has one of the values, or has none of them."""

    key: str
    values: tuple[str, ...]
    is_not: bool = False


@dataclass(frozen=True)
class Filter:
    """Conditions that all hold, in the order of `KEYS`, as `filter_of` makes them."""

    terms: tuple[Term, ...] = ()

    def of(self, key: str) -> list[Term]:
        """The conditions of a key."""
        return [one for one in self.terms if one.key == key]

    def value(self, key: str) -> str | None:
        """The value of a key that is given once."""
        return next((one.values[0] for one in self.of(key)), None)

    def without(self, *keys: str) -> "Filter":
        """The filter without some keys."""
        return Filter(tuple(one for one in self.terms if one.key not in keys))

    def with_term(self, key: str, *values: str) -> "Filter":
        """The filter with another condition on a key."""
        return _ordered([*self.without(key).terms, Term(key, values)])

    @property
    def words(self) -> str:
        """As words in a box; `filter_of` of it is the filter again."""
        return " ".join(_word(one) for one in self.terms)

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """As parameters of an address; `filter_of_parameters` of them is the filter again."""
        return [
            (one.key, ("-" if one.is_not else "") + ",".join(map(quoted, one.values)))
            for one in self.terms
        ]


def filter_of(words: str) -> Filter:
    """The filter that words say; FilterError where they name a key or a value that there is not."""
    terms, faults, place = list[Term](), list[str](), 0
    while place < len(words):
        if words[place].isspace():
            place += 1
            continue
        found = _TERM.match(words, place)
        ends = found is not None and (found.end() == len(words) or words[found.end()].isspace())
        if found is None or not ends:
            end = next((n for n in range(place, len(words)) if words[n].isspace()), len(words))
            faults.append(f"`{words[place:end]}` cannot be read: put quotes around the text")
            place = end
            continue
        sign, key, values = found.groups()
        terms.append(Term(key.lower() if key else "text", _values(values), bool(sign)))
        place = found.end()
    return _checked(terms, faults)


def filter_of_parameters(parameters: Iterable[tuple[str, str]]) -> Filter:
    """The filter of an address or of options; FilterError as of words. Empty values say nothing."""
    terms, faults = list[Term](), list[str]()
    for key, text in parameters:
        values = text.strip()
        if not values:
            continue
        is_not = values.startswith("-")
        found = _TERM.fullmatch(f"x:{values[is_not:]}")
        if found is None:
            faults.append(f"`{key}={text}` cannot be read: put quotes around the text")
        else:
            terms.append(Term(key.lower(), _values(found[3]), is_not))
    return _checked(terms, faults)


def amount_of(text: str) -> tuple[str, float] | None:
    """Comparison and amount of `>100k`; None where it is none. Without a sign it means at least."""
    found = _AMOUNT.fullmatch(text)
    return None if found is None else (found[1] or ">=", float(found[2]) * _TIMES[found[3].lower()])


def _values(text: str) -> tuple[str, ...]:
    return tuple(
        re.sub(r"\\(.)", r"\1", one[1:-1], flags=re.DOTALL) if one.startswith('"') else one
        for one in _VALUE.findall(text)
    )


def quoted(value: str) -> str:
    """A value as it stands among words or in a parameter, whatever it has."""
    plain = re.fullmatch(_BARE, value) and not value.startswith("-")
    if plain:
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _word(one: Term) -> str:
    sign = "-" if one.is_not else ""
    if one.key == "text":
        # a colon would make a key of what stands before it
        return sign + ",".join(
            f'"{quoted(value)}"' if ":" in value and '"' not in quoted(value) else quoted(value)
            for value in one.values
        )
    return f"{sign}{'is' if one.key == 'status' else one.key}:{','.join(map(quoted, one.values))}"


def _checked(terms: Sequence[Term], faults: Sequence[str]) -> Filter:
    good, wrong = list[Term](), list(faults)
    for one in terms:
        key = WORDS.get(one.key, one.key)
        if key not in KEYS:
            wrong.append(f"There is no filter `{one.key}`.{_meant(one.key, [*KEYS, *WORDS])}")
        elif fault := _fault(Term(key, one.values, one.is_not)):
            wrong.append(fault)
        elif key in ONCE and any(other.key == key for other in good):
            wrong.append(f"`{key}` is given twice.")
        else:
            good.append(Term(key, _canonical(key, one.values), one.is_not))
    found = _ordered(good)
    if wrong:
        raise FilterError(" ".join(wrong), found)
    return found


def _canonical(key: str, values: Sequence[str]) -> tuple[str, ...]:
    lowered = key in ("status", "severity", "detector", "sort")
    plain = (one.lower() if lowered else one for one in values)
    return tuple(dict.fromkeys(one.replace(" ", "-") if key == "status" else one for one in plain))


def _fault(one: Term) -> str | None:
    """What is wrong with the values of a known key; None where nothing is."""
    known: Mapping[str, Sequence[str]] = {"status": STATES, "severity": ORDER, "sort": SORTS}
    if one.key in ONCE and (one.is_not or len(one.values) != 1):
        return f"`{one.key}` takes one value."
    for value in _canonical(one.key, one.values):
        if one.key in known and value not in known[one.key]:
            return f"There is no {one.key} `{value}`.{_meant(value, known[one.key])}"
        if one.key == "detector" and "*" not in value:
            names = [each.name for each in detectors()]
            if value not in names:
                return f"There is no detector `{value}`.{_meant(value, names)}"
        if one.key in ("money", "score") and amount_of(value) is None:
            return f"`{one.key}:{value}` is no amount: write it as `>100k`."
        if one.key in ("since", "until"):
            try:
                moment_of(value, datetime(2000, 1, 1))
            except ValueError as error:
                return f"`{one.key}:{value}` is no time: {error}."
        if one.key == "limit" and not (value.isascii() and value.isdigit() and len(value) < 10):
            return f"`limit:{value}` is no whole number."
    return None


def _meant(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, 1)
    return f" Did you mean `{close[0]}`?" if close else f" There are {', '.join(known)}."


def _ordered(terms: Sequence[Term]) -> Filter:
    """In the order of the keys, terms of one key that mean either joined."""
    joined: list[Term] = []
    for key in KEYS:
        for is_not in (False, True):
            same = [one for one in terms if one.key == key and one.is_not == is_not]
            if key in BOTH or key in ONCE:
                joined += dict.fromkeys(same)
            elif same:
                values = dict.fromkeys(value for one in same for value in one.values)
                joined.append(Term(key, tuple(values), is_not))
    return Filter(tuple(joined))
