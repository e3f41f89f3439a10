"""Runs of stream windows in a process that stays: a stock run spends most of its time on its start.

Optional (`TAPEWATCH_WARM_RUNS`): where the process is missing, busy or dead, a run starts the stock
way. This package alone uses names of Dagster that are not public; `tests/orchestration/
test_warm_runs.py` checks that the pinned version has them.
"""
