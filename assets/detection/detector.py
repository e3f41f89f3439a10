"""What a detector is: a pure function from feature tables to hits, and the label on it.

A detector's arguments are named after tables of the schema `features`; its last argument is
`params`. It is given each table cut to `[window start - look_back, window end)` and returns one row
for each cell of its grid that it objects to. The caller drops the cells outside the window, so a
hit must depend on nothing later than its cell's end and on nothing earlier than `look_back` before
its cell's start. The label says what the function cannot; the columns that are the same in every
detector, the trades that a hit means and its confirmation are added by `hit_rows.py`.

Beyond `filter` and `project`, SQL names a relation by its Python variable: `first.query("unread",
"select ... from first join second using (venue, symbol)")`. DuckDB binds those when the relation is
made. The view that `query` makes is looked up only when the relation runs, when another may have
taken its name: so SQL never reads it. A detector builds its query and runs nothing: the same query
serves many windows.
"""

import hashlib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_type_hints

from duckdb import DuckDBPyRelation
from pydantic import BaseModel, ConfigDict, ValidationError

from assets.detection.evidence import Trades
from assets.detection.fallback import Fallback
from assets.detection.needs import Need
from assets.detection.retracement import Retracement
from assets.detection.thresholds import FILE, SHIPPED, Thresholds, refused, thresholds_of
from assets.lake.settings import load_settings
from assets.market.subject import SubjectKind
from assets.market.window import duration

DataTier = Literal["trades", "accounts", "orders", "transfers", "model"]
DetectFunction = Callable[..., DuckDBPyRelation]
ScoreFunction = Callable[[float, float], float]

PACKAGE = "assets.detectors"
EVERY_TRADE = Trades()
"""All trades of a hit's cell."""


class DetectorParams(BaseModel):
    """Thresholds of one detector; an unknown or out-of-range one fails when the code loads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def halving_score(statistic: float, threshold: float) -> float:
    """Map a statistic to 0..1: a half at its threshold, three quarters at twice it, then to 1."""
    if threshold <= 0:
        raise ValueError(f"a threshold must be above 0 to scale a score, not {threshold}")
    return 1 - 0.5 ** (max(statistic, 0.0) / threshold)


@dataclass(frozen=True, kw_only=True)
class Detector:
    """One detector: its meaning, its inputs, its thresholds and the function that judges.

    Parameters
    ----------
    subject
        Whom a hit is about; it decides which columns name it (`SUBJECT_COLUMNS`).
    trades
        The trades that a hit means.
    confirmed_by
        What later proves a hit right, found by the kernel; None if nothing does.
    judgeable
        SQL predicate over the first input: the cells that had history enough to be judged. The
        others are counted as insufficient. `{name}` stands for a threshold.
    unjudged_because
        What those others lack, in words.
    fallback
        How some of those others are judged all the same; None if none is.
    needs
        What a source must tell; where it does not, no cell of the day counts as judged.
    null_rate_per_symbol_day
        Measured alerts a symbol and day where nothing is wrong; the docstring says on what.
    simulated_rate_per_symbol_day
        The same on simulated markets: the upper end of the exact 95 % interval over clean ones of
        all classes of liquidity and source (`figures/clean.json`). None where the other holds.
    score
        The one map from (statistic, threshold) to 0..1, rising with the statistic.
    description, confirmed, unconfirmed, recommended_action
        Plain words; `{name:spec}` is filled from the evidence of the alert's strongest hit, in
        `confirmed` from that of its confirmation; `{quote}` is the symbol's quote currency. What
        a spec may be says `assets.alerts.description.fill`.
    """

    name: str
    version: int
    typology: str
    data_tier: DataTier
    subject: SubjectKind
    grid: timedelta
    look_back: timedelta
    references: tuple[str, ...]
    inputs: tuple[str, ...]
    params: DetectorParams
    detect: DetectFunction
    trades: Trades
    confirmed_by: Retracement | None
    description: str
    recommended_action: str
    confirmed: str
    unconfirmed: str
    judgeable: str
    unjudged_because: str
    fallback: Fallback | None
    needs: tuple[Need, ...]
    null_rate_per_symbol_day: float
    simulated_rate_per_symbol_day: float | None
    episode_gap_cells: int
    cool_down: timedelta
    score: ScoreFunction

    @property
    def params_digest(self) -> str:
        """Twelve hex digits that change with any threshold."""
        return hashlib.sha256(self.params.model_dump_json().encode()).hexdigest()[:12]

    @property
    def code_version(self) -> str:
        """Changes with the logic (version) and with the thresholds (digest)."""
        return f"{self.version}+{self.params_digest}"

    @property
    def judgeable_predicate(self) -> str:
        """`judgeable` with the thresholds filled in."""
        return self.judgeable.format(**self.params.model_dump())

    @property
    def fallback_predicate(self) -> str:
        """Of the cells that the detector's own way cannot judge, those that its fallback can."""
        if self.fallback is None:
            return "false"
        judgeable = self.fallback.judgeable.format(**self.params.model_dump())
        return f"({self.judgeable_predicate}) is not true and ({judgeable})"

    def way_of(self, evidence: Mapping[str, Any]) -> "Detector | Fallback":
        """By which way a hit with this evidence was found."""
        return self.fallback if self.fallback and evidence.get("by_fallback") else self

    @property
    def reach(self) -> timedelta:
        """The longest silence inside an episode: the cool-down, or the gap where cells are long."""
        return max(self.cool_down, self.episode_gap_cells * self.grid)

    def __call__(self, *relations: DuckDBPyRelation) -> DuckDBPyRelation:
        return self.detect(*relations, self.params)


def detector(
    *,
    version: int,
    typology: str,
    grid: str,
    look_back: str,
    references: tuple[str, ...],
    description: str,
    recommended_action: str,
    null_rate_per_symbol_day: float,
    simulated_rate_per_symbol_day: float | None = None,
    data_tier: DataTier = "trades",
    subject: SubjectKind = "market",
    trades: Trades = EVERY_TRADE,
    confirmed_by: Retracement | None = None,
    confirmed: str = "",
    unconfirmed: str = "",
    judgeable: str = "true",
    unjudged_because: str = "too little history",
    fallback: Fallback | None = None,
    needs: tuple[Need, ...] = (),
    episode_gap_cells: int = 2,
    cool_down: str = "30 minutes",
    score: ScoreFunction = halving_score,
) -> Callable[[DetectFunction], Detector]:
    """Label a function as a detector; the function gives name, inputs and thresholds."""

    def wrap(detect: DetectFunction) -> Detector:
        *inputs, params = inspect.signature(detect).parameters
        wrapped = Detector(
            name=detect.__name__,
            version=version,
            typology=typology,
            data_tier=data_tier,
            subject=subject,
            grid=duration(grid),
            look_back=duration(look_back),
            references=references,
            inputs=tuple(inputs),
            params=get_type_hints(detect)[params](**_shipped().get(detect.__name__, {})),
            detect=detect,
            trades=trades,
            confirmed_by=confirmed_by,
            description=description,
            recommended_action=recommended_action,
            confirmed=confirmed,
            unconfirmed=unconfirmed,
            judgeable=judgeable,
            unjudged_because=unjudged_because,
            fallback=fallback,
            needs=needs,
            null_rate_per_symbol_day=null_rate_per_symbol_day,
            simulated_rate_per_symbol_day=simulated_rate_per_symbol_day,
            episode_gap_cells=episode_gap_cells,
            cool_down=duration(cool_down),
            score=score,
        )
        # Frozen, yet the docstring belongs on the instance: it is the meaning of the detector.
        object.__setattr__(wrapped, "__doc__", inspect.getdoc(detect))
        return wrapped

    return wrap


@cache
def detectors() -> tuple[Detector, ...]:
    """Every detector of the package by name: one module, one detector, one name.

    Each has the thresholds of the home's file over the shipped ones, read once a process;
    SettingsError where the file, or one of its values, is refused.
    """
    file = load_settings().root / FILE
    own = thresholds_of(file, _modules())
    return tuple(
        _under(one, own[one.name], file) if one.name in own else one for one in shipped_detectors()
    )


def shipped_detectors() -> list[Detector]:
    """Every detector with the thresholds that it is shipped with."""
    return [
        getattr(importlib.import_module(name), name.rpartition(".")[2])
        for name in _modules().values()
    ]


def _under(one: Detector, thresholds: Mapping[str, Any], file: Path) -> Detector:
    """The detector with these thresholds instead of its own of the same names."""
    try:
        params = type(one.params)(**{**one.params.model_dump(), **thresholds})
    except ValidationError as error:
        raise refused(file, one.name, error) from None
    changed = replace(one, params=params)
    object.__setattr__(changed, "__doc__", one.__doc__)
    return changed


@cache
def _modules() -> Mapping[str, str]:
    """The module of each detector, by the detector's name; a folder holds those of a data tier."""
    package = importlib.import_module(PACKAGE)
    found = pkgutil.walk_packages(package.__path__, f"{PACKAGE}.")
    names = (module.name for module in found if not module.ispkg)
    return dict(sorted((name.rpartition(".")[2], name) for name in names))


@cache
def _shipped() -> Thresholds:
    return thresholds_of(SHIPPED, _modules())
