"""Estimators in the scikit-learn manner, usable without this platform.

The package knows no table, no detector and no Dagster.
"""
