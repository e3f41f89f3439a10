"""The words of the domain: windows of time, stages, subjects.

Nothing here knows the lake, Dagster or a stage.
"""
