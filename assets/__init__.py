"""What exists: one folder a stage, each with its tables, its Dagster asset and pure functions.

When and where they run is decided in `orchestration/`; two loose modules gather jobs and tables.
"""
