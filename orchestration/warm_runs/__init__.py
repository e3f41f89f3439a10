"""Runs of stream windows in a process that stays: a stock run spends most of its time starting.

Optional (`TAPEWATCH_WARM_RUNS`): where the process is missing, busy or dead, a run starts the stock
way. This package alone touches names of Dagster that are not public; `tests/orchestration/
test_warm_runs.py` holds the ones that the pinned version has.
"""
