"""The stages of the one path of data, in its order; the groups of the assets carry these names."""

STAGES = ("land", "normalise", "features", "detect", "score", "publish")
