"""Maintenance of the lake: merge files, expire snapshots, delete orphans.

Maintenance changes no row.
"""
