"""How each file format is recognised and which columns it has, one module per format.

Bytes, lines and archives are read in `files/`.
"""
