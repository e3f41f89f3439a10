"""What leaves the platform: the daily report, the verdict of a run, topics of rows.

Rendering is done in `reports/`; what people are sent is in `assets/delivery/`.
"""
