"""The risk of each trade, and of each account and day.

That of symbols and days is in `assets/risk/`; what is a hit or an alert, detectors decide.
"""
