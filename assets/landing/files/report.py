"""The outcome of a file: rows landed, skipped or rejected, and the cure of each problem."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from assets.landing.texts import readable_text

LINES_NAMED = 5
"""The number of lines named per kind of problem; further ones are counted."""


@dataclass(frozen=True)
class Problem:
    """Something wrong with a file that did not stop its good rows."""

    file: str
    line: int | None
    what: str
    cure: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{where}: {self.what}; {self.cure}"


class LandingError(Exception):
    """Nothing could be read from a file; the message says which, where, and the cure.

    When several files were asked for, the others have landed: see `reports`; further files of
    which nothing could be read are in `others`.
    """

    def __init__(self, file: Path | str, line: int | None, what: str, cure: str) -> None:
        self.problem = Problem(readable_text(str(file)), line, what, cure)
        self.reports: tuple[LandingReport, ...] = ()
        self.others: tuple[LandingError, ...] = ()
        super().__init__(str(self.problem))

    @property
    def file(self) -> str:
        return self.problem.file

    @property
    def line(self) -> int | None:
        return self.problem.line

    @property
    def cure(self) -> str:
        return self.problem.cure

    def __str__(self) -> str:
        return "\n".join(str(error.problem) for error in (self, *self.others))


@dataclass(frozen=True)
class LandingReport:
    """One file's account: `rows` landed in all, `rejected` of them with an error."""

    file: str
    format: str
    venue: str
    rows: int
    rejected: int
    skipped: dict[str, int]
    """Counts of lines that are not trades and did not land, by kind."""
    objects: tuple[str, ...]
    """The keys of all objects with the file's rows."""
    new_objects: tuple[str, ...]
    """The keys that did not exist before."""
    first_traded_at: datetime | None
    last_traded_at: datetime | None
    dates: tuple[date, ...]
    """The UTC days that the good rows belong to."""
    problems: tuple[Problem, ...]
    damage: Problem | None
    """The problem at which the file is cut off, if it is: rows after it are lost."""


@dataclass(frozen=True)
class LandingProgress:
    """How far the import of one file has come."""

    file: str
    bytes_read: int
    bytes_total: int
    rows: int


ProgressCallback = Callable[[LandingProgress], None]


@dataclass
class ProblemLog:
    """Collects problems in bounded space: a file may have one in each of its million lines."""

    file: str
    _named: list[Problem] = field(default_factory=list)
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, line: int | None, what: str, cure: str, kind: str | None = None) -> Problem:
        problem = Problem(self.file, line, what, cure)
        key = (kind or what, cure)
        self._counts[key] += 1
        if self._counts[key] <= LINES_NAMED:
            self._named.append(problem)
        return problem

    def problems(self) -> tuple[Problem, ...]:
        """The problems in line order; further ones are counted at the end."""
        further = (
            Problem(self.file, None, f"{count - LINES_NAMED:,} further lines: {kind}", cure)
            for (kind, cure), count in self._counts.items()
            if count > LINES_NAMED
        )
        return (*sorted(self._named, key=lambda problem: problem.line or 0), *further)
