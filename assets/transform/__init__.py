"""The dbt models as assets: compiled, built for a window, kept right when data comes late.

The SQL is in `dbt_project/`; no threshold is in either.
"""
