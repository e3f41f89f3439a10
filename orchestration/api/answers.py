"""What the service answers with: models made of the tables' own columns and their meanings."""

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar, get_type_hints

from pydantic import AfterValidator, BaseModel, Field, create_model

from assets.alerts.incident_reading import LISTS
from assets.alerts.tables import ALERTS, INCIDENTS
from assets.anomaly.tables import ANOMALY
from assets.cases import state
from assets.cases.reasons import Reason
from assets.cases.tables import DECISIONS
from assets.lake.tables import SQL_TYPES, Table
from assets.risk.tables import SYMBOL_RISK
from assets.scoring.tables import ACCOUNT_RISK, TRADE_RISK


def _with_zone(value: Any) -> Any:
    """The lake's times are UTC without saying so; who reads JSON must not have to know that."""
    is_naive = isinstance(value, datetime) and value.tzinfo is None
    return value.replace(tzinfo=UTC) if is_naive else value


Moment = Annotated[datetime, AfterValidator(_with_zone)]
Cell = Annotated[Any, AfterValidator(_with_zone)]
"""A value of a row whose columns are not fixed."""
PYTHON_TYPES: dict[str, Any] = {sql: kind for kind, sql in SQL_TYPES.items()} | {
    "timestamp": Moment,
    "integer": int,
    "varchar[]": list[str],
}
Item = TypeVar("Item")


def row_of(name: str, table: Table, **other: Any) -> type[BaseModel]:
    """A model of a table's rows; `other` are fields of another type, or that no column has."""
    meanings = table.meanings()
    columns: dict[str, Any] = {}
    for column in table.columns:
        field, sql, *_ = column.split()
        kind: Any = PYTHON_TYPES[sql.lower()]
        columns[field] = (kind | None, Field(description=meanings[field]))
    return create_model(name, __doc__=table.meaning, **(columns | other))


def model_of(kind: type) -> type[BaseModel]:
    """A model of a dataclass's fields, with times that name their zone."""
    hints = get_type_hints(kind)
    zoned: dict[Any, Any] = {
        datetime: Moment,
        datetime | None: Annotated[datetime | None, AfterValidator(_with_zone)],
    }
    named: dict[str, Any] = {
        one.name: (zoned.get(hints[one.name], hints[one.name]), ...) for one in fields(kind)
    }
    return create_model(kind.__name__, __doc__=kind.__doc__, **named)


LISTED: dict[str, Any] = {
    name: (list[str], Field(description=INCIDENTS.meanings()[name])) for name in LISTS
}
"""Columns that are lists in JSON, as lists."""


class Page(BaseModel, Generic[Item]):
    """Rows in order, and what to ask `after` for the next ones; None is the end."""

    rows: list[Item]
    next_after: str | None = None


class Decision(row_of("DecisionRow", DECISIONS)):
    """One decision of a person, as it landed."""


class IncidentState(model_of(state.IncidentState)):
    """Where the work on an incident is."""


class Case(model_of(state.Case)):
    """Incidents that somebody works on together."""


class Mute(model_of(state.Mute)):
    """What is not shown in the queue, until when and why."""


class Alert(row_of("AlertRow", ALERTS)):
    """An alert in its current revision."""


class Incident(row_of("IncidentRow", INCIDENTS, **LISTED)):
    """An incident in its current revision, and what was decided of it."""

    work: IncidentState


class SymbolRisk(row_of("SymbolRiskRow", SYMBOL_RISK)):
    """The risk of a symbol on a day."""


class TradeRisk(row_of("TradeRiskRow", TRADE_RISK)):
    """The risk of a trade."""


class AccountRisk(row_of("AccountRiskRow", ACCOUNT_RISK)):
    """The risk of an account on a day."""


class Anomaly(row_of("AnomalyRow", ANOMALY)):
    """How unusual the day's model finds five minutes of a symbol."""


class IncidentInFull(Incident):
    """An incident with its alerts, its history, and the reasons that fit a verdict."""

    alerts: list[Alert]
    history: list[Decision]
    reasons: list[Reason]


class CaseInFull(Case):
    """A case with its incidents."""

    incidents: list[Incident]


class Market(BaseModel):
    """A market, the days that were seen of it, and its present alerts."""

    venue: str
    symbol: str
    first_day: date
    last_day: date
    days: int
    trade_count: int
    alert_count: int


class AlertCount(BaseModel):
    """How many present alerts a day, detector and severity have."""

    trade_day: date
    detector: str
    severity: str
    alert_count: int


class Decisions(BaseModel):
    """Decisions after a number, and how many there are in all."""

    count: int
    rows: list[Decision]


class Chain(BaseModel):
    """How many decisions the chain has, each checked."""

    count: int


class Explained(BaseModel):
    """An alert, the numbers that were measured, who is behind it, the largest of its trades."""

    alert: Alert
    evidence: dict[str, Cell]
    trade_count: int
    trades: list[dict[str, Cell]]
    parties: dict[str, Cell]
    impact: dict[str, Cell] | None


class Trades(BaseModel):
    """Trades behind an alert: the columns of `core.trades`, and so many rows of so many."""

    columns: list[str]
    count: int
    rows: list[dict[str, Cell]]


class Landed(BaseModel):
    """What landed, what others decided meanwhile, and of a mute how many incidents it hides."""

    decision: Decision
    meanwhile: list[Decision]
    muted: int


class Report(BaseModel):
    """The report of a day, and where a browser finds it."""

    day: date
    url: str


class Probe(BaseModel):
    """Whether something that the service needs answers, how fast, or why not."""

    probe: str
    state: str
    detail: str
    milliseconds: float


class Health(BaseModel):
    """That the service answers."""

    status: str
