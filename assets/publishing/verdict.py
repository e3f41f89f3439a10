"""How many detectors judged a window, and which did not."""

from collections.abc import Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from assets.detection.detector import Detector
from assets.detection.query import table_of
from assets.detection.tables import DETECTOR_RUNS
from assets.market.window import Window


@dataclass(frozen=True)
class Verdict:
    """The outcome by detector: `ran`, `failed`, `insufficient history` or `not run`."""

    outcomes: dict[str, str]
    errors: dict[str, str]

    @property
    def failed(self) -> list[str]:
        return [name for name, outcome in self.outcomes.items() if outcome == "failed"]

    @property
    def sentence(self) -> str:
        """The line that the report's first screen and the console end with."""
        judged = [n for n, outcome in self.outcomes.items() if outcome not in {"failed", "not run"}]
        parts = [f"{len(judged)} of {len(self.outcomes)} detectors ran"]
        for name in self.failed:
            parts.append(f"{name} failed ({self.errors[name]})")
        for outcome in ("not run", "insufficient history"):
            names = [name for name, said in self.outcomes.items() if said == outcome]
            if names:
                parts.append(f"{outcome}: {', '.join(names)}")
        return "; ".join(parts)


def verdict_of(connection: DuckDBPyConnection, window: Window, names: Sequence[str]) -> Verdict:
    """The worst outcome of each named detector over the days of a window."""
    rows = connection.execute(
        f"""
        select
            detector,
            bool_or(outcome = 'failed') as has_failed,
            bool_and(outcome = 'insufficient_history') as is_unjudged,
            max(error) as error
        from lake.{DETECTOR_RUNS.name}
        where trade_day between ? and ?
        group by detector
        """,
        [window.days[0], window.days[-1]],
    ).fetchall()
    found = {row[0]: row[1:] for row in rows}
    outcomes: dict[str, str] = {}
    errors: dict[str, str] = {}
    for name in names:
        if name not in found:
            outcomes[name] = "not run"
            continue
        has_failed, is_unjudged, error = found[name]
        outcomes[name] = (
            "failed" if has_failed else "insufficient history" if is_unjudged else "ran"
        )
        if has_failed:
            errors[name] = (error or "no reason kept").strip().splitlines()[-1]
    return Verdict(outcomes, errors)


def unjudged(
    connection: DuckDBPyConnection, window: Window, expected: Sequence[Detector]
) -> list[str]:
    """The detectors that said nothing of a day although there were cells to judge."""
    silent: list[str] = []
    for detector in expected:
        found = connection.execute(
            f"""
            select count(*) from lake.{table_of(detector.inputs[0])}
            where
                cell_end_at > $start and cell_end_at <= $end
                and (cell_end_at - interval 1 microsecond)::date not in (
                    select trade_day from lake.{DETECTOR_RUNS.name} where detector = $detector
                )
            """,
            {"start": window.start_at, "end": window.end_at, "detector": detector.name},
        ).fetchall()
        if found[0][0]:
            silent.append(detector.name)
    return silent
