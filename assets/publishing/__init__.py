"""What leaves the platform: the daily report, the verdict of a run, the alert topic.

Rendering is done in `reports/`; notifications to people are sent by `sensors/`.
"""
