"""The path of a day over a window of seconds, on one connection, and the check that both agree.

Nothing is defined here a second time: models, detectors and episodes are those of the day's run.
"""
