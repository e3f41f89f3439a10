"""Storage: settings, lock, connection, tables, snapshots, objects, sessions.

What the rows mean belongs to the stage that writes them.
"""


class LakeError(Exception):
    """The lake cannot be opened or does not contain what was asked for."""


class NoLakeError(LakeError):
    """There is no lake yet: the first run creates it."""
