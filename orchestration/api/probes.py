"""What the service reaches, asked now: each probe has a time limit, and none waits for another."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock, Thread
from typing import Any, Literal

from assets.lake.lake import Lake
from assets.landing.kafka.broker import topics_of
from assets.landing.kafka.registry import registry_of
from assets.stream.progress import Progress, progress_of, unread
from orchestration.api.dagster_server import daemons
from reports.live import STALE_AFTER, delay
from reports.numbers import plural

LIMIT_SECONDS = 3.0
# of a server that says itself when it gives up: sooner, so that its own error is what is shown
BROKER_SECONDS = 2.0
State = Literal["ok", "behind", "failed", "not configured"]
Row = dict[str, Any]


class NotConfigured(Exception):
    """What is asked for is not set up here; the message says how it would be."""


class Behind(Exception):
    """It answers, and is late; the message says by how much."""


@dataclass
class _Asked:
    """An answer that may still be under way."""

    began: float
    state: State | None = None
    detail: str = ""
    seconds: float = 0.0


class Probes:
    """The probes of one service.

    One that does not answer in time is failed, and is not asked a second time before it has
    answered: a server that hangs costs one thread.
    """

    def __init__(self, asks: Mapping[str, Callable[[], str]], limit: float = LIMIT_SECONDS) -> None:
        self._asks = asks
        self._limit = limit
        self._under_way: dict[str, tuple[_Asked, Thread]] = {}
        self._lock = Lock()

    def ask(self) -> list[Row]:
        """Every probe with its state, why, and in how many milliseconds it answered."""
        with self._lock:
            asked = {name: self._asked(name) for name in self._asks}
        deadline = time.monotonic() + self._limit
        for _, thread in asked.values():
            thread.join(max(0.0, deadline - time.monotonic()))
        return [self._row(name, one) for name, (one, _) in asked.items()]

    def _asked(self, name: str) -> tuple[_Asked, Thread]:
        before = self._under_way.get(name)
        if before is not None and before[1].is_alive():
            return before
        one = _Asked(time.monotonic())
        # a daemon: one that hangs must not hinder the service's end
        thread = Thread(target=_answer, args=(one, self._asks[name]), name=name, daemon=True)
        self._under_way[name] = one, thread
        thread.start()
        return one, thread

    def _row(self, name: str, one: _Asked) -> Row:
        state, detail, seconds = one.state, one.detail, one.seconds
        if state is None:
            state, seconds = "failed", time.monotonic() - one.began
            detail = f"no answer within {self._limit:g} s"
        return {
            "probe": name,
            "state": state,
            "detail": detail,
            "milliseconds": round(seconds * 1000, 1),
        }


def _answer(one: _Asked, ask: Callable[[], str]) -> None:
    state: State
    try:
        state, detail = "ok", ask()
    except NotConfigured as absent:
        state, detail = "not configured", str(absent)
    except Behind as late:
        state, detail = "behind", str(late)
    except Exception as error:  # whatever happens to it is what a probe reports
        state, detail = "failed", str(error) or type(error).__name__
    one.seconds, one.detail = time.monotonic() - one.began, detail
    one.state = state


def probes_of(lake: Lake, limit: float = LIMIT_SECONDS) -> Probes:
    """Store, catalog, broker, registry, Dagster and the stream, as the settings have them."""
    return Probes(
        {
            "object store": lambda: _store(lake),
            "catalog": lambda: _catalog(lake),
            "broker": lambda: _broker(lake),
            "schema registry": lambda: _registry(lake),
            "Dagster": lambda: _dagster(lake),
            "stream": lambda: _stream(lake),
        },
        limit,
    )


def _store(lake: Lake) -> str:
    lake.objects.list("decisions/")
    return lake.objects.path("")


def _catalog(lake: Lake) -> str:
    with lake.connect() as connection:
        return f"snapshot {lake.snapshot_id(connection)}"


def _broker(lake: Lake) -> str:
    bootstrap = lake.settings.kafka_bootstrap
    if bootstrap is None:
        raise NotConfigured("TAPEWATCH_KAFKA_BOOTSTRAP names no broker")
    topic, partitions = lake.settings.kafka_topic, topics_of(bootstrap, BROKER_SECONDS)
    if topic not in partitions:
        return f"{bootstrap}: no topic {topic} yet, {plural(len(partitions), 'other')}"
    return f"{bootstrap}: topic {topic} has {plural(partitions[topic], 'partition')}"


def _registry(lake: Lake) -> str:
    if lake.settings.schema_registry is None:
        raise NotConfigured("TAPEWATCH_SCHEMA_REGISTRY names no registry: messages are JSON")
    registry = registry_of(lake.settings)
    return f"{registry.place}: {plural(len(registry.subjects()), 'subject')}"


def _dagster(lake: Lake) -> str:
    settings = lake.settings
    try:
        states = daemons(settings.dagster_url)
    except OSError as error:
        if "dagster_url" in settings.model_fields_set:
            raise
        raise NotConfigured(
            f"nothing answers at {settings.dagster_url}, where it is looked for while "
            f"TAPEWATCH_DAGSTER_URL is not set: `tapewatch dev` starts it ({error})"
        ) from None
    if ill := [one.name for one in states.daemons if one.required and not one.healthy]:
        raise Behind(
            f"Dagster {states.version} at {settings.dagster_url} answers, but these of its daemons "
            f"do not work: {', '.join(ill)}"
        )
    return f"Dagster {states.version} at {settings.dagster_url}"


def _stream(lake: Lake) -> str:
    with lake.connect() as connection:
        progress = progress_of(lake, connection)
    if progress is None:
        if lake.settings.kafka_bootstrap is None:
            raise NotConfigured("TAPEWATCH_KAFKA_BOOTSTRAP names no broker, and nothing landed")
        raise Behind(
            f"nothing of topic {lake.settings.kafka_topic} is judged: are `tapewatch land` and "
            "Dagster's daemon running?"
        )
    detail = stream_detail(lake, progress)
    if progress.behind(_now()) > STALE_AFTER:
        raise Behind(detail)
    return detail


def stream_detail(lake: Lake, progress: Progress) -> str:
    """How far a stream is, and what of it has landed and is not judged."""
    clock = "the trades' time" if progress.is_by_trade_time else "when the broker took them"
    said = [
        f"{delay(progress.behind(_now()))} behind, by {clock}",
        f"judged to {progress.judged_until:%Y-%m-%d %H:%M:%S} UTC",
    ]
    waiting = unread(lake, progress)
    if waiting is None:
        said.append(f"nothing that has landed waits; newest object {progress.newest.key}")
    else:
        lag = waiting.judging_lag
        known = "" if lag is None else f", {delay(lag)} of trades"
        said.append(f"{plural(waiting.objects, 'object')} landed and not judged{known}")
        said.append(f"newest object {waiting.newest.key}")
    return "; ".join(said)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
