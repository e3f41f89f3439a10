"""Detectors that need to know which accounts traded.

CONTRIBUTING.md adds one step by step. A detector that does without accounts belongs in `trades/`.
"""
