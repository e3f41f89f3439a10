"""How each file format is recognised and which columns it has, one module a format.

Bytes, lines and archives are read in `files/`.
"""
