"""The object store: a local folder or S3, behind one interface.

This package does not know what the objects contain; landing and the lake decide it.
"""
