"""Where all is stored: settings, lock, tables, snapshots, objects, sessions.

What the rows mean belongs to the stage that writes them.
"""
