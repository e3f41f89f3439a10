"""The object store: a local folder or S3, with one face.

What the objects hold is not known here; landing and the lake decide it.
"""
