"""Detectors that need to know which accounts traded; none is shipped yet.

CONTRIBUTING.md adds one step by step. A detector that does without accounts belongs in `trades/`.
"""
