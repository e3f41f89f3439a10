"""What makes the lake small again: merging files, expiring snapshots, deleting orphans.

No row is changed here.
"""
