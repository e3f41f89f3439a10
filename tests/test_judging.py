"""Of two runs that judge the same window, the one that saw more has the last word."""

from datetime import date, datetime, timedelta
from threading import Thread
from typing import Any

import pytest

from assets import judging
from assets.detection import Hit
from assets.detectors.flash_crash import flash_crash
from assets.judging import Judgement, judge, keep
from assets.transform import create_tables
from orchestration.lake import Lake
from orchestration.tables import DETECTOR_RUNS, HITS
from orchestration.window import Window

DAY = Window.of_day(date(2024, 8, 8))
NOON = datetime(2024, 8, 8, 12)
INFO = {"run_id": "first", "code_version": "test"}


def hit() -> Hit:
    return Hit(
        detector=flash_crash.name,
        detector_version=flash_crash.version,
        params_digest=flash_crash.params_digest,
        typology=flash_crash.typology,
        data_tier=flash_crash.data_tier,
        kind="hit",
        venue="v",
        symbol="BTC-USDT",
        account_id=None,
        statistic=0.2,
        threshold=0.05,
        p_value=None,
        score=0.5,
        notional=1.0,
        notional_usd=1.0,
        evidence="{}",
        is_stale=False,
        input_snapshot_id=1,
        code_version="test",
        run_id="second",
        detected_at=NOON,
        cell_start_at=NOON,
        cell_end_at=NOON + timedelta(seconds=5),
        trade_day=NOON.date(),
    )


def test_what_another_run_found_meanwhile_is_not_overwritten(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_tables(lake)
    other = Thread(
        target=lambda: lake.write(
            lambda connection: keep(connection, flash_crash, DAY, Judgement([hit()], [])),
            tables=(HITS.name, DETECTOR_RUNS.name),
            message="second",
            commit_info={},
        )
    )
    first = judging.judgement_of

    def slow(*arguments: Any, **named: Any) -> Judgement:
        said = first(*arguments, **named)
        other.start()
        other.join(timeout=3)
        return said

    monkeypatch.setattr(judging, "judgement_of", slow)
    assert judge(lake, flash_crash, DAY, INFO).hits == []
    other.join()
    with lake.connect() as connection:
        kept = connection.sql(f"select run_id from lake.{HITS.name}").fetchall()
    assert kept == [("second",)]
