"""One module per planted abuse: what the abuser does, and the label of the episode.

Honest look-alikes are in `honest/`.
"""
