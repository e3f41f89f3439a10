"""When and where runs happen: schedules, executors, the day's run, the command line.

No other package imports it; `assets/` defines the data.
"""
