"""Estimators in the scikit-learn manner, usable without this platform.

No table, no detector and no Dagster is known here.
"""
