"""When and where: schedules, executors, the day's run, the command line; nobody imports it.

What exists is defined in `assets/`.
"""
