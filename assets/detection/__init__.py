"""The kernel of detection: what a detector is, how its hits and its coverage are found and stored.

The detectors themselves are in `assets/detectors/`, what hits become in `assets/alerts/`.
"""
