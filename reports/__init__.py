"""Renderers: callers pass all that is shown; this package imports no other package of ours.

`assets/publishing/` decides which report is written when.
"""
