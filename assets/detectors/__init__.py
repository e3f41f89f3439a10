"""One file a typology: its definition, thresholds, source and blind spots.

Windows, joins and baselines are features (`dbt_project/models/features/`), not part of a detector.
"""
