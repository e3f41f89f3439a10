"""Runs of stream windows in a permanent process: a stock run spends most of its time on starting.

Optional (`TAPEWATCH_WARM_RUNS`): if the process is missing, busy or dead, Dagster's own launcher
starts the run. Only this package uses private names of Dagster; `tests/orchestration/
test_warm_runs.py` checks that the pinned version has them.
"""
