"""Files of trades: find, unpack, read line by line, split into blocks, land.

`formats/` defines what the columns mean.
"""
