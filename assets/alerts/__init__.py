"""From hits to alerts: episodes, severity, words, revisions, verification, reading.

Whether a cell hits is decided in `assets/detection/` and `assets/detectors/`.
"""
