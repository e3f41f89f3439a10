"""The risk of each symbol and day, in parts.

`reports/` decides how it is shown.
"""
