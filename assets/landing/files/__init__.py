"""Files of trades: found, unpacked, read line by line, cut into chunks, landed.

Which columns mean what is said in `formats/`.
"""
