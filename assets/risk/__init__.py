"""The risk of each symbol and day, in parts.

How it is shown is decided in `reports/`.
"""
