"""Detectors that judge what a model scored; the model itself belongs in `assets/anomaly/`.

A rule over measured facts belongs in the folder of the data that it needs.
"""
