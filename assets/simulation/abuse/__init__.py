"""One module a planted abuse: what the abuser does, and the label it leaves.

Honest look-alikes are in `honest/`.
"""
