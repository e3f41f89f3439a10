"""Where all is stored: settings, lock, connection, tables, snapshots, objects, sessions.

What the rows mean belongs to the stage that writes them.
"""


class LakeError(Exception):
    """The lake cannot be opened or does not hold what was asked for."""


class NoLakeError(LakeError):
    """There is nothing yet: the first run makes it."""
